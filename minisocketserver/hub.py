"""How do handlers, each alone with its client, talk to each other?

They do not. A handler knows its client and its server. In a chat that
is not enough: what one client says, the others want to hear. Were each
handler to keep a list of all others, each would have to mind who
comes, who goes, and who is slow.

The *observer* pattern puts somebody in the middle. Handlers tell the
*hub* what they want to hear, by *topic*, and what they have to say.
None of them knows who else is there.

    handler ── publish("tea", "hot!") ──▶ Hub
                                           │ first the callbacks,
                     one after the other   ├─▶ callback(message)
                     a STOP ends it here   ├─▶ callback(message)
                                           │ then the queues,
                     all in one step       ├─▶ Subscription
                                           └─▶ Subscription

A *callback* is a function that the hub calls, in the thread of the one
who publishes: it had better be quick. A `Subscription` is a queue, and
its handler takes a message out when it has time.

A message gets from one hub to another by a *transport*. `InProcess`,
below, has the shortest way. Those that cross processes and machines
have the same three methods; the chat examples bring two of them.

Read before: `queues`. Read next: the `__init__`, as a table of
contents, or a chat in `docs/examples`.
"""

import os
import sys
import threading
import traceback
import types
from collections import deque
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Literal, Protocol, TypeAlias, TypeVar
from weakref import WeakValueDictionary

from .queues import Message, Policy, Subscription

# What a message is about. The program chooses; it needs a hash, as the
# hub looks it up in a table.
Topic: TypeAlias = Hashable

# What a callback returns to end the dispatch: an object of its own, so
# that nothing else can mean it by accident.
STOP = object()

# What a transport carries: a message for once, one that *stands*, for
# those who come late as well, and the end of one that stood.
Act: TypeAlias = Literal["publish", "declare", "retract"]
Deliver: TypeAlias = Callable[[Act, Topic, Message], None]

# Whoever hears something: a function, a method, or a queue.
Subscriber: TypeAlias = Callable[[Message], object] | Subscription

# A method is a function and the object that it is called on. So is a
# subscriber here; a plain callback is an object with no function.
_Key: TypeAlias = tuple[int, Callable[..., object] | None]
_Table: TypeAlias = dict[Topic, WeakValueDictionary[_Key, Any]]

# The row of a topic that nobody hears, and how a queue hears one.
_NOBODY: WeakValueDictionary[_Key, Any] = WeakValueDictionary()
_PUT = Subscription.put

# A decorated class stays what it is.
_Class = TypeVar("_Class")


class Transport(Protocol):
    """How a hub reaches every hub of its kind, itself among them.

        hub ── send ──▶ transport ──▶ deliver, of each hub

    All hubs hear what was sent in the same order.
    """

    def open(self, deliver: Deliver) -> None:
        """Connect: from here on, `deliver` what is sent."""

    def send(self, act: Act, topic: Topic, message: Message) -> None:
        """Take it along, or raise; never keep the caller waiting."""

    def close(self) -> None:
        """Disconnect: deliver nothing any more."""


class InProcess:
    """The shortest way: to the one hub there is, in the same thread."""

    def open(self, deliver: Deliver) -> None:
        """Remember whom to deliver to."""
        # What lies on a `threading.local` each thread has for itself.
        self._deliver = deliver
        self._mine = threading.local()

    def send(self, act: Act, topic: Topic, message: Message) -> None:
        """Deliver at once, or after what this thread is delivering."""
        # A callback may publish in its turn. Delivered on the spot, the
        # answer would reach those behind it before the question. So it
        # joins a line, and who came first serves the line to its end.
        line = vars(self._mine).setdefault("line", deque())
        line.append((act, topic, message))
        if len(line) > 1:
            return

        # Taken off the line afterwards, so that its place is kept while
        # its callbacks run.
        try:
            while line:
                self._deliver(*line[0])
                line.popleft()

        # Nothing is left, unless a Ctrl-C came in between. The next
        # caller must not deliver what it knows nothing of.
        finally:
            line.clear()

    def close(self) -> None:
        """Do nothing: there is no way to take down."""


