from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seedbed.errors import ConfigurationError
from seedbed.sprout.canvas import LATENTS_PER_CELL
from seedbed.sprout.cells import cells_of
from seedbed.sprout.plan import Plan, PlannedThing
from seedbed.sprout.transformer import Transformer, TransformerConfig
from seedbed.training.transplant import transplant
from tests.sprout.tiny import THINGS, TRANSFORMER, sprout

GROWN = ("owl", "cat", "dog", "box")


def test_things_find_their_own_rows_among_others(tmp_path: Path) -> None:
    old = sprout(tmp_path)
    transformer = Transformer(replace(TRANSFORMER, things=len(GROWN)))
    before = {name: tensor.clone() for name, tensor in transformer.state_dict().items()}
    transplant(old, transformer, GROWN)
    looks, looked = transformer.lexicon.looks.weight, old.transformer.lexicon.looks.weight
    for thing in GROWN[1:]:
        assert torch.equal(looks[GROWN.index(thing)], looked[THINGS.index(thing)])
    # What only the new one knows begins at random.
    assert torch.equal(looks[0], before["lexicon.looks.weight"][0])
    for name, tensor in old.transformer.state_dict().items():
        assert name.startswith("lexicon.") or torch.equal(transformer.state_dict()[name], tensor)


def test_more_numbers_of_looks_draw_the_same_at_first(tmp_path: Path) -> None:
    old = sprout(tmp_path)
    wider = Transformer(replace(TRANSFORMER, looks_width=TRANSFORMER.looks_width + 3))
    transplant(old, wider, THINGS)
    looks = wider.lexicon.looks.weight.view(-1, wider.config.looks_width)
    assert not looks[:, -3:].any()
    # Whatever they come to say: nothing reads them yet.
    looks.data[:, -3:] = 1.0
    plan = Plan(3, 5, 1, 2, (0, 1), 3, (PlannedThing(0, 1, 0, 2, colour=1),))
    cells = cells_of((plan,), plan.rows, plan.columns, TRANSFORMER.sizes)
    grid = (LATENTS_PER_CELL * plan.rows, LATENTS_PER_CELL * plan.columns)
    latents = torch.randn(1, TRANSFORMER.latent_channels, *grid, generator=torch.Generator().manual_seed(0))
    drawn, meant = (network(latents, torch.tensor([0.3]), cells) for network in (wider, old.transformer))
    torch.testing.assert_close(drawn, meant)


OTHERS = [replace(TRANSFORMER, depth=3), replace(TRANSFORMER, looks_width=8), replace(TRANSFORMER, grounds=9)]


@pytest.mark.parametrize("other", OTHERS, ids=["depth", "looks", "grounds"])
def test_networks_of_another_shape_are_refused(tmp_path: Path, other: TransformerConfig) -> None:
    with pytest.raises(ConfigurationError, match="another shape"):
        transplant(sprout(tmp_path), Transformer(other), THINGS)
