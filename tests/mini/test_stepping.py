"""Who takes the steps of a handler, and who hears of many clients."""

import asyncio
import contextlib
import contextvars
import gc
import select
import socket
import sys
import weakref
from functools import partial

import pytest

from minisocketserver.stepping import _porter_for, _Steps
from tests.conformance.toolkit import DEADLINE, bounded


def run(main):
    """Run a coroutine to its end, or fail."""

    async def in_time():
        return await asyncio.wait_for(main, DEADLINE)

    return bounded(asyncio.run, in_time())


async def turns(count=3):
    """Let the loop have a few turns."""
    for _ in range(count):
        await asyncio.sleep(0)


class Aside:
    """Await it in a work to be put aside until somebody takes a step."""

    steps: _Steps

    def __await__(self):
        return iter((self.steps,))


async def started(work):
    """Start a work, which is handed what puts it aside.

    Give its steps, and its task.
    """
    aside = Aside()
    steps = aside.steps = _Steps(work(aside))

    async def await_it():
        return await steps

    task = asyncio.create_task(await_it())
    await turns()
    return steps, task


def on_the_loop(function, *arguments):
    """Call it as the loop does: while no task is running."""
    asyncio.get_running_loop().call_soon(function, *arguments)


# -- Steps


def test_the_result_is_that_of_the_work():
    async def main():
        async def work(aside):
            await aside
            await asyncio.sleep(0)
            await aside
            return "done"

        steps, task = await started(work)
        for _ in range(2):
            assert steps.waits
            on_the_loop(steps.step)
            await turns()
        assert await task == "done"

    run(main())


@pytest.mark.parametrize("when", ["first", "stepped", "later"])
def test_an_error_of_the_work_is_the_task_s(when):
    async def main():
        async def work(aside):
            if when != "first":
                await aside
            if when == "later":
                await asyncio.sleep(0)
            raise LookupError(when)

        steps, task = await started(work)
        on_the_loop(steps.step)
        with pytest.raises(LookupError, match=when):
            await task

    run(main())


@pytest.mark.parametrize("how", ["returned", "failed", "cancelled", "late"])
def test_what_a_work_had_is_gone_when_it_has_ended(how):
    class Thing:
        """Something that a handler holds, such as a connection."""

    async def main():
        things = []

        async def work(aside):
            thing = Thing()
            things.append(weakref.ref(thing))
            await aside
            if how == "failed":
                raise LookupError

        async def end():
            steps, task = await started(work)
            things.append(weakref.ref(steps))
            error = TimeoutError() if how == "late" else None
            if how == "cancelled":
                task.cancel()
            on_the_loop(steps.step, error)
            await asyncio.wait([task])
            assert task.cancelled() or (task.exception() is None) == (
                how == "returned"
            )

        await end()
        await turns()
        assert [thing() for thing in things] == [None, None]

    gc.disable()
    try:
        run(main())
    finally:
        gc.enable()


def test_an_error_can_be_raised_where_the_work_was_put_aside():
    async def main():
        async def work(aside):
            with pytest.raises(TimeoutError, match="too late"):
                await aside
            return "caught"

        steps, task = await started(work)
        on_the_loop(steps.step, TimeoutError("too late"))
        assert await task == "caught"

    run(main())


def test_each_step_is_the_same_task_s_and_sees_the_same_variables():
    variable = contextvars.ContextVar("variable", default=0)

    async def main():
        async def work(aside):
            tasks = [asyncio.current_task()]
            variable.set(1)
            for put_aside in (aside, asyncio.sleep(0), aside):
                await put_aside
                tasks.append(asyncio.current_task())
                variable.set(variable.get() + 1)
            return tasks, variable.get()

        steps, task = await started(work)
        for _ in range(2):
            on_the_loop(steps.step)
            await turns()
        assert await task == ([task] * 4, 4)
        assert variable.get() == 0

    run(main())


