"""The files of asynchronous handlers: what a wait gives, and to whom."""

import asyncio
import contextlib
import gc
import select
import socket
import sys
import weakref

import pytest

from minisocketserver import waiting
from minisocketserver.stepping import _porter_for, _Steps
from minisocketserver.waiting import _Connection, _Memory
from tests.conformance.toolkit import DEADLINE, GRACE, bounded

LIMIT = 64


@contextlib.asynccontextmanager
async def pair(watch, timeout=None):
    """Give a connection and its other end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        try:
            yield _Connection(ours, LIMIT, timeout, watch), theirs
        finally:
            watch.remove_reader(ours.fileno())
            asyncio.get_running_loop().remove_writer(ours)


@pytest.fixture(params=["watched by the loop", "watched by a porter"])
def run(request, monkeypatch):
    """Run a coroutine function with a connection and its other end."""
    if request.param == "watched by the loop":
        monkeypatch.delattr(select, "epoll", raising=False)
    elif not hasattr(select, "epoll"):
        pytest.skip("this system has no epoll")

    def run(function, timeout=None):
        async def main():
            with _porter_for(asyncio.get_running_loop()) as watch:
                async with pair(watch, timeout) as both:
                    await asyncio.wait_for(function(*both), DEADLINE)

        return bounded(asyncio.run, main())

    return run


async def turns(count=3):
    """Let the loop have a few turns."""
    for _ in range(count):
        await asyncio.sleep(0)


async def swallow(sock, size):
    """Receive so many bytes, and let others have their turns."""
    while size:
        try:
            size -= len(sock.recv(1 << 20))
        except BlockingIOError:
            await asyncio.sleep(0)


# -- Reading


@pytest.mark.parametrize(
    ("read", "taken"),
    [
        (lambda file: file.read(), b"one\ntwo\nrest"),
        (lambda file: file.read(5), b"one\nt"),
        (lambda file: file.read(100), b"one\ntwo\nrest"),
        (lambda file: file.read(0), b""),
        (lambda file: file.read1(), b"one\ntwo\nrest"),
        (lambda file: file.read1(2), b"on"),
        (lambda file: file.readline(), b"one\n"),
        (lambda file: file.readline(2), b"on"),
        (lambda file: file.readline(0), b""),
        (lambda file: file.readline(100), b"one\n"),
    ],
)
def test_both_files_read_alike(run, read, taken):
    async def main(file, theirs):
        theirs.sendall(b"one\ntwo\nrest")
        theirs.shutdown(socket.SHUT_WR)
        assert await read(file) == taken
        assert await read(_Memory(b"one\ntwo\nrest")) == taken

    run(main)


def test_a_file_gives_its_lines_and_then_nothing(run):
    async def main(file, theirs):
        theirs.sendall(b"one\n\nlast")
        theirs.shutdown(socket.SHUT_WR)
        for each in (file, _Memory(b"one\n\nlast")):
            assert [line async for line in each] == [b"one\n", b"\n", b"last"]
            assert await each.readline() == b""
            assert await each.read() == b""

    run(main)


def test_a_line_is_put_together_however_it_comes(run):
    async def main(file, theirs):
        reading = asyncio.ensure_future(file.readline())
        for letter in b"slow":
            theirs.sendall(bytes([letter]))
            await turns()
            assert not reading.done()
        theirs.sendall(b"ly\nnext")
        assert await reading == b"slowly\n"
        assert await file.read1() == b"next"

    run(main)


@pytest.mark.parametrize("size", [LIMIT, LIMIT + 1, 3 * LIMIT])
def test_a_line_without_an_end_is_an_error(run, size):
    async def main(file, theirs):
        theirs.sendall(b"x" * size)
        with pytest.raises(ValueError, match=f"a line of more than {LIMIT}"):
            await file.readline()

    run(main)


def test_a_line_of_the_longest_length_is_no_error(run):
    async def main(file, theirs):
        theirs.sendall(b"x" * (LIMIT - 1) + b"\n")
        assert len(await file.readline()) == LIMIT

    run(main)


def test_a_connection_that_breaks_is_an_error_of_the_reader(run):
    async def main(file, theirs):
        reading = asyncio.ensure_future(file.readline())
        await turns()
        file.write(b"unread")
        file.flush()
        theirs.close()  # with bytes unread: a reset
        with pytest.raises(ConnectionResetError):
            await reading

    run(main)


def test_a_read_may_last_so_long(run):
    async def main(file, theirs):
        with pytest.raises(TimeoutError):
            await file.readline()
        theirs.sendall(b"late\n")
        assert await file.readline() == b"late\n", "and be tried again"

    run(main, timeout=GRACE)


def test_two_tasks_must_not_read_at_once(run):
    async def main(file, theirs):
        reading = asyncio.ensure_future(file.readline())
        await turns()
        with pytest.raises(RuntimeError, match="another task reads"):
            await file.readline()
        theirs.sendall(b"a line\n")
        assert await reading == b"a line\n"

    run(main)


def test_a_reader_can_be_cancelled_and_another_goes_on(run):
    async def main(file, theirs):
        for _ in range(2):
            reading = asyncio.ensure_future(file.readline())
            await turns()
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
        theirs.sendall(b"a line\n")
        assert await file.readline() == b"a line\n"

    run(main)


@pytest.mark.parametrize("stepped", [True, False])
def test_a_handler_goes_on_on_the_spot_and_others_a_turn_later(run, stepped):
    async def main(file, theirs):
        order = []

        async def handler():
            await file.readline()
            order.append("the reader's step")

        def knock():
            file._knock()
            order.append("the end of the knock")

        steps = _Steps(handler())
        if stepped:
            file._steps = steps

        async def await_it():
            await steps

        task = asyncio.ensure_future(await_it())
        await turns()
        theirs.sendall(b"a line\n")
        asyncio.get_running_loop().call_soon(knock)
        await task
        on_the_spot = ["the reader's step", "the end of the knock"]
        assert order == (on_the_spot if stepped else on_the_spot[::-1])

    run(main)


def test_a_handler_may_leave_the_reading_to_a_task_of_its_own(run):
    async def main(file, theirs):
        async def handler():
            reading = asyncio.create_task(file.readline())
            assert await reading == b"first\n"
            return await file.readline()

        steps = file._steps = _Steps(handler())

        async def await_it():
            return await steps

        task = asyncio.create_task(await_it())
        for line in (b"first\n", b"second\n"):
            await turns(10)
            theirs.sendall(line)
        assert await task == b"second\n"

    run(main)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new in 3.12")
def test_a_task_that_begins_at_once_may_read_for_a_handler(run):
    async def main(file, theirs):
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)

        async def handler():
            return await asyncio.gather(file.readline(), asyncio.sleep(0))

        steps = file._steps = _Steps(handler())

        async def await_it():
            return await steps

        task = asyncio.create_task(await_it())
        await turns()
        theirs.sendall(b"a line\n")
        assert await task == [b"a line\n", None]

    run(main)


def test_an_error_of_the_connection_is_not_the_context_of_others(run):
    class Reset:
        """A connection whose client is gone."""

        def recv(self, size):
            raise ConnectionResetError

    async def main(file, theirs):
        async def handler():
            with pytest.raises(ConnectionResetError):
                await file.readline()
            return sys.exc_info()

        steps = file._steps = _Steps(handler())

        async def await_it():
            return await steps

        task = asyncio.create_task(await_it())
        await turns()
        file._sock = Reset()
        theirs.sendall(b"a line\n")
        assert await task == (None, None, None)

    run(main)


@pytest.mark.parametrize("how", ["reset", "too slow"])
def test_an_error_does_not_keep_the_things_of_a_handler(run, how):
    class Thing:
        """Something that a handler holds."""

    class Reset:
        """A connection whose client is gone."""

        def recv(self, size):
            raise ConnectionResetError

    async def main(file, theirs):
        things = []

        async def handler():
            thing = Thing()
            things.append(weakref.ref(thing))
            await file.readline()

        async def await_it():
            steps = file._steps = _Steps(handler())
            with pytest.raises((ConnectionResetError, TimeoutError)):
                await steps

        task = asyncio.create_task(await_it())
        await turns()
        file._sock = Reset()
        loop = asyncio.get_running_loop()
        loop.call_soon(file._knock if how == "reset" else file._expire)
        await task
        await turns()
        assert things[0]() is None

    gc.disable()
    try:
        run(main)
    finally:
        gc.enable()


def test_the_clock_of_a_cancelled_wait_does_not_end_another(run):
    async def main(file, theirs):
        timers = []

        async def handler():
            for _ in range(2):
                try:
                    await file.readline()
                except asyncio.CancelledError:
                    timers.append(file._timer)
            timers.append(file._timer)

        steps = file._steps = _Steps(handler())

        async def await_it():
            await steps

        task = asyncio.create_task(await_it())
        await turns()
        task.cancel()
        await turns()
        (first,) = timers
        assert first.cancelled(), "by the second wait"
        theirs.sendall(b"a line\n")
        await task
        assert timers == [first, None]

    run(main, timeout=DEADLINE)


def test_who_sends_much_cannot_hold_the_loop(run, monkeypatch):
    monkeypatch.setattr(waiting, "_PIECE", 2)

    async def main(file, theirs):
        others = []

        async def greedy():
            for _ in range(10):
                await file.read(2)
            others.append("greedy")

        theirs.sendall(b"x" * 20)
        task = asyncio.ensure_future(greedy())
        await turns()
        others.append("another")
        await task
        assert others == ["another", "greedy"]

    run(main)


# -- Writing


def test_what_is_written_leaves_in_one_piece(run):
    async def main(file, theirs):
        theirs.setblocking(False)
        assert [file.write(b"ab"), file.write(bytearray(b"c"))] == [2, 1]
        with pytest.raises(BlockingIOError):
            theirs.recv(10)
        await turns(1)
        assert theirs.recv(10) == b"abc"

    run(main)


def test_what_is_written_leaves_also_while_the_handler_waits_elsewhere(run):
    async def main(file, theirs):
        file.write(b"working")
        await asyncio.sleep(GRACE)
        theirs.setblocking(False)
        assert theirs.recv(10) == b"working"

    run(main)


def test_drain_waits_for_a_slow_client(run):
    async def main(file, theirs):
        theirs.setblocking(False)
        much = b"x" * 4_000_000
        file.write(much)
        draining = [asyncio.ensure_future(file.drain()) for _ in range(2)]
        await turns()
        assert not any(each.done() for each in draining)
        await swallow(theirs, len(much))
        await asyncio.gather(*draining)

    run(main)


def test_drain_may_last_so_long(run):
    async def main(file, theirs):
        file.write(b"x" * 4_000_000)
        with pytest.raises(TimeoutError, match="timed out"):
            await file.drain()

    run(main, timeout=GRACE)


def test_a_lost_client_is_told_by_drain_and_not_by_write(run):
    async def main(file, theirs):
        theirs.close()
        for _ in range(3):
            assert file.write(b"anybody?") == 8
            await turns()
        with pytest.raises(BrokenPipeError):
            await file.drain()

    run(main)


@pytest.mark.parametrize(
    "read",
    [
        lambda file: file.readline(),
        lambda file: file.read1(1),
        lambda file: file.read(1),
    ],
    ids=["readline", "read1", "read"],
)
def test_what_is_there_already_is_not_read_for_who_does_not_read(run, read):
    asked, answer = 200, b"x" * 4096

    async def main(file, theirs):
        theirs.sendall(b"\n" * asked)
        theirs.shutdown(socket.SHUT_WR)
        theirs.setblocking(False)

        async def answers():
            while await read(file):
                file.write(answer)

        task = asyncio.ensure_future(answers())
        while not file._drains:
            await turns(1)
            assert not task.done(), "it has answered all"
        assert len(file._unsent) <= waiting._FULL + len(answer)
        await swallow(theirs, asked * len(answer))
        await task

    run(main)


def test_who_does_not_read_is_not_read(run):
    async def main(file, theirs):
        theirs.setblocking(False)
        reading = asyncio.ensure_future(file.read1())
        await turns()
        # Another task writes while the reader waits.
        answer = b"x" * 1_000_000
        file.write(answer)
        theirs.sendall(b"more")
        while file._watched:
            await turns(1)
        assert not reading.done()
        await swallow(theirs, len(answer))
        assert await reading == b"more"

    run(main)


def test_what_was_written_is_bounded_however_much_is_sent(run):
    async def main(file, theirs):
        theirs.setblocking(False)

        async def echo():
            while data := await file.read1():
                file.write(data)

        task = asyncio.ensure_future(echo())
        sent = 0
        for _ in range(20_000):
            try:
                sent += theirs.send(b"x" * 65536)
            except BlockingIOError:
                await turns(1)
                if file._drains:
                    break
        else:
            pytest.fail("it would have taken everything")
        assert len(file._unsent) < 1_000_000, "memory is bounded"
        await swallow(theirs, sent)
        theirs.shutdown(socket.SHUT_WR)
        await task

    run(main)


def test_lines_are_written_one_after_the_other(run):
    async def main(file, theirs):
        for each in (file, _Memory()):
            each.writelines([b"one\n", bytearray(b"two\n")])
        assert each.getvalue() == b"one\ntwo\n"
        await turns()
        assert theirs.recv(100) == b"one\ntwo\n"

    run(main)
