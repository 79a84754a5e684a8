import os
import resource
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from seedbed.engine.noop import NoopEngine
from seedbed.engine.previews import SIDE
from seedbed.engine.process import EngineProcess
from seedbed.errors import (
    EngineCrashed,
    EngineError,
    EngineTimeout,
    GenerationCancelled,
    NotReady,
)
from seedbed.request import AspectRatio, GenerationRequest
from seedbed.settings import Settings
from tests.engine.looking import Looker


def ignore(_step: int, _total: int) -> None:
    pass


def request(prompt: str, seed: int = 1) -> GenerationRequest:
    return GenerationRequest(prompt, AspectRatio.PORTRAIT_2_3, 3.5, seed)


def settings(**changes: Any) -> Settings:
    return Settings(**{"model": "noop-faulty", "engine_timeout": 20.0, **changes})


@pytest.fixture
def engine() -> Iterator[EngineProcess]:
    engine = EngineProcess(settings())
    engine.start()
    assert engine.wait_ready(30)
    yield engine
    engine.close()


def is_alive(pid: int) -> bool:
    try:
        # A zombie that nobody has waited for yet is dead, but has its number still.
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def wait_dead(pid: int) -> None:
    until = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_alive(pid)


def test_it_draws_what_the_engine_in_it_draws(engine: EngineProcess) -> None:
    steps: list[tuple[int, int]] = []
    drawn = engine.draw(request("a 猫"), lambda *step: steps.append(step))
    assert drawn == NoopEngine(settings()).draw(request("a 猫"), ignore)
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert engine.identity == drawn.identity


def test_before_the_first_start_nothing_is_known() -> None:
    engine = EngineProcess(settings())
    assert not engine.is_ready
    assert engine.pid is None
    with pytest.raises(NotReady):
        _ = engine.identity
    engine.close()


def test_a_drawing_asked_for_early_waits_for_the_model() -> None:
    engine = EngineProcess(settings())
    engine.start()
    assert engine.draw(request("a"), ignore).jpeg
    engine.close()


def test_a_crash_is_told_and_the_next_drawing_works(engine: EngineProcess) -> None:
    with pytest.raises(EngineCrashed, match="exit code 70"):
        engine.draw(request("crash"), ignore)
    assert engine.draw(request("a"), ignore).jpeg


def test_a_kill_in_the_middle_is_a_crash(engine: EngineProcess) -> None:
    def kill(step: int, _total: int) -> None:
        if step == 2 and engine.pid:
            os.kill(engine.pid, signal.SIGKILL)

    with pytest.raises(EngineCrashed, match="SIGKILL"):
        engine.draw(request("slow 0.4"), kill)
    assert engine.draw(request("a"), ignore).jpeg


def test_a_kill_while_nobody_draws_is_repaired(engine: EngineProcess) -> None:
    first = engine.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    until = time.monotonic() + 10
    while engine.pid in (first, None) and time.monotonic() < until:
        time.sleep(0.01)
    assert engine.draw(request("a"), ignore).jpeg


def test_a_hang_is_ended_after_the_timeout() -> None:
    engine = EngineProcess(settings(engine_timeout=0.5))
    engine.start()
    assert engine.wait_ready(30)
    hanging = engine.pid
    with pytest.raises(EngineTimeout):
        engine.draw(request("hang"), ignore)
    assert hanging is not None
    wait_dead(hanging)
    assert engine.draw(request("a"), ignore).jpeg
    engine.close()


def test_slow_steps_are_signs_of_life() -> None:
    engine = EngineProcess(settings(engine_timeout=0.6))
    engine.start()
    assert engine.draw(request("slow 1"), ignore).jpeg
    engine.close()


def test_a_failure_of_the_engine_leaves_its_process_alone(engine: EngineProcess) -> None:
    before = engine.pid
    with pytest.raises(EngineError, match="asked for a failure"):
        engine.draw(request("fail"), ignore)
    assert engine.draw(request("a"), ignore).jpeg
    assert engine.pid == before


def test_what_a_step_raises_stops_the_drawing_and_comes_out(engine: EngineProcess) -> None:
    before, steps = engine.pid, []

    def cancel(step: int, _total: int) -> None:
        steps.append(step)
        if step == 2:
            raise GenerationCancelled("enough")

    with pytest.raises(GenerationCancelled, match="enough"):
        engine.draw(request("slow 0.4"), cancel)
    assert steps == [1, 2]
    assert engine.draw(request("a"), ignore) == NoopEngine(settings()).draw(request("a"), ignore)
    assert engine.pid == before


