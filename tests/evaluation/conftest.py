from pathlib import Path

import pytest

from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.evaluation.judge import Judge, JudgeNetworks
from seedbed.evaluation.matcher import Matcher
from seedbed.evaluation.templates import Templates
from seedbed.world.icons import IconLibrary
from tests.sprout import tiny
from tests.training.conftest import one_thread
from tests.world.conftest import icons

__all__ = ["icons", "one_thread"]


@pytest.fixture(scope="session")
def library(icons: Path) -> IconLibrary:
    return IconLibrary(icons)


@pytest.fixture
def pipeline(tmp_path: Path) -> SproutPipeline:
    """A Sprout that draws nothing in particular, in two steps."""
    return SproutPipeline(tiny.sprout(tmp_path / "weights"), num_inference_steps=2)


@pytest.fixture(scope="session")
def matcher(library: IconLibrary) -> Matcher:
    """Knows the first few nouns."""
    return Matcher(Templates.of(library, 6))


@pytest.fixture
def novice(library: IconLibrary, matcher: Matcher) -> Judge:
    """A judge that never learnt anything."""
    return Judge(JudgeNetworks().eval().requires_grad_(False), library, matcher)
