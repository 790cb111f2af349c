"""A small chat: what every kind of server shares.

The first line that a client sends is its name. Then each line is heard by
all in the same room, but for these:

    /join ROOM     leave this room, and enter another
    /leave         leave this room, and be in none
    /topic WORDS   what the room talks about, also for those who come later
    /quit          go home

A `Guest` knows the rules and the hub, and knows nothing of sockets, threads
or tasks. Each server feeds it lines, and writes what its `inbox` holds.
"""

import argparse
import errno
import importlib
import signal
import sys

from minisocketserver import Hub, HubMixIn

ROOM = 1000  # messages that may wait for a slow reader
LINE = 1024  # bytes of a line; what is longer counts as several
TOPICS = 100  # rooms that may have one: nobody shall fill our memory


class Guest:
    """One client: its name, its room, and what it has yet to read."""

    def __init__(self, hub):
        self.hub = hub
        self.name = self.room = ""
        self.inbox = hub.listen(limit=ROOM)
        self.inbox.put("* Welcome. What is your name?")
        self._missed = 0

    def hear(self, line):
        """Do what a line asks for; False when the guest goes home."""
        words = line.decode("utf-8", "replace").strip()
        command, _, rest = words.partition(" ")
        if not self.name:
            self.name = words[:20] or "somebody"
            self.enter("lobby")
        elif command == "/join" and rest.strip():
            self.leave()
            self.enter(rest.strip())
        elif command == "/leave":
            self.leave()
            self.inbox.put("* You are in no room.")
        elif command == "/topic":
            self.agree_on(rest)
        elif words and command != "/quit":
            self.say(words)
        # Whom nobody can write to any more is gone, and is heard no more.
        return command != "/quit" and not self.inbox.closed

    def say(self, words):
        """Tell the room, if there is one."""
        if words.startswith("/"):
            self.inbox.put("* There is /join ROOM, /leave, /topic, /quit.")
        elif not self.room:
            self.inbox.put("* You are in no room: /join one.")
        else:
            self.tell(self.room, f"{self.name}: {words}")

    def agree_on(self, words):
        """Tell the room what it talks about, and all who come later."""
        if self.room and len(self.hub.declarations()) < TOPICS:
            topic = f"topic of {self.room}"
            self.tell(topic, f"* Topic: {words}", self.hub.declare)

    def tell(self, topic, words, how=None):
        """Publish words; a line that is down is no reason to go home."""
        try:
            (how or self.hub.publish)(topic, words)
        except ConnectionError:
            self.inbox.put("* The line is down; this was not sent.")

    def enter(self, room):
        """Hear a room, and let it know."""
        self.room = room
        self.hub.subscribe(f"topic of {room}", self.inbox)
        self.hub.subscribe(room, self.inbox)
        self.tell(room, f"* {self.name} enters {room}.")

    def leave(self):
        """Hear the room no more, and let it know."""
        if self.room:
            self.hub.unsubscribe(f"topic of {self.room}", self.inbox)
            self.hub.unsubscribe(self.room, self.inbox)
            self.tell(self.room, f"* {self.name} leaves {self.room}.")
        self.room = ""

    def go(self):
        """Go home: whoever writes for us sees the end of the inbox."""
        with self.inbox:
            self.leave()

    def written(self, message):
        """Give the bytes for a message, and own up to what is missing."""
        missed, self._missed = self.inbox.lost - self._missed, self.inbox.lost
        gap = f"* You were too slow for {missed} messages.\n" if missed else ""
        return f"{gap}{message}\n".encode()


class ChatMixIn(HubMixIn):
    """A hub in this process, or with `redis` one that reaches further."""

    def __init__(self, address, handler, redis=None):
        self.redis = redis
        # Then one port is served by several processes.
        self.allow_reuse_port = bool(redis)
        super().__init__(address, handler)

    def server_activate(self):
        """Find a Redis that is missing before the first client does."""
        super().server_activate()
        if self.redis:
            self.hub.declarations()

    def make_hub(self):
        if not self.redis:
            return super().make_hub()
        # Only now: who needs no Redis needs no client for it.
        try:
            found = importlib.import_module("docs.examples.redis_transport")
        except ImportError as error:
            raise OSError(
                f"--redis needs a package ({error}): pip install redis"
            ) from error
        return Hub(found.RedisTransport.at(self.redis))


def serve(server_class, *options):
    """Run a chat server from the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="A small chat.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8002)
    if "redis" in options:
        parser.add_argument("--redis", metavar="HOST:PORT")
    settings = vars(parser.parse_args())
    host, port = settings.pop("host"), settings.pop("port")
    # Ended by `kill` or by a Ctrl-C, the server is closed in the same way.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with server_class((host, port), **settings) as server:
            host, port = server.server_address[:2]
            print(f"Chatting on {host}:{port}", flush=True)
            server.serve_forever()
    except KeyboardInterrupt:
        print()
    except (OSError, OverflowError) as error:
        print(f"No chat on {host}:{port}: {reason(error)}.", file=sys.stderr)
        return 1
    return 0


def reason(error):
    """Say what is wrong and what to do about it."""
    if getattr(error, "errno", None) == errno.EADDRINUSE:
        return "another program has this port; choose one with --port"
    return (getattr(error, "strerror", None) or str(error)).rstrip(".")