def test_cancelling_with_the_last_step_does_not_spoil_the_next(engine: EngineProcess) -> None:
    def cancel(step: int, total: int) -> None:
        if step == total:
            raise GenerationCancelled

    for seed in range(20):
        with pytest.raises(GenerationCancelled):
            engine.draw(request("a", seed), cancel)
        expected = NoopEngine(settings()).draw(request("b", seed), ignore)
        assert engine.draw(request("b", seed), ignore) == expected


def test_many_threads_each_get_their_own_picture(engine: EngineProcess) -> None:
    noop = NoopEngine(settings())
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda seed: engine.draw(request("a", seed), ignore), range(40)))
    assert drawn == [noop.draw(request("a", seed), ignore) for seed in range(40)]


def test_closing_ends_the_process_and_the_drawing_in_it(engine: EngineProcess) -> None:
    pid, begun = engine.pid, threading.Event()
    with ThreadPoolExecutor(1) as pool:
        drawing = pool.submit(engine.draw, request("slow 4"), lambda *_: begun.set())
        assert begun.wait(30)
        engine.close()
        with pytest.raises(EngineCrashed):
            drawing.result(10)
    assert pid is not None
    wait_dead(pid)
    assert not engine.is_ready
    with pytest.raises(EngineCrashed):
        engine.draw(request("a"), ignore)


def test_closing_while_it_starts_leaves_no_process() -> None:
    engine = EngineProcess(settings())
    engine.start()
    until = time.monotonic() + 10
    while engine.pid is None and time.monotonic() < until:
        time.sleep(0.005)
    pid = engine.pid
    engine.close()
    assert pid is not None
    wait_dead(pid)


def test_a_model_that_cannot_be_loaded_is_given_up_with_its_reason() -> None:
    engine = EngineProcess(settings(model="nonsense"))
    assert engine.failure is None
    engine.start()
    until = time.monotonic() + 30
    while engine.failure is None and time.monotonic() < until:
        time.sleep(0.01)
    assert engine.failure is not None
    assert "SEEDBED_MODEL=nonsense" in engine.failure
    assert not engine.is_ready
    engine.close()


def test_an_engine_that_is_not_ready_in_time_draws_nothing() -> None:
    engine = EngineProcess(settings(engine_start_timeout=0.01))
    engine.start()
    with pytest.raises(EngineCrashed, match="could not be started"):
        engine.draw(request("a"), ignore)
    assert engine.failure is None
    engine.close()


@contextmanager
def no_file_left() -> Iterator[None]:
    """The system lets this process open no file and no pipe more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_without_a_process_to_be_had_it_tries_again() -> None:
    engine = EngineProcess(settings())
    with no_file_left():
        engine.start()
        time.sleep(0.1)
        assert engine.pid is None
    assert engine.draw(request("a"), ignore).jpeg
    engine.close()


def test_no_secret_travels_in_the_childs_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_API_KEYS", "very-secret")
    engine = EngineProcess(settings())
    engine.start()
    assert engine.wait_ready(30)
    environment = Path(f"/proc/{engine.pid}/environ").read_bytes()
    assert b"very-secret" not in environment
    assert b"OMP_WAIT_POLICY=PASSIVE" in environment
    engine.close()


def test_a_viewer_sees_previews_behind_their_steps_and_gets_the_same_bytes(engine: EngineProcess) -> None:
    looker, counts = Looker(), list[int]()
    drawn = engine.draw(request("slow 2"), lambda _step, _total: counts.append(len(looker.seen)), looker)
    assert drawn == NoopEngine(settings()).draw(request("slow 2"), ignore)
    assert counts[:2] == [0, 1]
    assert max(looker.pictures[0].size) <= SIDE


def test_nothing_is_sent_to_who_looks_away_and_who_comes_in_the_middle_sees_the_rest(engine: EngineProcess) -> None:
    looker = Looker(is_looking=False)
    engine.draw(request("slow 1"), ignore, looker)
    assert looker.seen == []

    def look(_step: int, _total: int) -> None:
        looker.is_looking = True

    # Long enough for word of that to reach the process, however busy the machine.
    engine.draw(request("slow 8"), look, looker)
    assert looker.seen


def test_a_drawing_cancelled_behind_a_preview_leaves_none_for_the_next(engine: EngineProcess) -> None:
    looker, other = Looker(), Looker(is_looking=False)

    def cancel(step: int, _total: int) -> None:
        if step == 2:
            raise GenerationCancelled

    with pytest.raises(GenerationCancelled):
        engine.draw(request("slow 2"), cancel, looker)
    assert engine.draw(request("a"), ignore, other) == NoopEngine(settings()).draw(request("a"), ignore)
    assert looker.seen
    assert other.seen == []
