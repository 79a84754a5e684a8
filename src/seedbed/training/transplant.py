"""Gives a new network what an older one learnt: the world may have grown since, and nothing learnt need be lost."""

import torch
from torch import Tensor
from torch.nn import functional

from seedbed.errors import ConfigurationError
from seedbed.sprout.checkpoint import Sprout
from seedbed.sprout.lexicon import SLOTS
from seedbed.sprout.transformer import Transformer

__all__ = ["transplant"]

_BY_THING = "lexicon.looks.weight"


@torch.no_grad()
def transplant(start: Sprout, transformer: Transformer, things: tuple[str, ...]) -> None:
    """Copy all weights of `start` into a transformer that knows `things`; each thing finds its own row.

    What only the new one knows keeps its random beginning. A lexicon of more numbers begins with those of `start` and
    zeros, of which nothing is made yet: it draws what `start` drew. Raises `ConfigurationError` where the networks'
    shapes differ in more than what they know.
    """
    old, own = start.transformer.state_dict(), transformer.state_dict()
    before, now = start.transformer.config.looks_width, transformer.config.looks_width
    if before < now:
        old = {name: _widened(name, tensor, before, now) for name, tensor in old.items()}
    old[_BY_THING] = _moved(old[_BY_THING], _numbered(start.vocabulary.things), own[_BY_THING], _numbered(things))
    try:
        transformer.load_state_dict(old)
    except RuntimeError as error:
        raise ConfigurationError(f"the weights to start from are of another shape: {error}") from error


def _widened(name: str, tensor: Tensor, before: int, now: int) -> Tensor:
    """A weight of a network whose looks have `before` numbers, for looks of `now`; the others are zero."""
    if name == _BY_THING:
        looks = tensor.view(len(tensor), SLOTS, before)
        return functional.pad(looks, (0, now - before)).flatten(1)
    if not name.startswith("lookups."):
        return tensor
    # Sceneries' numbers stand behind those of things: as columns of what reads them, as rows of what weighs them.
    axis = 1 if name.endswith(".value.weight") else 0
    things, sceneries = tensor.narrow(axis, 0, before), tensor.narrow(axis, before, tensor.shape[axis] - before)
    more = tensor.new_zeros(*tensor.shape[:axis], now - before, *tensor.shape[axis + 1 :])
    return torch.cat((things, more, sceneries), axis)


def _moved(old: Tensor, before: dict[str, int], new: Tensor, now: dict[str, int]) -> Tensor:
    """`new` with the rows that both know taken from `old`, and the last: what is seen where there is no thing."""
    if old.shape[1:] != new.shape[1:]:
        return old
    both = before.keys() & now.keys()
    moved = new.clone()
    moved[[now[key] for key in both]] = old[[before[key] for key in both]]
    moved[-1] = old[-1]
    return moved


def _numbered(keys: tuple[str, ...]) -> dict[str, int]:
    return {key: number for number, key in enumerate(keys)}
