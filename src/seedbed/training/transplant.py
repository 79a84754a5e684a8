"""Gives a new network what an older one learnt: the world may have grown since, and nothing learnt need be lost."""

import torch
from torch import Tensor

from seedbed.errors import ConfigurationError
from seedbed.sprout.checkpoint import Sprout
from seedbed.sprout.text_encoder import TextEncoder
from seedbed.sprout.transformer import Transformer
from seedbed.sprout.vocabulary import Vocabulary

__all__ = ["transplant"]

_BY_TOKEN, _BY_THING = "embedding.weight", "lexicon.looks.weight"


@torch.no_grad()
def transplant(start: Sprout, text_encoder: TextEncoder, transformer: Transformer, vocabulary: Vocabulary) -> None:
    """Copy all weights of `start` into networks that know `vocabulary`; words and nouns find their own rows.

    What only the new vocabulary knows keeps its random beginning. Raises `ConfigurationError` where the networks'
    shapes differ in more than what they know.
    """
    old = start.text_encoder.state_dict()
    rows = {
        _BY_TOKEN: (_tokens(start.vocabulary), _tokens(vocabulary)),
        _BY_THING: (_numbered(start.vocabulary.things), _numbered(vocabulary.things)),
    }
    own = text_encoder.state_dict()
    for name, (before, now) in rows.items():
        old[name] = _moved(old[name], before, own[name], now)
    try:
        text_encoder.load_state_dict(old)
        transformer.load_state_dict(start.transformer.state_dict())
    except RuntimeError as error:
        raise ConfigurationError(f"the weights to start from are of another shape: {error}") from error


def _moved(old: Tensor, before: dict[str, int], new: Tensor, now: dict[str, int]) -> Tensor:
    """`new` with the rows that both know taken from `old`."""
    if old.shape[1:] != new.shape[1:]:
        return old
    both = before.keys() & now.keys()
    moved = new.clone()
    moved[[now[key] for key in both]] = old[[before[key] for key in both]]
    return moved


def _numbered(keys: tuple[str, ...]) -> dict[str, int]:
    return {key: number for number, key in enumerate(keys)}


def _tokens(vocabulary: Vocabulary) -> dict[str, int]:
    """Every token's id: the special ones by number, words and nouns by name."""
    first = len(vocabulary) - len(vocabulary.words) - len(vocabulary.things)
    names = [*(f"[{number}]" for number in range(first)), *vocabulary.words]
    return _numbered((*names, *(f"thing {thing}" for thing in vocabulary.things)))
