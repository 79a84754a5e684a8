import numpy as np
import pytest
import torch
from torch import Tensor

from seedbed.request import AspectRatio
from seedbed.sprout.canvas import latent_grid
from seedbed.sprout.lexicon import LEVELS, SLOTS, Lexicon, Lookup, Sceneries, ground_places, scenery_slots, slots_of
from seedbed.sprout.plan import VARIANTS

WIDTH, LOOKS = 16, 8


def _random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def lookup() -> Lookup:
    torch.manual_seed(0)
    network = Lookup(WIDTH, LOOKS)
    torch.nn.init.normal_(network.manner.weight)
    return network.eval().requires_grad_(False)


@pytest.mark.parametrize("side", LEVELS)
def test_a_thing_of_a_usual_size_has_one_slot_a_latent_that_no_other_size_has(side: int) -> None:
    slots = slots_of(side)
    assert slots.shape == (side, side)
    own = slots.flatten().tolist()
    assert own == list(range(own[0], own[0] + side**2))
    others = {slot for level in LEVELS if level != side for slot in slots_of(level).flatten().tolist()}
    assert others.isdisjoint(own)
    assert others | set(own) == set(range(SLOTS))


def test_a_larger_thing_takes_the_slots_of_the_largest_grid_in_order() -> None:
    slots = slots_of(16)
    assert set(slots.flatten().tolist()) == set(range(LEVELS[0] ** 2))
    assert np.array_equal(slots[0], np.sort(slots[0]))
    assert np.array_equal(slots[:, 0], LEVELS[0] * slots[0])


def test_each_thing_has_looks_of_its_own_and_nothing_has_others() -> None:
    lexicon = Lexicon(3, LOOKS)
    looks = lexicon(torch.tensor([[2, 0, 3]]), torch.tensor([[0, 5, 0]]))
    assert looks.shape == (1, 3, LOOKS)
    table = lexicon.looks.weight.view(4, SLOTS, LOOKS)
    assert torch.equal(looks[0], torch.stack((table[2, 0], table[0, 5], table[3, 0])))


def test_every_scenery_has_its_own_tokens_on_every_canvas_and_all_are_used() -> None:
    grids = {latent_grid(ratio) for ratio in AspectRatio}
    places = [ground_places(g, 3, v, *grid) for grid in grids for g in range(3) for v in range(VARIANTS)]
    assert sorted(np.concatenate(places).tolist()) == list(range(scenery_slots(3)))
    sceneries = Sceneries(3, LOOKS)
    found = sceneries(torch.from_numpy(places[0])[None])
    assert torch.equal(found[0, 1], sceneries.looks.weight[int(places[0][1])])
    plain = sceneries(torch.from_numpy(ground_places(-1, 3, 0, 16, 16))[None])
    assert torch.equal(plain[0, 7], sceneries.looks.weight[-1])


def test_looks_add_numbers_to_their_own_latent_alone(lookup: Lookup) -> None:
    looks, manner = _random(1, 2, LOOKS), _random(1, 2, WIDTH)
    found = lookup(looks, manner)
    assert found.shape == (1, 2, WIDTH)
    other = looks.clone()
    other[0, 0] += 1.0
    changed = lookup(other, manner)
    assert not torch.allclose(changed[0, 0], found[0, 0], atol=1e-3)
    assert torch.equal(changed[0, 1], found[0, 1])


def test_the_manner_weighs_looks_and_adds_nothing_to_none(lookup: Lookup) -> None:
    looks, manner = _random(1, 2, LOOKS), _random(1, 2, WIDTH)
    assert not torch.allclose(lookup(looks, _random(1, 2, WIDTH, seed=1)), lookup(looks, manner), atol=1e-3)
    assert (lookup(torch.zeros_like(looks), manner) == 0).all()
