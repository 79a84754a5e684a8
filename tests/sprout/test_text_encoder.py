import torch
from torch import Tensor

from seedbed.sprout.vocabulary import NULL, PADDING
from tests.sprout.tiny import VOCABULARY, text_encoder


def _tokens(prompt: str, length: int) -> Tensor:
    tokens = VOCABULARY.parse(prompt).tokens
    return torch.tensor([[*tokens, *[PADDING] * (length - len(tokens))]])


def test_every_token_has_its_embedding() -> None:
    prompt_embeds, mask = text_encoder()(_tokens("a cat", 5))
    assert prompt_embeds.shape == (1, 5, 32)
    assert mask.tolist() == [[True, True, False, False, False]]


def test_padding_changes_nothing() -> None:
    network = text_encoder()
    alone, _ = network(_tokens("a red cat", 3))
    padded, _ = network(_tokens("a red cat", 24))
    torch.testing.assert_close(padded[:, :3], alone, atol=1e-5, rtol=0)


def test_a_prompt_is_read_by_itself() -> None:
    network = text_encoder()
    prompts = torch.cat([_tokens("a red cat", 6), _tokens("the dog on a box", 6)])
    together, _ = network(prompts)
    torch.testing.assert_close(together[:1], network(prompts[:1])[0], atol=1e-5, rtol=0)


def test_the_order_of_words_matters() -> None:
    network = text_encoder()
    one, other = (network(_tokens(prompt, 3))[0] for prompt in ("cat on dog", "dog on cat"))
    assert not torch.allclose(one.mean(1), other.mean(1), atol=1e-3)


def test_the_empty_prompt_is_a_token_of_its_own() -> None:
    prompt_embeds, mask = text_encoder()(torch.tensor([[NULL]]))
    assert mask.all()
    assert prompt_embeds.abs().sum() > 0
