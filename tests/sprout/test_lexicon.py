import torch
from torch import Tensor

from seedbed.sprout.lexicon import HEADS, Lexicon, Lookup, Mentions

WIDTH, SLOTS = 16, 4


def _random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _lookup() -> Lookup:
    torch.manual_seed(0)
    return Lookup(SLOTS, WIDTH, WIDTH).eval().requires_grad_(False)


def _mentions(named: list[bool], seed: int = 0) -> Mentions:
    count = len(named)
    looks, roles = _random(1, count, SLOTS, WIDTH, seed=seed), _random(1, count, WIDTH, seed=seed)
    return Mentions(looks, roles, torch.tensor([named], dtype=torch.bool))


def test_each_noun_has_looks_of_its_own_and_none_is_not_named() -> None:
    lexicon = Lexicon(3, SLOTS, WIDTH)
    mentions = lexicon(torch.tensor([[2, 0, 3]]), _random(1, 3, WIDTH))
    assert mentions.named.tolist() == [[True, True, False]]
    assert torch.equal(mentions.looks[0, 1].flatten(), lexicon.looks.weight[0])
    assert not torch.equal(mentions.looks[0, 0], mentions.looks[0, 1])


def test_where_no_noun_is_named_nothing_is_found() -> None:
    for mentions in (_mentions([]), _mentions([False, False])):
        found, scores = _lookup()(_random(1, 5, WIDTH), mentions)
        assert (found == 0).all()
        assert (torch.softmax(scores, -1)[..., -1] == 1).all()


def test_a_noun_that_is_not_named_is_never_seen() -> None:
    lookup, x = _lookup(), _random(1, 5, WIDTH)
    two = _mentions([True, False])
    one = Mentions(*(part[:, :1] for part in two))
    torch.testing.assert_close(lookup(x, two)[0], lookup(x, one)[0])


def test_where_a_cell_looks_does_not_depend_on_looks_and_what_it_finds_does() -> None:
    lookup, x, mentions = _lookup(), _random(1, 5, WIDTH), _mentions([True])
    other = mentions._replace(looks=_random(1, 1, SLOTS, WIDTH, seed=1))
    assert torch.equal(lookup(x, mentions)[1], lookup(x, other)[1])
    assert not torch.allclose(lookup(x, mentions)[0], lookup(x, other)[0], atol=1e-3)


def test_what_the_prompt_says_of_a_noun_decides_where_cells_look() -> None:
    lookup, x, mentions = _lookup(), _random(1, 5, WIDTH), _mentions([True])
    found, scores = lookup(x, mentions)
    assert (found.shape, scores.shape) == ((1, 5, WIDTH), (1, HEADS, 5, SLOTS + 1))
    other = mentions._replace(roles=_random(1, 1, WIDTH, seed=1))
    assert not torch.allclose(lookup(x, other)[1], scores, atol=1e-3)