class Hub:
    """Bring what is published to all who have subscribed.

    Subscribers are held *weakly*: the hub alone keeps nobody alive. A
    handler that ends without a goodbye is forgotten, and so is, at
    once, a `lambda` that nobody else keeps.

    Any thread may call anything here, callbacks too. All subscriptions
    see the messages of a topic in the same order, and what is left
    standing is what they heard declared last. Callbacks may see another
    order: they are called by each thread that speaks, or subscribes,
    and no thread waits for another one.
    """

    def __init__(self, transport: Transport | None = None) -> None:
        """Open a transport; `InProcess` if none is given."""
        # A lock that its own thread may take twice: the garbage
        # collector may run in the middle of our work, and somebody's
        # last word, a `__del__`, may be for us.
        self._lock = threading.RLock()
        self._closed = False

        # Callbacks are called and queues are filled, and not in the
        # same way: each kind has its table.
        self._callbacks: _Table = {}
        self._queues: _Table = {}
        self._board: dict[Topic, Message] = {}
        self._room = 64

        # Last, because it may deliver while it opens.
        self._transport = transport or InProcess()
        self._transport.open(self._hear)

    # -- For callers

    def subscribe(
        self, topic: Topic, subscriber: Subscriber, *, front: bool = False
    ) -> None:
        """Let a callback or a `Subscription` hear a topic, but once.

        With `front`, a callback is called before all that are there. If
        a message stands declared, the newcomer gets it at once. Raises
        `TypeError` for an object that cannot be held weakly.
        """
        # The row and the board in one step: whatever is declared after
        # it finds the newcomer on the row.
        owner, function = _taken_apart(subscriber)
        with self._lock:
            new = self._enlist(topic, owner, function, front)
            late = new and topic in self._board

            # Read in here too: it may be retracted in a moment.
            message = self._board[topic] if late else None

            # A queue is filled before the lock is given back, so that
            # nothing newer overtakes. After `close`, it is closed here.
            if function is _PUT and late:
                owner.put(message)
            if function is _PUT and self._closed:
                owner.close()

        # A callback is other people's code. It may wait for a thread
        # that waits for our lock, so it is never called with it.
        if function is not _PUT and late:
            self._call(owner, function, topic, message)

    def listen(
        self,
        *topics: Topic,
        limit: int = 1000,
        policy: Policy = Policy.DROP_OLDEST,
    ) -> Subscription:
        """Make a `Subscription` that hears these topics."""
        # The caller keeps it; when the caller lets go, it is forgotten.
        subscription = Subscription(limit, policy)
        for topic in topics:
            self.subscribe(topic, subscription)
        return subscription

    def unsubscribe(self, topic: Topic, subscriber: Subscriber) -> None:
        """Let a subscriber hear a topic no more, if it did.

        A callback that another thread is calling may still be at work
        when this returns.
        """
        # Asked of both tables: it is in one of them at most.
        owner, function = _taken_apart(subscriber)
        with self._lock:
            for table in (self._callbacks, self._queues):
                table.get(topic, _NOBODY).pop((id(owner), function), None)

    def publish(self, topic: Topic, message: Message) -> None:
        """Tell all who hear the topic; there may be nobody.

        Callbacks run here, in this thread. An `Exception` of theirs is
        reported, and the others still get the message.
        """
        self._send("publish", topic, message)

    def declare(self, topic: Topic, message: Message) -> None:
        """Publish a message that stands: who comes late gets it too.

        A topic has one at a time; the next takes the place of the last.
        """
        self._send("declare", topic, message)

    def retract(self, topic: Topic) -> None:
        """Take back what stands declared, if anything does."""
        self._send("retract", topic, None)

    def declarations(self) -> dict[Topic, Message]:
        """List what stands declared, by topic; it is a copy."""
        # Whoever loops over it does so without our lock.
        with self._lock:
            return self._board.copy()

    def is_declared(self, topic: Topic) -> bool:
        """Say whether a message stands declared in a topic."""
        return topic in self.declarations()

    def close(self) -> None:
        """Close all subscriptions: whoever waits is let go.

        What is published from here on is heard by nobody.
        """
        # In one step, so that nobody slips in without being closed.
        with self._lock:
            self._closed = True
            rows = [list(row.values()) for row in self._queues.values()]

        # A handler may be in several rooms; to close twice is harmless.
        for row in rows:
            for subscription in row:
                subscription.close()
        self._transport.close()

    # -- For subclasses

    def handle_error(self, topic: Topic, message: Message) -> None:
        """Report the exception of a callback on stderr, and go on."""
        # As servers do. One bad subscriber must not keep the message
        # from the others, nor end the one who published it.
        headline = f"A subscriber of {topic!r} could not take {message!r}"
        report = f"{headline}\n{traceback.format_exc()}"
        print(report, end="", file=sys.stderr)

    # -- Machinery

    def _send(self, act: Act, topic: Topic, message: Message) -> None:
        """Hand something to the transport, unless it is closed."""
        # Handlers say goodbye when they leave, after the end as well.
        # To find nobody there is no error.
        if not self._closed:
            self._transport.send(act, topic, message)

    def _hear(self, act: Act, topic: Topic, message: Message) -> None:
        """Do what somebody has sent; the transport calls this."""
        # No subscriber hears of this one: it is for those to come.
        if act == "retract":
            with self._lock:
                self._board.pop(topic, None)
                return

        # The row as it is at this moment: a callback that lets another
        # one in does so for the next message. `any` asks no further
        # when somebody has answered STOP. What was stopped must not get
        # round by the board, to those who come late.
        with self._lock:
            row = list(self._callbacks.get(topic, _NOBODY))
        if any(self._ask(topic, each, message) is STOP for each in row):
            return

        # The board and the queues change in one step. A subscription
        # that comes meanwhile finds a declaration in one of the two,
        # never in both; a callback that comes meanwhile is late.
        with self._lock:
            if act == "declare":
                self._board[topic] = message
            there = list(self._callbacks.get(topic, _NOBODY))

            # And no two queues can see two messages in another order.
            for queue in [*self._queues.get(topic, _NOBODY).values()]:
                queue.put(message)

        # Too late to be on the row, too early to find the board.
        late = [each for each in there if each not in row]
        for key in late if act == "declare" else []:
            self._ask(topic, key, message)

    def _ask(self, topic: Topic, key: _Key, message: Message) -> object:
        """Call a callback by its place in the row, if it is there yet."""
        # It may have died, or been taken off the row by another one.
        owner = self._callbacks.get(topic, _NOBODY).get(key)
        if owner is None:
            return None
        return self._call(owner, key[1], topic, message)

    def _call(
        self, owner: Any, function: Any, topic: Topic, message: Message
    ) -> object:
        """Call a callback; report what it raises."""
        # What is no `Exception` is for the program, as in a server.
        try:
            return function(owner, message) if function else owner(message)

        # No answer is no STOP.
        except Exception:
            self.handle_error(topic, message)
            return None

    def _enlist(
        self, topic: Topic, owner: Any, function: Any, front: bool
    ) -> bool:
        """Put a newcomer on the row; False if it stands there already."""
        # Rooms come and go. The empty ones are swept out when there are
        # twice as many as last time, like the threads of `_Threads`.
        table = self._queues if function is _PUT else self._callbacks
        if len(table) >= self._room:
            for empty in [each for each, row in table.items() if not row]:
                del table[empty]

            # The new "last time"; it only grows.
            self._room = max(self._room, 2 * len(table))

        # The object is known by its identity: two that are equal are
        # two, and one that has no hash is welcome.
        row = table.setdefault(topic, WeakValueDictionary())
        key = id(owner), function
        if key in row:
            return False

        # The dictionary keeps the order of arrival. It has no front, so
        # whoever wants to stand there gets a new one.
        row, behind = (WeakValueDictionary(), row) if front else (row, {})
        row[key] = owner
        row.update(behind)

        # Last: an object that cannot be held weakly has raised by here.
        table[topic] = row
        return True


