import multiprocessing
import time
from collections.abc import Iterator
from typing import Any

import pytest

from seedbed.engine.channel import Channel
from seedbed.engine.orders import ModelLost, NotToBlame, Order, Orders
from seedbed.errors import EngineCrashed, EngineError, EngineTimeout
from seedbed.request import GenerationRequest
from tests.engine.looking import Looker

PATIENCE = 30.0
DRAWN = {
    "kind": "drawn",
    "size": [2, 3],
    "identity": {"name": "tiny", "digest": "00"},
    "ignored_words": ["a"],
    "corrections": [["b", "c"]],
    "remarks": {},
}


@pytest.fixture
def ends() -> Iterator[tuple[Orders, Channel]]:
    """Our orders, and the process's end of the channel, which the test speaks for."""
    ours, theirs = multiprocessing.Pipe()
    channel = Channel(theirs)
    yield Orders(Channel(ours)), channel
    channel.close()


@pytest.fixture
def orders(ends: tuple[Orders, Channel]) -> Orders:
    return ends[0]


@pytest.fixture
def there(ends: tuple[Orders, Channel]) -> Channel:
    return ends[1]


def send(orders: Orders, count: int = 1) -> Order:
    return orders.send([GenerationRequest("a", seed=seed) for seed in range(count)])


def say(there: Channel, order: Order, kind: str, **fields: Any) -> None:
    there.send({**(DRAWN if kind == "drawn" else {}), "kind": kind, "number": order.number, **fields})


def test_each_hears_only_of_itself(orders: Orders, there: Channel) -> None:
    first, second = send(orders), send(orders)
    say(there, first, "step", step=1, num_inference_steps=2)
    say(there, first, "sketched")
    say(there, second, "step", step=1, num_inference_steps=3)
    say(there, second, "failed", reason="no")
    there.send({**DRAWN, "number": first.number, "position": 0}, b"jpeg")
    assert list(first.steps(PATIENCE)) == [(1, 2)]
    with pytest.raises(EngineError, match="no"):
        list(second.steps(PATIENCE))
    drawn = first.picture(0, PATIENCE)
    assert (drawn.jpeg, drawn.ignored_words, drawn.corrections) == (b"jpeg", ("a",), (("b", "c"),))
    assert orders.wait_idle(PATIENCE)


def test_a_preview_goes_to_its_viewer_and_the_process_hears_who_looks_on(orders: Orders, there: Channel) -> None:
    looker, away = Looker(), Looker(is_looking=False)
    order = orders.send([GenerationRequest("a", seed=seed) for seed in range(3)], [None, looker, away])
    assert there.receive(PATIENCE)[0]["looking"] == [False, True, False]
    there.send({"kind": "preview", "number": order.number, "place": 1}, b"small")
    say(there, order, "sketched")
    assert list(order.steps(PATIENCE)) == []
    assert (looker.seen, away.seen) == ([b"small"], [])
    orders.look(order)
    away.is_looking = True
    orders.look(order)
    assert there.receive(PATIENCE)[0]["looking"] == [False, True, True]


def test_an_order_is_over_only_with_its_last_picture(orders: Orders, there: Channel) -> None:
    order = send(orders, 2)
    say(there, order, "sketched")
    say(there, order, "failed", position=1, reason="torn")
    with pytest.raises(EngineError, match="torn"):
        order.picture(1, PATIENCE)
    assert not orders.wait_idle(0.05)
    say(there, order, "drawn", position=0)
    assert orders.wait_idle(PATIENCE)
    assert order.picture(0, PATIENCE).size.height == 3


def test_silence_is_a_timeout(orders: Orders) -> None:
    order = send(orders)
    with pytest.raises(EngineTimeout, match=r"0\.05 seconds"):
        list(order.steps(0.05))
    with pytest.raises(EngineTimeout):
        order.picture(0, 0.05)


def test_who_is_alone_in_a_process_that_dies_is_to_blame(orders: Orders, there: Channel) -> None:
    finished, alone = send(orders), send(orders)
    say(there, finished, "sketched")
    say(there, finished, "drawn", position=0)
    finished.picture(0, PATIENCE)
    there.close()
    with pytest.raises(EngineCrashed) as crash:
        list(alone.steps(PATIENCE))
    assert not isinstance(crash.value, NotToBlame)
    assert finished.picture(0, PATIENCE).jpeg == b""


def test_of_several_in_a_process_that_dies_none_is(orders: Orders, there: Channel) -> None:
    finishing, drawing = send(orders, 2), send(orders)
    say(there, finishing, "sketched")
    say(there, finishing, "drawn", position=0)
    there.close()
    assert list(finishing.steps(PATIENCE)) == []
    with pytest.raises(NotToBlame):
        finishing.picture(1, PATIENCE)
    with pytest.raises(NotToBlame):
        list(drawing.steps(PATIENCE))
    assert finishing.picture(0, PATIENCE).size.width == 2


def test_nor_who_comes_too_late(orders: Orders, there: Channel) -> None:
    there.close()
    until = time.monotonic() + PATIENCE
    while orders.wait_idle(0.0):
        assert time.monotonic() < until
        time.sleep(0.01)
    with pytest.raises(NotToBlame):
        send(orders)


def test_a_model_that_is_lost_says_so_itself(orders: Orders, there: Channel) -> None:
    order = send(orders)
    say(there, order, "lost", reason="the server is gone")
    with pytest.raises(ModelLost, match="the server is gone"):
        list(order.steps(PATIENCE))


def test_a_cancellation_names_its_order(orders: Orders, there: Channel) -> None:
    order = send(orders)
    orders.cancel(order)
    assert there.receive(PATIENCE)[0]["kind"] == "draw"
    cancel, _ = there.receive(PATIENCE)
    assert (cancel["kind"], cancel["number"]) == ("cancel", order.number)
