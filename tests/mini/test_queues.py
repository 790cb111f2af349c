"""A subscription: its order, its limit, its end, and who waits for it."""

import asyncio
import itertools
import threading

import pytest

from minisocketserver.queues import Policy, Subscription
from tests.conformance.toolkit import (
    DEADLINE,
    Background,
    bounded,
    stays,
    wait_for,
)


def filled(count, **kwargs):
    """Make a subscription and put so many messages into it."""
    subscription = Subscription(**kwargs)
    for number in range(count):
        subscription.put(number)
    return subscription


async def all_of(subscription):
    return [message async for message in subscription]


def run(coroutine):
    """Run a coroutine in a loop of its own, for DEADLINE at most."""

    async def in_time():
        return await asyncio.wait_for(coroutine, DEADLINE)

    return asyncio.run(in_time())


async def settled():
    """Let every other task run until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


# -- Reading


def test_messages_come_out_once_in_order():
    subscription = filled(3)
    subscription.close()
    assert list(subscription) == [0, 1, 2]
    assert list(subscription) == []


def test_a_task_reads_the_same():
    subscription = filled(3)
    subscription.close()
    assert run(all_of(subscription)) == [0, 1, 2]


def test_none_is_a_message_like_any_other():
    subscription = Subscription()
    subscription.put(None)
    subscription.close()
    assert list(subscription) == [None]


def test_a_thread_waits_for_what_is_not_there_yet():
    subscription = Subscription()
    reader = Background(subscription.get)
    assert stays(reader)
    subscription.put("late")
    assert reader.result() == "late"


def test_a_task_waits_while_its_loop_serves_others():
    subscription = Subscription()

    async def main():
        reader = asyncio.ensure_future(anext(subscription))
        await settled()  # the loop is alive, or this would not return
        assert not reader.done()
        subscription.put("late")
        return await reader

    assert run(main()) == "late"


def test_a_task_is_woken_from_another_thread():
    subscription, started = Subscription(), threading.Event()

    async def main():
        reader = asyncio.ensure_future(anext(subscription))
        await settled()
        started.set()
        return await reader

    loop = Background(run, main())
    wait_for(started, "the task must come to its waiting")
    subscription.put("from afar")
    assert loop.result() == "from afar"


def test_time_runs_out_in_a_thread():
    with pytest.raises(TimeoutError, match="no message came in time"):
        bounded(Subscription().get, 0.001)


def test_time_runs_out_in_a_task_and_leaves_no_future_behind():
    subscription = Subscription()

    async def main():
        for _ in range(10):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(anext(subscription), 0.001)

    run(main())
    assert not subscription._futures


def test_a_message_is_not_lost_to_a_task_that_was_cancelled():
    subscription = Subscription()

    async def main():
        gone = asyncio.ensure_future(anext(subscription))
        await settled()
        subscription.put("kept")  # the promise is kept, the task not yet on
        gone.cancel()
        await asyncio.wait([gone])
        return await anext(subscription)

    assert run(main()) == "kept"


def test_several_readers_share_the_messages():
    subscription = Subscription()
    readers = [Background(list, subscription) for _ in range(4)]
    for number in range(100):
        subscription.put(number)
    subscription.close()
    found = [reader.result() for reader in readers]
    assert sorted(itertools.chain(*found)) == list(range(100))
    assert all(part == sorted(part) for part in found)


def test_a_thread_and_a_task_may_read_side_by_side():
    subscription = Subscription()
    thread = Background(list, subscription)
    task = Background(run, all_of(subscription))
    for number in range(200):
        subscription.put(number)
    subscription.close()
    assert sorted(thread.result() + task.result()) == list(range(200))


# -- The limit


@pytest.mark.parametrize(
    ("policy", "kept", "closed"),
    [
        (Policy.DROP_OLDEST, [2, 3, 4], False),
        (Policy.DROP_NEWEST, [0, 1, 2], False),
        (Policy.DISCONNECT, [0, 1, 2], True),
    ],
)
def test_a_full_queue_does_as_its_policy_says(policy, kept, closed):
    subscription = filled(5, limit=3, policy=policy)
    assert subscription.closed is closed
    assert subscription.lost == (1 if closed else 2)
    subscription.close()
    assert list(subscription) == kept


def test_nothing_is_lost_up_to_the_limit():
    subscription = filled(3, limit=3)
    assert subscription.lost == 0
    subscription.close()
    assert list(subscription) == [0, 1, 2]


def test_room_that_was_made_is_room():
    subscription = filled(3, limit=3, policy=Policy.DROP_NEWEST)
    assert subscription.get() == 0
    subscription.put(3)
    assert subscription.lost == 0


@pytest.mark.parametrize("limit", [0, -1])
def test_a_queue_that_holds_nothing_is_refused(limit):
    with pytest.raises(ValueError, match=f"not {limit}"):
        Subscription(limit)


def test_the_sender_never_waits():
    subscription = Subscription(limit=1)
    bounded(filled, 1)  # a reader that never reads
    for number in range(10_000):
        subscription.put(number)
    assert subscription.lost == 9_999


# -- The end


def test_closing_wakes_every_thread():
    subscription = Subscription()
    readers = [Background(list, subscription) for _ in range(3)]
    assert all(map(stays, readers))
    subscription.close()
    assert [reader.result() for reader in readers] == [[], [], []]


def test_closing_wakes_tasks_in_every_loop():
    subscription = Subscription()
    ready = [threading.Event() for _ in range(3)]

    async def main(event):
        reader = asyncio.ensure_future(all_of(subscription))
        await settled()
        event.set()
        return await reader

    loops = [Background(run, main(event)) for event in ready]
    for event in ready:
        wait_for(event, "the task must come to its waiting")
    subscription.close()
    assert [loop.result() for loop in loops] == [[], [], []]


def test_what_comes_after_the_end_is_not_taken():
    subscription = Subscription()
    subscription.close()
    subscription.put("late")
    assert list(subscription) == []
    assert subscription.lost == 0
    with pytest.raises(EOFError, match="closed"):
        subscription.get()


def test_a_with_block_closes_it():
    with pytest.raises(KeyError), Subscription() as subscription:
        raise KeyError
    assert subscription.closed


@pytest.mark.parametrize("same_thread", [True, False])
def test_a_loop_that_was_closed_does_not_hurt_the_sender(same_thread):
    subscription = Subscription()
    loop = asyncio.new_event_loop()
    task = loop.create_task(subscription._wait())
    loop.run_until_complete(settled())
    loop.close()
    if same_thread:
        subscription.put(1)
    else:
        bounded(subscription.put, 1)
    assert subscription.get() == 1
    task._log_destroy_pending = False  # it was left behind on purpose


def test_a_last_word_in_the_middle_of_put_is_no_deadlock():
    subscription = Subscription(limit=1)

    class Last:
        def __del__(self):
            subscription.put("last word")

    def drop():
        subscription.put(Last())
        subscription.put("pushes it out")  # with the lock held

    bounded(drop, promise="a __del__ that publishes must not wait for itself")
    subscription.close()
    assert list(subscription) == ["last word"], "and the limit holds"
