import queue
import threading

import pytest

from seedbed.engine.channel import Message
from seedbed.engine.engine import DrawnImage, Finish
from seedbed.engine.finisher import AT_ONCE, Finisher
from seedbed.engine.noop import NoopEngine
from seedbed.errors import EngineError
from seedbed.request import GenerationRequest
from seedbed.settings import Settings

Told = queue.SimpleQueue[tuple[Message, bytes | None]]


@pytest.fixture
def told() -> Told:
    return queue.SimpleQueue()


@pytest.fixture
def finisher(told: Told) -> Finisher:
    return Finisher(lambda message, payload: told.put((message, payload)))


def sketch(seed: int) -> Finish:
    return NoopEngine(Settings()).sketch(GenerationRequest("a", seed=seed), lambda _step, _steps: None)


def failing(error: Exception) -> Finish:
    def finish() -> DrawnImage:
        raise error

    return finish


def waiting(go: threading.Event) -> Finish:
    def finish() -> DrawnImage:
        assert go.wait(30)
        return sketch(1)()

    return finish


def kinds(told: Told, count: int) -> list[tuple[str, int, int | None]]:
    messages = [told.get(timeout=30)[0] for _ in range(count)]
    return [(message["kind"], message["number"], message.get("position")) for message in messages]


def test_each_picture_is_told_of_in_order_after_its_drawing(finisher: Finisher, told: Told) -> None:
    finisher.put(7, [sketch(1), sketch(2)])
    messages = [told.get(timeout=30) for _ in range(3)]
    assert [message["kind"] for message, _ in messages] == ["sketched", "drawn", "drawn"]
    assert [payload for _, payload in messages] == [None, sketch(1)().jpeg, sketch(2)().jpeg]
    assert [message["position"] for message, _ in messages[1:]] == [0, 1]


def test_a_failure_is_its_pictures_alone(finisher: Finisher, told: Told) -> None:
    finisher.put(1, [failing(EngineError("torn")), sketch(2)])
    finisher.put(2, [sketch(3)])
    finisher.wait_idle()
    seen = kinds(told, 5)
    assert [one for one in seen if one[1] == 1] == [("sketched", 1, None), ("failed", 1, 0), ("drawn", 1, 1)]
    assert [one for one in seen if one[1] == 2] == [("sketched", 2, None), ("drawn", 2, 0)]


@pytest.mark.parametrize(
    ("error", "reason"), [(EngineError("torn"), "torn"), (OSError("/secret"), "the engine failed: OSError")]
)
def test_a_reason_tells_no_more_than_it_may(finisher: Finisher, told: Told, error: Exception, reason: str) -> None:
    finisher.put(1, [failing(error)])
    assert [told.get(timeout=30)[0].get("reason") for _ in range(2)] == [None, reason]


def test_no_more_than_so_many_pile_up(finisher: Finisher, told: Told) -> None:
    go, taken = threading.Event(), threading.Event()

    def put_one_more() -> None:
        finisher.put(AT_ONCE, [sketch(1)])
        taken.set()

    for number in range(AT_ONCE):
        finisher.put(number, [waiting(go)])
    assert kinds(told, AT_ONCE) == [("sketched", number, None) for number in range(AT_ONCE)]
    threading.Thread(target=put_one_more, daemon=True).start()
    assert not taken.wait(0.2)
    go.set()
    assert taken.wait(30)
    finisher.wait_idle()
