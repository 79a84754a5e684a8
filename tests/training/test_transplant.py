from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seedbed.errors import ConfigurationError
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


OTHERS = [replace(TRANSFORMER, depth=3), replace(TRANSFORMER, looks_width=8), replace(TRANSFORMER, grounds=9)]


@pytest.mark.parametrize("other", OTHERS, ids=["depth", "looks", "grounds"])
def test_networks_of_another_shape_are_refused(tmp_path: Path, other: TransformerConfig) -> None:
    with pytest.raises(ConfigurationError, match="another shape"):
        transplant(sprout(tmp_path), Transformer(other), THINGS)