def test_the_task_sees_the_variables_of_a_work_that_has_ended():
    variable = contextvars.ContextVar("variable", default=0)

    async def main():
        async def work(aside):
            variable.set(1)
            await aside
            variable.set(variable.get() + 1)
            raise LookupError

        aside = Aside()
        steps = aside.steps = _Steps(work(aside))

        async def await_it():
            with pytest.raises(LookupError):
                await steps
            return variable.get()

        task = asyncio.create_task(await_it())
        await turns()
        on_the_loop(steps.step)
        assert await task == 2

    run(main())


def test_several_works_can_wait_for_the_same_future():
    async def main():
        future = asyncio.get_running_loop().create_future()

        async def work(aside):
            await aside
            return await future

        async def plainly():
            return await future

        pairs = [await started(work) for _ in range(3)]

        def step_all():
            for steps, _ in pairs:
                steps.step()

        on_the_loop(step_all)
        tasks = [task for _, task in pairs]
        tasks.append(asyncio.create_task(plainly()))
        await turns()
        future.set_result("for all")
        assert await asyncio.gather(*tasks) == ["for all"] * 4

    run(main())


def test_an_interrupt_in_a_step_leaves_the_loop_fit_to_clear_away(monkeypatch):
    async def main():
        async def work(aside):
            await aside

        steps, task = await started(work)
        interrupt = [KeyboardInterrupt]

        def take(error=None):
            raise interrupt.pop()

        def step():
            with pytest.raises(KeyboardInterrupt):
                steps.step()
            monkeypatch.undo()
            current.append(asyncio.current_task())

        current = []
        monkeypatch.setattr(steps, "_take", take)
        on_the_loop(step)
        await turns()
        assert current == [None]
        on_the_loop(steps.step)
        await task

    run(main())


def test_a_step_returns_when_the_work_waits_again():
    async def main():
        order = []

        async def work(aside):
            while True:
                await aside
                order.append("work")

        steps, task = await started(work)

        def two_steps():
            for _ in range(2):
                steps.step()
                order.append("the end of the step")

        on_the_loop(two_steps)
        await turns()
        assert order == ["work", "the end of the step"] * 2
        task.cancel()

    run(main())


def test_it_waits_for_a_step_only_where_it_was_put_aside():
    async def main():
        future = asyncio.get_running_loop().create_future()

        async def work(aside):
            assert not aside.steps.waits
            assert aside.steps.running
            return await future

        steps, task = await started(work)
        assert not steps.waits
        assert not steps.running
        on_the_loop(steps.step)
        await turns()
        future.set_result("by the future")
        assert await task == "by the future"

    run(main())


# -- Cancelling


def test_who_is_put_aside_can_be_cancelled():
    async def main():
        async def work(aside):
            try:
                await aside
            finally:
                await asyncio.sleep(0)
                cleared.append(True)

        cleared = []
        _, task = await started(work)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert cleared == [True]

    run(main())


def test_a_step_after_the_cancelling_is_not_taken():
    async def main():
        seen = []

        async def work(aside):
            for _ in range(2):
                try:
                    await aside
                    seen.append("a step")
                except asyncio.CancelledError:
                    seen.append("cancelled")

        steps, task = await started(work)
        task.cancel()
        assert not steps.waits
        steps.step()
        await turns()
        assert seen == ["cancelled"]
        on_the_loop(steps.step)
        await task
        assert seen == ["cancelled", "a step"]

    run(main())


def test_who_is_cancelled_after_a_step_cancels_what_that_waits_for():
    async def main():
        order = []

        async def child():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as error:
                await turns()
                order.append(error.args)
                raise

        async def work(aside):
            await aside
            try:
                await children[0]
            finally:
                order.append("work")

        children = [asyncio.create_task(child())]
        steps, task = await started(work)

        def step_and_cancel():
            steps.step()
            task.cancel("enough")

        on_the_loop(step_and_cancel)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert order == [("enough",), "work"]

    run(main())


def test_who_is_cancelled_after_a_step_does_not_bear_it_twice():
    async def main():
        async def child():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            return "unmoved"

        async def work(aside):
            await aside
            return await children[0]

        children = [asyncio.create_task(child())]
        steps, task = await started(work)

        def step_and_cancel():
            steps.step()
            task.cancel()

        on_the_loop(step_and_cancel)
        assert await task == "unmoved"

    run(main())


