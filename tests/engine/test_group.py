import time

import pytest

from seedbed.engine.group import EngineGroup, open_engines
from seedbed.engine.process import EngineProcess
from seedbed.errors import EngineError
from seedbed.request import GenerationRequest
from seedbed.settings import Settings


def ignore(_step: int, _total: int) -> None:
    pass


def test_one_model_is_one_process() -> None:
    assert isinstance(open_engines(Settings(model="noop")), EngineProcess)


def test_each_request_is_drawn_by_the_model_it_asks_for() -> None:
    engines = open_engines(Settings(model="noop", models="faulty=noop-faulty"))
    assert isinstance(engines, EngineGroup)
    assert not engines.is_ready
    engines.start()
    try:
        engines.warm_up()
        assert engines.is_ready
        assert engines.identity.name == "noop"
        assert engines.draw(GenerationRequest("fail", seed=1), ignore).jpeg
        with pytest.raises(EngineError, match="asked for a failure"):
            engines.draw(GenerationRequest("fail", seed=1, model="faulty"), ignore)
        with pytest.raises(EngineError, match="no model called gone any more"):
            engines.draw(GenerationRequest("a", seed=1, model="gone"), ignore)
    finally:
        engines.close()


def test_one_model_that_cannot_load_gives_all_up() -> None:
    engines = open_engines(Settings(model="noop", models="no=nobody/never-pulled-this"))
    engines.start()
    try:
        until = time.monotonic() + 120
        while engines.failure is None and time.monotonic() < until:
            time.sleep(0.05)
        assert engines.failure is not None
        assert not engines.is_ready
        assert "nobody/never-pulled-this" in engines.failure
    finally:
        engines.close()
