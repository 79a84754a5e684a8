from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seedbed.learning.workers import Worker
from seedbed.training.studies import RenderedStudies, rendered_pictures
from seedbed.world.icons import IconLibrary
from tests.training.test_painter import painter
from tests.training.tiny_recipe import RECIPE


@pytest.fixture(scope="module")
def studies(icons: Path) -> RenderedStudies:
    """Of steps of two scenes, drawn again by a transformer of random weights."""
    return RenderedStudies(painter(), icons, 0, 2, RECIPE.mix, processes=0)


def test_a_step_is_details_and_what_was_drawn_of_them(studies: RenderedStudies) -> None:
    ((soft, pixels),) = studies([0])
    # Two details of four cells of each of two scenes.
    assert soft.shape == (4, 3, 256, 256)
    assert pixels.shape == (4, 3, 512, 512)
    assert not soft.requires_grad
    assert torch.isfinite(soft).all()


def test_a_run_that_goes_on_is_shown_the_same(studies: RenderedStudies) -> None:
    (_, whole), (resumed,) = studies([2, 3]), studies([3])
    assert all(map(torch.equal, whole, resumed))
    ((other, _),) = studies([2])
    assert not torch.equal(other, resumed[0])


def test_workers_share_the_scenes_of_a_step(studies: RenderedStudies) -> None:
    ((_, together),) = studies([1])
    parts = [replace(studies, worker=Worker(rank=rank, count=2))([1]) for rank in range(2)]
    assert torch.equal(torch.cat([pixels for part in parts for _, pixels in part]), together)


def test_pictures_are_square_and_those_of_their_seed(icons: Path) -> None:
    one, again, other = (rendered_pictures(IconLibrary(icons), seed, 2, RECIPE.mix) for seed in (0, 0, 1))
    assert one.shape == (2, 3, 512, 512)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