@pytest.mark.parametrize("failed", [False, True])
def test_who_is_cancelled_after_its_last_step_is_cancelled(failed):
    async def main():
        async def work(aside):
            await aside
            if failed:
                raise LookupError

        steps, task = await started(work)

        def step_and_cancel():
            steps.step()
            task.cancel()

        on_the_loop(step_and_cancel)
        error = LookupError if failed else asyncio.CancelledError
        with pytest.raises(error):
            await task

    run(main())


def test_a_work_that_cancels_itself_is_cancelled_where_it_waits_next():
    async def main():
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in range(2)]

        async def work(aside):
            for future in (None, *futures):
                await aside
                asyncio.current_task().cancel()
                with pytest.raises(asyncio.CancelledError):
                    await (aside if future is None else future)
            return "went on"

        steps, task = await started(work)
        for _ in range(3):
            on_the_loop(steps.step)
            await turns(5)
        assert await task == "went on"
        assert all(future.cancelled() for future in futures)

    run(main())


def test_a_work_that_cancels_itself_and_ends_is_cancelled():
    async def main():
        async def work(aside):
            await aside
            asyncio.current_task().cancel()

        steps, task = await started(work)
        on_the_loop(steps.step)
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())


def test_an_abandoned_work_can_clear_away():
    async def main():
        cleared = []

        async def work(aside):
            try:
                await aside
            finally:
                cleared.append(True)

        aside = Aside()
        aside.steps = _Steps(work(aside))

        async def await_it():
            await aside.steps

        coroutine = await_it()
        coroutine.send(None)
        coroutine.close()
        assert cleared == [True]

    run(main())


@pytest.mark.skipif(sys.version_info < (3, 11), reason="new in 3.11")
def test_a_time_limit_of_asyncio_ends_a_wait():
    async def main():
        async def work(aside):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await aside
            ended.set()
            await aside
            return "in time"

        ended = asyncio.Event()
        steps, task = await started(work)
        await ended.wait()
        assert steps.waits
        on_the_loop(steps.step)
        assert await task == "in time"

    run(main())


# -- The porter


@pytest.fixture
def porter():
    """Run a coroutine function with a porter."""
    if not hasattr(select, "epoll"):
        pytest.skip("this system has no epoll")

    def with_porter(function):
        async def main():
            with _porter_for(asyncio.get_running_loop()) as porter:
                await function(porter)

        return run(main())

    return with_porter


@contextlib.contextmanager
def pair():
    """Give two sockets that are connected."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_the_loop_hears_of_many_doors_once(porter):
    async def main(porter):
        order = []
        with contextlib.ExitStack() as stack:
            for number in range(3):
                ours, theirs = stack.enter_context(pair())
                knock = partial(order.append, number)
                porter.add_reader(ours.fileno(), knock)
                theirs.sendall(b"x")
            loop = asyncio.get_running_loop()
            loop.call_soon(lambda: order.append("before"))
            await turns(1)
            await turns(1)
        assert order[0] == "before"
        assert sorted(order[1:4]) == [0, 1, 2]

    porter(main)


def test_who_is_shown_out_by_another_is_not_called(porter):
    async def main(porter):
        called = []
        with pair() as (a, to_a), pair() as (b, to_b):
            doors = {a.fileno(), b.fileno()}

            def knock(door):
                called.append(door)
                for other in doors - {door}:
                    porter.remove_reader(other)

            for door in doors:
                porter.add_reader(door, partial(knock, door))
            to_a.sendall(b"x")
            to_b.sendall(b"x")
            await turns()
        assert len(set(called)) == 1

    porter(main)


def test_a_door_that_was_closed_unnoticed_can_be_another_s(porter):
    async def main(porter):
        called = asyncio.Event()
        first, second = socket.socketpair(), socket.socketpair()
        porter.add_reader(first[0].fileno(), lambda: None)
        with first[1], second[0], second[1]:
            door = first[0].fileno()
            first[0].close()
            porter.remove_reader(door)
            porter.add_reader(second[0].fileno(), lambda: None)
            porter.add_reader(second[0].fileno(), called.set)
            second[1].sendall(b"x")
            await called.wait()
            porter.remove_reader(second[0].fileno())

    porter(main)
