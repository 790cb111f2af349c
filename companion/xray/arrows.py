"""What had to come before what, from lane to lane.

    start ──▶ a thread's first step        its last step ──▶ join
    fork  ──▶ a child's first step         its last step ──▶ wait
    set   ──▶ waited                       connect ──▶ accept
    send  ──▶ receive                      shutdown, close ──▶ the end

A stream is counted: what receives byte 7 needs whoever sent byte 7.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .merge import Event, Run


class Arrows:
    """Draws the arrows of a run: fills in what each step comes after."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.timed = sorted(run.events(), key=lambda e: e.entry["t"])
        self.peers = {
            number: pair[1 - place]
            for note in run.noted("pair")
            for pair in [note["pair"]]
            if len(pair) == 2
            for place, number in enumerate(pair)
        }
        self.sent: defaultdict[str, list[tuple[int, Event]]]
        self.sent = defaultdict(list)
        self.ends: dict[str, Event] = {}
        self.queue: defaultdict[Any, list[Event]] = defaultdict(list)
        self.packets: defaultdict[Any, list[Event]] = defaultdict(list)
        self.received: defaultdict[str, int] = defaultdict(int)
        self.accepted: defaultdict[str, int] = defaultdict(int)

    def draw(self) -> None:
        """Give each step the arrows that lead to it."""
        self._meet()
        for event in self.timed:
            self._learn(event)
        for event in self.timed:
            for cause in self._causes(event):
                if cause.lane != event.lane and cause not in event.after:
                    event.after.append(cause)

    def _meet(self) -> None:
        """Find out which connection belongs to which client."""
        connects = [e for e in self.timed if e.sync.get("do") == "connect"]
        for event in self.timed:
            if event.sync.get("do") != "accept":
                continue
            place = event.sync["ends"][0]
            theirs = event.sync.get("from")
            mine = [
                each
                for each in connects
                if each.sync["ends"][1] == place
                and theirs in (None, "", each.sync["ends"][0])
            ]
            if mine:
                connects.remove(mine[0])
                number = mine[0].sync["socket"]
                self.peers[number] = event.sync["got"]
                self.peers[event.sync["got"]] = number
                self.queue[event.sync["socket"]].append(mine[0])

    def _learn(self, event: Event) -> None:
        """Remember what a step lets others do."""
        sync = event.sync
        number = sync.get("socket")
        match sync.get("do"):
            case "send" if "to" in sync:
                self.packets[sync["to"]].append(event)
            case "send" if "bytes" in sync:
                before = self.sent[number][-1][0] if self.sent[number] else 0
                self.sent[number].append((before + sync["bytes"], event))
            case "shutdown":
                self.ends[number] = event
            case "close":
                if self.ends.get(number, event).sync["do"] == "close":
                    self.ends[number] = event

    def _causes(self, event: Event) -> list[Event]:
        sync = event.sync
        found: list[Event | None] = [
            self.run.at(tuple(ref)) for ref in sync.get("after", ()) if ref
        ]
        if sync.get("do") == "select":
            found += [self._whatever(number) for number in sync["ready"]]
        elif "lane" in sync:
            found.append(self._of_lane(sync["do"], sync["lane"]))
        elif "socket" in sync:
            found.append(self._of_socket(sync["do"], sync["socket"], sync))
        first = event.count == 1 or self.run.lanes[event.lane][0] is event
        if first:
            found.append(self._begin(event.lane))
        return [cause for cause in found if cause]

    def _begin(self, lane: str) -> Event | None:
        """Return the step that started a lane."""
        begins = ("start", "fork", "task")
        for event in self.timed:
            if event.sync.get("lane") == lane and event.sync["do"] in begins:
                return event
        return None

    def _of_lane(self, do: str, lane: str) -> Event | None:
        steps = self.run.lanes.get(lane)
        return steps[-1] if steps and do in ("join", "wait") else None

    def _of_socket(
        self, do: str, number: str, sync: dict[str, Any]
    ) -> Event | None:
        if do == "accept":
            self.accepted[number] += 1
            return self._connected(number, self.accepted[number] - 1)
        if do != "receive":
            return None
        if "from" in sync:
            packets = self.packets[sync["ends"][0]]
            return packets.pop(0) if packets else None
        if not sync["bytes"]:
            return self.ends.get(self.peers.get(number, ""))
        self.received[number] += sync["bytes"]
        return self._sender(number, self.received[number])

    def _whatever(self, number: str) -> Event | None:
        """Return what made a socket ready: a client, a packet, a byte."""
        waiting = self._connected(number, self.accepted[number])
        if waiting:
            return waiting
        for place, packets in self.packets.items():
            if packets and place == self._place(number):
                return packets[0]
        found = self._sender(number, self.received[number] + 1)
        return found or self.ends.get(self.peers.get(number, ""))

    def _place(self, number: str) -> Any:
        """Return where a socket is bound."""
        for event in self.timed:
            if event.sync.get("socket") == number and "ends" in event.sync:
                return event.sync["ends"][0]
        return None

    def _connected(self, number: str, place: int) -> Event | None:
        queue = self.queue[number]
        return queue[place] if place < len(queue) else None

    def _sender(self, number: str, byte: int) -> Event | None:
        """Return the step that sent a byte of what a socket receives."""
        for upto, event in self.sent[self.peers.get(number, "")]:
            if byte <= upto:
                return event
        return None
