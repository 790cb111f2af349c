"""One message to a thousand subscribers: what does the hub cost?

The yardstick is a plain loop over `queue.put` into a thousand queues that
nobody waits at: it delivers, and does nothing else. The hub is measured in
the same way, and then with a thousand threads, or tasks, that wait. Those are
compared with the standard library's own queues, too.

All contestants take turns in each round, so that a machine that grows slower
does it to all.
"""

from __future__ import annotations

import asyncio
import itertools
import queue
import statistics
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from minisocketserver import Hub, Subscription

SUBSCRIBERS = 1000
YARDSTICK = "queue.put, nobody waits"
NAME = "fan-out"
# Abreast of other servers, where they have a fan-out of their own.
HUB = "hub-1000"

Round = Callable[[], float]
"""Deliver to all subscribers; return the seconds for one delivery."""


@dataclass(frozen=True)
class Row:
    """What was found out about one contestant."""

    name: str
    rate: float  # deliveries per second, the median
    ratio: float  # of the yardstick's in the same round, the median


def fan_out(rounds: int, subscribers: int | None = None) -> list[Row]:
    """Let all contestants take turns, so many times each."""
    subscribers = subscribers or SUBSCRIBERS
    with ExitStack() as stack:
        contest = {
            name: stack.enter_context(start(subscribers))
            for name, start in CONTESTANTS.items()
        }
        for each in contest.values():
            each()  # to warm up
        costs = [
            {name: each() for name, each in contest.items()}
            for _ in range(rounds)
        ]
    return [
        Row(
            name,
            1 / statistics.median(cost[name] for cost in costs),
            statistics.median(cost[YARDSTICK] / cost[name] for cost in costs),
        )
        for name in contest
    ]


def as_lines(rows: Sequence[Row]) -> list[str]:
    """Tell what was found: a headline, and a line for each contestant."""
    return [
        f"one message to {SUBSCRIBERS:,} subscribers:",
        *(
            f"{row.name:40}{row.rate:12,.0f} deliveries per second"
            f"{row.ratio:9.3f} of the first"
            for row in rows
        ),
    ]


def as_data(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Give the same for JSON."""
    return {
        row.name: {"per_second": row.rate, "ratio": row.ratio} for row in rows
    }


# -- Nobody waits


@contextmanager
def _queues(subscribers: int) -> Iterator[Round]:
    queues = [queue.Queue[int]() for _ in range(subscribers)]

    def round_() -> float:
        cost = _timed(subscribers, lambda: [each.put(1) for each in queues])
        for each in queues:
            each.get()
        return cost

    yield round_


@contextmanager
def _hub(subscribers: int) -> Iterator[Round]:
    with _subscribed(subscribers) as (hub, inboxes):

        def round_() -> float:
            cost = _timed(subscribers, lambda: hub.publish("news", 1))
            for each in inboxes:
                each.get()
            return cost

        yield round_


# -- Threads wait


@contextmanager
def _queues_and_threads(subscribers: int) -> Iterator[Round]:
    queues = [queue.Queue[Any]() for _ in range(subscribers)]

    def send(message: Any) -> None:
        for each in queues:
            each.put(message)

    readers = [iter(each.get, None) for each in queues]
    with _threads(readers, lambda: send(1)) as round_:
        yield round_
        send(None)  # the end


@contextmanager
def _hub_and_threads(subscribers: int) -> Iterator[Round]:
    with (
        _subscribed(subscribers) as (hub, inboxes),
        _threads(inboxes, lambda: hub.publish("news", 1)) as round_,
    ):
        yield round_
        hub.close()


@contextmanager
def _threads(
    readers: Sequence[Iterator[Any]], send: Callable[[], object]
) -> Iterator[Round]:
    arrived = threading.Semaphore(0)

    def read(messages: Iterator[Any]) -> None:
        for _ in messages:
            arrived.release()

    threads = [threading.Thread(target=read, args=[each]) for each in readers]
    for thread in threads:
        thread.start()

    def send_and_wait() -> None:
        send()
        for _ in threads:
            arrived.acquire()

    yield lambda: _timed(len(threads), send_and_wait)
    for thread in threads:
        thread.join()


# -- Tasks wait


@contextmanager
def _queues_and_tasks(subscribers: int) -> Iterator[Round]:
    queues = [asyncio.Queue[int]() for _ in range(subscribers)]

    def send() -> None:
        for each in queues:
            each.put_nowait(1)

    with _tasks([each.get for each in queues], send) as round_:
        yield round_


@contextmanager
def _hub_and_tasks(subscribers: int) -> Iterator[Round]:
    with _subscribed(subscribers) as (hub, inboxes):
        gets = [each.__anext__ for each in inboxes]
        with _tasks(gets, lambda: hub.publish("news", 1)) as round_:
            yield round_


@contextmanager
def _tasks(
    gets: Sequence[Callable[[], Awaitable[int]]], send: Callable[[], object]
) -> Iterator[Round]:
    arrived = itertools.count(1)
    loop = asyncio.new_event_loop()
    all_there = asyncio.Event()

    async def read(get: Callable[[], Awaitable[int]]) -> None:
        while True:
            await get()
            if next(arrived) % len(gets) == 0:
                all_there.set()

    async def send_and_wait() -> None:
        send()
        await all_there.wait()
        all_there.clear()

    tasks = [loop.create_task(read(get)) for get in gets]
    loop.run_until_complete(asyncio.sleep(0))  # now all of them wait
    yield lambda: _timed(
        len(gets), lambda: loop.run_until_complete(send_and_wait())
    )
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()


# -- What they share


@contextmanager
def _subscribed(
    subscribers: int,
) -> Iterator[tuple[Hub, list[Subscription]]]:
    hub = Hub()
    yield hub, [hub.listen("news") for _ in range(subscribers)]
    hub.close()


def _timed(deliveries: int, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) / deliveries


CONTESTANTS: dict[str, Callable[[int], AbstractContextManager[Round]]] = {
    YARDSTICK: _queues,
    "the hub, nobody waits": _hub,
    "queue.put, a thread waits at each": _queues_and_threads,
    "the hub, a thread waits at each": _hub_and_threads,
    "asyncio.Queue, a task waits at each": _queues_and_tasks,
    "the hub, a task waits at each": _hub_and_tasks,
}