def _taken_apart(subscriber: Subscriber) -> tuple[Any, Any]:
    """Give the object behind a subscriber, and the function or None.

    Python makes a bound method anew whenever one is asked for, and
    forgets it at once. Only the object behind it lives, and can be held
    weakly.
    """
    # So that a queue is known as one, however it was given.
    if isinstance(subscriber, Subscription):
        return subscriber, _PUT

    # A built-in function such as `print` belongs to its module, which
    # is no reason to take it apart.
    owner = getattr(subscriber, "__self__", None)
    if owner is None or isinstance(owner, types.ModuleType):
        return subscriber, None

    # A method of ours knows its function. A built-in one, such as
    # `deque.append`, has it in its class.
    function = getattr(subscriber, "__func__", None)
    return owner, function or getattr(type(owner), subscriber.__name__)


# One for all who need no other.
default_hub = Hub()


def observable(cls: type[_Class]) -> type[_Class]:
    """Give each object of a class a hub of its own, and its methods.

    Raises `TypeError` if the class has a method of such a name, or if
    its objects have no place for a hub, because of `__slots__`.
    """
    # The hub lies in the `__dict__` of an object. Told here, and not
    # when the first one is used.
    if not cls.__dictoffset__:
        raise TypeError(f"{cls.__name__} has __slots__, and none for a hub")

    # What a hub has for its owner, such as `close`, stays there: the
    # object is often a thing that has its own way to be closed.
    names = ["subscribe", "unsubscribe", "publish", "declare", "retract"]
    for name in [*names, "listen", "declarations", "is_declared"]:
        if hasattr(cls, name):
            raise TypeError(f"{cls.__name__} has a {name} of its own")

        # On the class, so that `help` shows it and a child inherits it.
        setattr(cls, name, _passed_on(name))
    return cls


