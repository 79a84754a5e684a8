import pytest
import torch
from torch import Tensor

from seedbed.sprout.lexicon import LEVELS, QUARTERS, SLOTS, Lexicon, Lookup, slots_of

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
def test_a_thing_of_a_usual_size_has_one_slot_a_cell_that_no_other_size_has(side: int) -> None:
    slots = slots_of(side)
    assert slots.shape == (side, side, QUARTERS)
    assert (slots == slots[..., :1]).all()
    own = slots[..., 0].flatten().tolist()
    assert own == list(range(own[0], own[0] + side**2))
    others = {slot for level in LEVELS if level != side for slot in slots_of(level).flatten().tolist()}
    assert others.isdisjoint(own)
    assert others | set(own) == set(range(SLOTS))


def test_a_larger_thing_takes_the_slots_of_the_largest_grid_in_order() -> None:
    slots = slots_of(8)
    assert set(slots.flatten().tolist()) == set(range(36))
    # Quarters as the picture has them: what its upper left one shows comes first.
    across = torch.stack((slots[0, :, 0], slots[0, :, 1]), dim=1).flatten().tolist()
    down = torch.stack((slots[:, 0, 0], slots[:, 0, 2]), dim=1).flatten().tolist()
    assert across == sorted(across)
    assert [slot // 6 for slot in down] == across
    assert len(set(across)) == 6


def test_each_thing_has_looks_of_its_own_and_nothing_has_others() -> None:
    lexicon = Lexicon(3, LOOKS)
    looks = lexicon(torch.tensor([[2, 0, 3]]), torch.tensor([[[0] * 4, [5, 5, 6, 6], [0] * 4]]))
    assert looks.shape == (1, 3, QUARTERS, LOOKS)
    table = lexicon.looks.weight.view(4, SLOTS, LOOKS)
    assert torch.equal(looks[0, 0, 0], table[2, 0])
    assert torch.equal(looks[0, 1], table[0, [5, 5, 6, 6]])
    assert torch.equal(looks[0, 2, 3], table[3, 0])


def test_each_quarter_of_a_cell_adds_numbers_of_its_own(lookup: Lookup) -> None:
    looks, manner = _random(1, 2, QUARTERS, LOOKS), _random(1, 2, WIDTH)
    found = lookup(looks, manner)
    assert found.shape == (1, 2, WIDTH)
    for quarter in range(QUARTERS):
        other = looks.clone()
        other[0, 0, quarter] += 1.0
        changed = lookup(other, manner)
        assert not torch.allclose(changed[0, 0], found[0, 0], atol=1e-3)
        assert torch.equal(changed[0, 1], found[0, 1])
    turned = lookup(looks.flip(2), manner)
    assert not torch.allclose(turned, found, atol=1e-3)


def test_the_manner_weighs_looks_and_adds_nothing_to_none(lookup: Lookup) -> None:
    looks, manner = _random(1, 2, QUARTERS, LOOKS), _random(1, 2, WIDTH)
    assert not torch.allclose(lookup(looks, _random(1, 2, WIDTH, seed=1)), lookup(looks, manner), atol=1e-3)
    assert (lookup(torch.zeros_like(looks), manner) == 0).all()
