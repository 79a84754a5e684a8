from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seedbed.request import AspectRatio
from seedbed.sprout.canvas import LATENTS_PER_CELL, cell_grid
from seedbed.sprout.cells import Cells, cells_of
from seedbed.sprout.plan import Plan, PlannedSign, PlannedThing
from seedbed.sprout.transformer import Transformer
from tests.sprout.tiny import TRANSFORMER, transformer

ROWS, COLUMNS = 3, 5
LATENTS = (LATENTS_PER_CELL * ROWS, LATENTS_PER_CELL * COLUMNS)
CAT = PlannedThing(0, 1, 0, 2, colour=1)
PLAN = Plan(ROWS, COLUMNS, 1, 2, (0, 1), 3, (CAT,))


def _random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _cells(*plans: Plan | None, rows: int = ROWS, columns: int = COLUMNS) -> Cells:
    return cells_of(plans, rows, columns, TRANSFORMER.sizes)


@pytest.mark.parametrize("grid", [*{cell_grid(ratio) for ratio in AspectRatio}, (1, 1), (3, 8)])
def test_any_canvas_is_native(grid: tuple[int, int]) -> None:
    latents = _random(1, 4, *(LATENTS_PER_CELL * cells for cells in grid))
    denoised = transformer()(latents, torch.tensor([0.4]), _cells(PLAN, rows=grid[0], columns=grid[1]))
    assert denoised.shape == latents.shape
    assert denoised.isfinite().all()


def test_a_picture_is_denoised_by_itself() -> None:
    network = transformer()
    plans = (PLAN, None, replace(PLAN, style=0, things=()))
    latents, times = _random(3, 4, *LATENTS), torch.tensor([0.0, 0.4, 0.9])
    together = network(latents, times, _cells(*plans))
    for number, plan in enumerate(plans):
        one = slice(number, number + 1)
        alone = network(latents[one], times[one], _cells(plan))
        torch.testing.assert_close(together[one], alone, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    "other",
    [
        None,
        replace(PLAN, style=0),
        replace(PLAN, ground=3),
        replace(PLAN, blend=(1, 0)),
        replace(PLAN, variant=0),
        replace(PLAN, things=(replace(CAT, thing=1),)),
        replace(PLAN, things=(replace(CAT, left=2),)),
        replace(PLAN, things=(replace(CAT, side=3),)),
        replace(PLAN, things=(replace(CAT, colour=None),)),
        replace(PLAN, sign=PlannedSign(0, 1, 1, 4, 4)),
    ],
    ids=str,
)
def test_all_of_the_plan_matters(other: Plan | None) -> None:
    network, latents, time = transformer(), _random(1, 4, *LATENTS), torch.tensor([0.4])
    assert not torch.allclose(network(latents, time, _cells(other)), network(latents, time, _cells(PLAN)), atol=1e-3)


def test_the_looks_of_sceneries_matter() -> None:
    network, latents = transformer(), _random(1, 4, 16, 16)
    sea = _cells(Plan(8, 8, 1, 3, None, 2, ()), rows=8, columns=8)
    before = network(latents, torch.tensor([0.4]), sea)
    network.sceneries.looks.weight[sea.grounds[0, 5]] += 1.0
    assert not torch.allclose(network(latents, torch.tensor([0.4]), sea), before, atol=1e-3)


def test_time_and_noise_matter() -> None:
    network, latents, cells = transformer(), _random(1, 4, *LATENTS), _cells(PLAN)
    denoised = network(latents, torch.tensor([0.4]), cells)
    assert not torch.allclose(network(latents, torch.tensor([0.5]), cells), denoised, atol=1e-3)
    other = _random(1, 4, *LATENTS, seed=1)
    assert not torch.allclose(network(other, torch.tensor([0.4]), cells), denoised, atol=1e-3)


def test_where_a_latent_stands_matters() -> None:
    """Without positions, turning the canvas upside down would only turn the answer."""
    network, latents, time = transformer(), _random(1, 4, *LATENTS), torch.tensor([0.4])
    turned = network(latents.flip(2, 3), time, _cells(None)).flip(2, 3)
    assert not torch.allclose(turned, network(latents, time, _cells(None)), atol=1e-3)


def test_an_untrained_network_expects_the_mean() -> None:
    denoised = Transformer(TRANSFORMER)(_random(1, 4, *LATENTS), torch.zeros(1), _cells(PLAN))
    assert (denoised == 0).all()