def _passed_on(name: str) -> Callable[..., Any]:
    """Make a method that asks an object's own hub to do it."""

    # The hub is made when it is first needed. So there is no
    # constructor that a subclass could forget to call.
    def method(self: object, *args: Any, **kwargs: Any) -> Any:
        if "_hub" not in vars(self):
            vars(self).setdefault("_hub", Hub())
        return getattr(vars(self)["_hub"], name)(*args, **kwargs)

    # It takes its name and its docstring from the hub's.
    return wraps(getattr(Hub, name))(method)


class HubMixIn:
    """Give a server a hub; its handlers find it as `self.server.hub`.

        class Chat(HubMixIn, ThreadingTCPServer): ...

    It goes in front of the other classes, because the hub has to be
    closed before a server waits for its handlers.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what the server behind takes."""
        # Before the server is made, which may have a client at once.
        self.__process = os.getpid()
        self.__hubs: dict[int, Hub] = {}
        self.__locks: dict[int, threading.Lock] = {}
        super().__init__(*args, **kwargs)

    # -- For callers

    @property
    def hub(self) -> Hub:
        """The hub of this server, in this process."""
        # After a fork there are two servers, each with all tables of
        # the other. A handler over there needs a hub of its own.
        process = os.getpid()
        with self.__lock:
            if process not in self.__hubs:
                self.__hubs[process] = self.make_hub()

            # Made once, though two threads may have come for it.
            return self.__hubs[process]

    def server_close(self) -> None:
        """Close the hub, then the server."""
        # Whoever asks for a hub after this gets a closed one.
        with self.__lock:
            self.__hubs.setdefault(os.getpid(), Hub())

        # In this order: a server that waits for its handlers would wait
        # for ever for one that waits for a message.
        self.hub.close()
        super().server_close()

    # -- For subclasses

    def make_hub(self) -> Hub:
        """Make the hub of a process; override it to give a transport.

        Raises `RuntimeError` in a forked handler: a hub without a
        transport ends where its process does.
        """
        # Said aloud: a hub of its own would be silence, and the client
        # of that handler would wait for words for ever.
        if self.__process != os.getpid():
            why = "no other process would hear this forked handler"
            raise RuntimeError(f"{why}: override make_hub")

        # One process is all there is.
        return Hub()

    async def see_off(self) -> None:
        """Close the hub, then wait as `AsyncMixIn` does.

        Only an asynchronous server calls this. It waits for its
        handlers whenever it is shut down, and may be started again.
        """
        # As in `server_close`: whoever asks gets a closed one.
        with self.__lock:
            hub = self.__hubs.setdefault(os.getpid(), Hub())

        # First, or those who wait for a message need the whole time.
        hub.close()
        try:
            await super().see_off()

        # Handlers to come need one that is open.
        finally:
            del self.__hubs[os.getpid()]

    # -- Machinery

    @property
    def __lock(self) -> threading.Lock:
        """The lock of this process, for making its hub."""
        # A child that is forked while a thread makes the hub gets the
        # lock of its parent as it is: locked, and for ever.
        return self.__locks.setdefault(os.getpid(), threading.Lock())
