import pytest

from seedbed.engine.noop import NoopEngine
from seedbed.engine.registry import build_engine
from seedbed.errors import ConfigurationError, EngineError
from seedbed.request import GenerationRequest
from seedbed.settings import Settings


def test_noop_is_a_model_and_has_no_faults() -> None:
    engine = build_engine(Settings(model="noop"))
    assert isinstance(engine, NoopEngine)
    assert engine.draw(GenerationRequest("fail", seed=1), lambda *_: None).jpeg


def test_the_faulty_one_is_too() -> None:
    engine = build_engine(Settings(model="noop-faulty"))
    with pytest.raises(EngineError):
        engine.draw(GenerationRequest("fail", seed=1), lambda *_: None)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="SEEDBED_MODEL=dall-e"):
        build_engine(Settings(model="dall-e"))
