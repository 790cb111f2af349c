"""A transport between machines: Redis carries what hubs have to say.

    hub ── send ──▶ queue ──▶ sender ── PUBLISH ──▶ Redis
    hub ◀── deliver ──────── listener ◀─ SUBSCRIBE ── │ every hub's

Nobody who publishes waits for the network: a thread sends, and another one
listens. If Redis goes, both try again until it is back. What others said
meanwhile is lost, which is how Redis carries messages; what stands declared
is kept in Redis, and read again. What Redis took and could not answer any more
is sent again, so that it may come twice.

Others may use the same Redis, and even the same channel. What they say there
is not heard, and complained of once.

It needs the client: pip install 'minisocketserver[redis]'.
"""

import sys
import threading

import redis
from redis import exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from docs.examples.wire import pack, unpack
from minisocketserver import Policy, Subscription

PATIENCE = 2.0  # seconds that Redis may take to answer
PAUSE = 0.2  # seconds between two attempts to reach it
ROOM = 1000  # messages that may wait to be sent

# Redis is there, and will not do what we ask.
REFUSED = (
    exceptions.ResponseError,
    exceptions.AuthenticationError,
    exceptions.BusyLoadingError,
    exceptions.InvalidResponse,
)


class RedisTransport:
    """Carry a hub's messages over a Redis server.

    All hubs on one `channel` of it are one. `complain` is called with a
    sentence when Redis is lost and when it is back.
    """

    def __init__(
        self,
        host="127.0.0.1",
        port=6379,
        channel="hub",
        complain=None,
    ):
        self._where = f"Redis at {host}:{port}"
        self._channel, self._key = channel, f"{channel}:declared"
        self._complain = complain or (
            lambda said: print(said, file=sys.stderr)
        )
        # One attempt each: trying again is our business, and ends with us.
        self._redis = redis.Redis(
            host,
            port,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )
        self._outbox = Subscription(ROOM, Policy.DROP_NEWEST)
        self._over = threading.Event()
        self._known = {}  # what stands, as far as we know
        self._told = set()  # of what we have complained, if once is enough

    @classmethod
    def at(cls, where, **options):
        """Make one from HOST:PORT; `ConnectionError` if it is neither."""
        host, _, port = where.rpartition(":")
        if not (host and port.isdecimal() and int(port) < 65536):
            raise ConnectionError(f"{where!r} is not HOST:PORT of a Redis")
        return cls(host, int(port), **options)

    # -- What a hub asks of a transport

    def open(self, deliver):
        """Connect; `ConnectionError` if there is no Redis, or it refuses."""
        self._deliver = deliver
        try:
            pubsub = self._subscribe()
        except REFUSED as error:
            self._redis.close()
            raise ConnectionError(self._refused(error)) from error
        except redis.RedisError as error:
            self._redis.close()
            raise ConnectionError(
                f"no {self._where}: start one (redis-server), or say where "
                f"it is"
            ) from error
        self._threads = [
            threading.Thread(target=self._listen, args=[pubsub], daemon=True),
            threading.Thread(target=self._send_all, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def send(self, act, topic, message):
        """Queue it; `ConnectionError` if too much waits for Redis."""
        parcel = act, topic, pack(act, topic, message)
        lost = self._outbox.lost
        self._outbox.put(parcel)
        if self._outbox.lost > lost:
            raise ConnectionError(
                f"{self._where} does not answer, and {ROOM} messages wait "
                f"for it already: this one is not sent"
            )

    def close(self):
        """Send what waits, if Redis is there, and end both threads."""
        self._over.set()
        self._outbox.close()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        self._redis.close()

    # -- The thread that sends

    def _send_all(self):
        for act, topic, line in self._outbox:
            while not self._sent(act, topic, line):
                # Its turn comes again: whoever is second stays second.
                if self._over.wait(PAUSE):
                    return

    def _sent(self, act, topic, line):
        """Try to send a line, and to keep what stands declared."""
        try:
            with self._redis.pipeline(transaction=True) as pipe:
                if act == "declare":
                    pipe.hset(self._key, topic, line)
                if act == "retract":
                    pipe.hdel(self._key, topic)
                pipe.publish(self._channel, line)
                pipe.execute()
        except exceptions.ResponseError as error:
            # It would refuse again, and keep all others waiting.
            self._complain_once("refused", self._refused(error))
        except redis.RedisError:
            return False  # the one who listens complains, once for both
        return True

    # -- The thread that listens

    def _listen(self, pubsub):
        while not self._over.is_set():
            try:
                pubsub = pubsub or self._subscribe(again=True)
                found = pubsub.get_message(timeout=PAUSE)
                if found and found["type"] == "message":
                    self._hear(self._unpacked(found["data"]))
            except redis.RedisError as error:
                if isinstance(error, REFUSED):
                    self._complain_once("refused", self._refused(error))
                if pubsub:
                    self._complain(f"Lost {self._where}; trying again.")
                    pubsub.close()
                    pubsub = None
                self._over.wait(PAUSE)
        if pubsub:
            pubsub.close()

    def _subscribe(self, *, again=False):
        """Subscribe, and only then read what stands: nothing is missed."""
        pubsub = self._redis.pubsub()
        try:
            pubsub.subscribe(self._channel)
            pubsub.get_message(timeout=PATIENCE)  # that we are subscribed
            kept = self._redis.hgetall(self._key)
        except redis.RedisError:
            pubsub.close()
            raise
        parcels = filter(None, map(self._unpacked, kept.values()))
        standing = {topic: message for _, topic, message in parcels}
        for topic in self._known.keys() - standing.keys():
            self._hear(("retract", topic, None))
        for topic, message in standing.items():
            if topic not in self._known or self._known[topic] != message:
                self._hear(("declare", topic, message))
        if again:
            self._complain(f"{self._where} is back.")
        return pubsub

    def _unpacked(self, line):
        """Read a line; None, and a complaint, if it is not a hub's."""
        try:
            return unpack(line)
        except ValueError as error:
            self._complain_once(
                "foreign",
                f"Somebody else writes to {self._channel!r} of "
                f"{self._where}; that is not heard ({error}).",
            )
            return None

    def _hear(self, parcel):
        if parcel is None:
            return
        act, topic, message = parcel
        if act == "declare":
            self._known[topic] = message
        if act == "retract":
            self._known.pop(topic, None)
        self._deliver(act, topic, message)

    # -- What goes wrong

    def _refused(self, error):
        return f"{self._where} answers, but: {error}"

    def _complain_once(self, kind, sentence):
        if kind not in self._told:
            self._told.add(kind)
            self._complain(sentence)
