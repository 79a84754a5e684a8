import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from seedbed.task import Task
from seedbed.workflow.turns import STAYING, HandedBack, Turns
from tests.store.rows import new_task
from tests.workflow.running import ScriptedEngine


def tasks(count: int) -> list[Task]:
    """Tasks a second apart, oldest first."""
    first = new_task()
    return [replace(new_task(), created_at=first.created_at + timedelta(seconds=number)) for number in range(count)]


def test_whoever_waits_longest_is_next() -> None:
    turns, order = Turns(), []
    first, *rest = tasks(6)

    def wait(task: Task) -> None:
        with turns.take(task):
            order.append(task)

    threads = [threading.Thread(target=wait, args=(task,)) for task in reversed(rest)]
    with turns.take(first):
        for thread in threads:
            thread.start()
        time.sleep(0.1)
    for thread in threads:
        thread.join(10)
    assert order == rest


def test_those_claimed_together_begin_in_order_however_long_each_is_on_its_way() -> None:
    turns, order = Turns(), []
    first, second = tasks(2)
    for task in (first, second):
        turns.come(task.task_id)

    def wait(task: Task) -> None:
        with turns.take(task):
            order.append(task)

    threads = [threading.Thread(target=wait, args=(task,)) for task in (second, first)]
    threads[0].start()
    time.sleep(0.1)
    assert order == []
    threads[1].start()
    for thread in threads:
        thread.join(10)
    assert order == [first, second]


def test_one_that_comes_no_more_keeps_nobody_waiting() -> None:
    turns = Turns()
    lost, other = tasks(2)
    turns.come(lost.task_id)
    threading.Timer(0.1, turns.go, args=(lost.task_id,)).start()
    with turns.take(other):
        pass


def test_the_lower_rank_goes_before_the_older_task() -> None:
    turns, order = Turns(), []
    first, *rest = [replace(task, rank=rank) for task, rank in zip(tasks(5), (1, 4, 3, 2, 2), strict=True)]

    def wait(task: Task) -> None:
        with turns.take(task):
            order.append(task)

    threads = [threading.Thread(target=wait, args=(task,)) for task in rest]
    with turns.take(first):
        for thread in threads:
            thread.start()
        time.sleep(0.1)
    for thread in threads:
        thread.join(10)
    assert order == [rest[2], rest[3], rest[1], rest[0]]


def test_a_task_that_waits_twice_gets_two_turns() -> None:
    """As when it was taken from a frozen worker and given back to it before that noticed."""
    turns, entered = Turns(), []
    first, twice = tasks(2)

    def wait() -> None:
        with turns.take(twice):
            entered.append(twice)

    threads = [threading.Thread(target=wait) for _ in range(2)]
    with turns.take(first):
        for thread in threads:
            thread.start()
        time.sleep(0.1)
    for thread in threads:
        thread.join(10)
    assert entered == [twice, twice]


def test_one_holds_the_turn_at_a_time() -> None:
    turns, inside, most = Turns(), 0, 0

    def work(task: Task) -> None:
        nonlocal inside, most
        with turns.take(task):
            inside += 1
            most = max(most, inside)
            time.sleep(0.001)
            inside -= 1

    threads = [threading.Thread(target=work, args=(task,)) for task in tasks(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == 1


def test_who_is_drawn_lets_the_next_one_in_but_only_so_many_stay() -> None:
    turns, drawn, go = Turns(), threading.Semaphore(0), threading.Event()

    def stay(task: Task) -> None:
        with turns.take(task) as guest:
            guest.draw(ScriptedEngine(), task.request, lambda *_: None)
            drawn.release()
            assert go.wait(30)

    threads = [threading.Thread(target=stay, args=(task,)) for task in tasks(STAYING + 3)]
    for thread in threads:
        thread.start()
    for _ in range(STAYING + 1):
        assert drawn.acquire(timeout=30)
    assert not drawn.acquire(timeout=0.1)
    assert not turns.wait_idle(0)
    go.set()
    for thread in threads:
        thread.join(30)
    assert turns.wait_idle(0)


def test_an_error_gives_the_turn_back() -> None:
    turns = Turns()
    first, second = tasks(2)
    with pytest.raises(ArithmeticError), turns.take(first):
        raise ArithmeticError
    with turns.take(second):
        assert not turns.wait_idle(0)
    assert turns.wait_idle(0)


def test_after_closing_nobody_gets_a_turn_and_after_handing_back_nobody_waits() -> None:
    turns, ends = Turns(), []
    first, second = tasks(2)

    def wait() -> None:
        try:
            with turns.take(second):
                ends.append("turn")
        except HandedBack:
            ends.append("handed back")

    thread = threading.Thread(target=wait)
    with turns.take(first):
        thread.start()
        turns.close()
    assert turns.wait_idle(1)
    time.sleep(0.05)
    assert ends == []
    turns.hand_back()
    thread.join(10)
    assert ends == ["handed back"]
    with pytest.raises(HandedBack), turns.take(first):
        pass


def test_those_of_a_kin_go_together_with_the_first_and_no_more_than_may() -> None:
    kin = {"a": "x", "b": "y", "c": "x", "d": "x", "e": "x"}
    named = dict(zip(kin, tasks(5), strict=True))
    names = {task.task_id: name for name, task in named.items()}
    turns, sizes = Turns(lambda task: kin[names[task.task_id]], 3), dict[str, list[str]]()
    inside: set[str] = set()
    barrier = threading.Event()

    def wait(name: str) -> None:
        with turns.take(named[name]):
            inside.add(name)
            time.sleep(0.1)
            sizes[name] = sorted(inside)
            barrier.wait(0.1)
        inside.discard(name)

    for task in named.values():
        turns.come(task.task_id)
    threads = [threading.Thread(target=wait, args=(name,)) for name in reversed(kin)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sizes["a"] == sizes["c"] == sizes["d"] == ["a", "c", "d"]
    assert "b" not in sizes["e"]


def test_those_without_kin_go_alone() -> None:
    turns, inside, most = Turns(limit=8), list[int](), list[int]()

    def wait(task: Task) -> None:
        with turns.take(task):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=wait, args=(task,)) for task in tasks(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == [1] * 5
