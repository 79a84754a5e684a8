import pytest
import torch
from torch import Tensor

from seedbed.sprout.text_encoder import TextEncoder
from seedbed.sprout.vocabulary import NULL, PADDING
from tests.sprout.tiny import VOCABULARY, planner

LEAD = torch.randn(1, 32, generator=torch.Generator().manual_seed(1))


def _tokens(prompt: str, length: int) -> Tensor:
    tokens = VOCABULARY.parse(prompt).tokens
    return torch.tensor([[*tokens, *[PADDING] * (length - len(tokens))]])


@pytest.fixture(scope="module")
def network() -> TextEncoder:
    return planner().text_encoder


def test_every_token_has_its_embedding_behind_the_lead(network: TextEncoder) -> None:
    assert network(LEAD, _tokens("a cat", 5)).shape == (1, 6, 32)


def test_padding_changes_nothing(network: TextEncoder) -> None:
    alone, padded = network(LEAD, _tokens("a red cat", 3)), network(LEAD, _tokens("a red cat", 24))
    torch.testing.assert_close(padded[:, :4], alone, atol=1e-5, rtol=0)


def test_a_prompt_is_read_by_itself(network: TextEncoder) -> None:
    prompts = torch.cat([_tokens("a red cat", 6), _tokens("the dog on a box", 6)])
    together, alone = network(LEAD.expand(2, -1), prompts), network(LEAD, prompts[:1])
    torch.testing.assert_close(together[:1], alone, atol=1e-5, rtol=0)


def test_the_order_of_words_and_the_lead_matter(network: TextEncoder) -> None:
    one, other = (network(LEAD, _tokens(prompt, 3))[:, 0] for prompt in ("cat on dog", "dog on cat"))
    assert not torch.allclose(one, other, atol=1e-3)
    led = network(-LEAD, _tokens("cat on dog", 3))
    assert not torch.allclose(led[:, 1], network(LEAD, _tokens("cat on dog", 3))[:, 1], atol=1e-3)


def test_the_empty_prompt_is_a_token_of_its_own(network: TextEncoder) -> None:
    assert network(LEAD, torch.tensor([[NULL]]))[:, 1].abs().sum() > 0
