import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from seedbed.engine.engine import DrawnImage, OnStep, Viewer
from seedbed.engine.noop import NoopEngine
from seedbed.errors import EngineError, GenerationCancelled
from seedbed.request import GenerationRequest
from seedbed.settings import Settings
from seedbed.workflow.party import Guest, Party
from seedbed.workflow.turns import HandedBack
from tests.engine.looking import Looker


@dataclass
class Drawer:
    """Draws as noop does, one step at a time when it is told to, and notes what it drew together."""

    steps: int = 3
    error: Exception | None = None
    may_step: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(1000))
    batches: list[list[str]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    viewers: list[Viewer | None] = field(default_factory=list)

    def draw(self, request: GenerationRequest, on_step: OnStep, viewer: Viewer | None = None, /) -> DrawnImage:
        return self.draw_batch([request], on_step, [viewer])[0]

    def draw_batch(
        self, requests: Sequence[GenerationRequest], on_step: OnStep, viewers: Sequence[Viewer | None] = (), /
    ) -> list[DrawnImage]:
        self.viewers = list(viewers)
        self.batches.append([request.prompt for request in requests])
        if self.error is not None:
            raise self.error
        for step in range(self.steps):
            assert self.may_step.acquire(timeout=20)
            on_step(step + 1, self.steps)
        self.ended.append("whole")
        return [NoopEngine(Settings()).draw(request, ignore) for request in requests]


def ignore(_step: int, _steps: int) -> None:
    pass


def request(prompt: str) -> GenerationRequest:
    return GenerationRequest(prompt, seed=1)


def together(drawer: Drawer, acts: dict[str, OnStep | None]) -> dict[str, DrawnImage | BaseException | None]:
    """What becomes of guests by their prompts; None leaves instead of drawing."""
    party = Party(len(acts))
    ends: dict[str, DrawnImage | BaseException | None] = {}

    def come(prompt: str, on_step: OnStep | None) -> None:
        guest = Guest(party)
        try:
            ends[prompt] = None if on_step is None else guest.draw(drawer, request(prompt), on_step)
        except BaseException as error:
            ends[prompt] = error
        finally:
            guest.leave(drawer)

    threads = [threading.Thread(target=come, args=each) for each in acts.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return ends


def raising(error: BaseException, at: int = 1) -> Callable[[int, int], None]:
    def on_step(step: int, _steps: int) -> None:
        if step == at:
            raise error

    return on_step


def test_all_are_drawn_at_once_and_each_gets_its_own() -> None:
    drawer, told = Drawer(), list[tuple[int, int]]()
    ends = together(drawer, {"a": ignore, "b": lambda *step: told.append(step), "c": ignore})
    assert [sorted(batch) for batch in drawer.batches] == [["a", "b", "c"]]
    assert told == [(1, 3), (2, 3), (3, 3)]
    for prompt, drawn in ends.items():
        assert drawn == NoopEngine(Settings()).draw(request(prompt), ignore)


def test_one_that_leaves_is_not_waited_for() -> None:
    drawer = Drawer()
    ends = together(drawer, {"a": ignore, "gone": None, "b": ignore})
    assert [sorted(batch) for batch in drawer.batches] == [["a", "b"]]
    assert isinstance(ends["a"], DrawnImage)


def test_the_last_one_left_is_drawn_alone_and_nobody_at_all_not_at_all() -> None:
    drawer = Drawer()
    together(drawer, {"a": ignore, "gone": None})
    together(drawer, {"gone": None, "too": None})
    assert drawer.batches == [["a"]]


def test_one_that_is_cancelled_goes_at_once_and_the_others_go_on() -> None:
    drawer, cancelled = Drawer(may_step=threading.Semaphore(1)), threading.Event()
    party = Party(2)
    ends: list[object] = []

    def stay() -> None:
        ends.append(Guest(party).draw(drawer, request("a"), ignore))

    def go() -> None:
        with pytest.raises(GenerationCancelled):
            Guest(party).draw(drawer, request("b"), raising(GenerationCancelled("enough")))
        cancelled.set()

    threads = [threading.Thread(target=work) for work in (stay, go)]
    for thread in threads:
        thread.start()
    # Only the first step is done: it does not wait for the rest.
    assert cancelled.wait(20)
    assert ends == []
    for _ in range(drawer.steps):
        drawer.may_step.release()
    threads[0].join(20)
    assert isinstance(ends[0], DrawnImage)


def test_once_all_are_cancelled_the_drawing_stops() -> None:
    drawer = Drawer()
    stop = raising(HandedBack(), at=2)
    ends = together(drawer, {"a": raising(GenerationCancelled()), "b": stop})
    assert {type(end) for end in ends.values()} == {GenerationCancelled, HandedBack}
    assert drawer.ended == []


def test_what_the_engine_raises_is_raised_to_each() -> None:
    ends = together(Drawer(error=EngineError("no")), {"a": ignore, "b": ignore})
    assert [str(end) for end in ends.values()] == ["no", "no"]


def test_each_has_its_own_viewer_also_alone() -> None:
    drawer, viewers = Drawer(), [Looker(), None, Looker()]
    party = Party(len(viewers))

    def come(place: int) -> None:
        Guest(party).draw(drawer, request(str(place)), ignore, viewers[place])

    threads = [threading.Thread(target=come, args=(place,)) for place in range(len(viewers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert drawer.viewers == [viewers[int(prompt)] for prompt in drawer.batches[0]]
    Guest(Party(1)).draw(drawer, request("alone"), ignore, viewers[0])
    assert drawer.viewers == [viewers[0]]
