import torch
from torch import Tensor

from seedbed.sprout.vocabulary import NULL, PADDING
from tests.sprout.tiny import VOCABULARY, text_encoder


def _tokens(prompt: str, length: int) -> Tensor:
    tokens = VOCABULARY.parse(prompt).tokens
    return torch.tensor([[*tokens, *[PADDING] * (length - len(tokens))]])


def test_every_token_has_its_embedding() -> None:
    prompt = text_encoder()(_tokens("a cat", 5))
    assert prompt.embeds.shape == (1, 5, 32)
    assert prompt.mask.tolist() == [[True, True, False, False, False]]


def test_padding_changes_nothing() -> None:
    network = text_encoder()
    alone, padded = network(_tokens("a red cat", 3)), network(_tokens("a red cat", 24))
    torch.testing.assert_close(padded.embeds[:, :3], alone.embeds, atol=1e-5, rtol=0)
    torch.testing.assert_close(padded.pooled, alone.pooled, atol=1e-5, rtol=0)
    torch.testing.assert_close(padded.mentions, alone.mentions, atol=1e-5, rtol=0)


def test_a_prompt_is_read_by_itself() -> None:
    network = text_encoder()
    prompts = torch.cat([_tokens("a red cat", 6), _tokens("the dog on a box", 6)])
    together, alone = network(prompts), network(prompts[:1])
    torch.testing.assert_close(together.embeds[:1], alone.embeds, atol=1e-5, rtol=0)
    torch.testing.assert_close(together.pooled[:1], alone.pooled, atol=1e-5, rtol=0)


def test_the_order_of_words_matters() -> None:
    network = text_encoder()
    one, other = (network(_tokens(prompt, 3)).pooled for prompt in ("cat on dog", "dog on cat"))
    assert not torch.allclose(one, other, atol=1e-3)


def test_the_empty_prompt_is_a_token_of_its_own() -> None:
    prompt = text_encoder()(torch.tensor([[NULL]]))
    assert prompt.mask.all()
    assert prompt.embeds.abs().sum() > 0
    assert prompt.mentions.named.shape == (1, 0)


def test_nouns_are_looked_up_in_the_order_of_the_prompt() -> None:
    network = text_encoder()
    mentions = network(_tokens("the dog on a red cat", 8)).mentions
    looks = network.lexicon.looks.weight.view(-1, 4, 32)
    assert mentions.named.tolist() == [[True, True]]
    assert torch.equal(mentions.looks[0], looks[[VOCABULARY.things.index("dog"), VOCABULARY.things.index("cat")]])


def test_what_is_looked_up_may_be_padded_and_is_bounded() -> None:
    network = text_encoder()
    assert network(_tokens("a cat", 8), mentions=3).mentions.named.tolist() == [[True, False, False]]
    many = network(_tokens("cat dog box cat dog box", 8)).mentions
    assert many.named.shape == (1, network.config.mentions)


def test_a_noun_knows_what_the_prompt_says_of_it() -> None:
    network = text_encoder()
    one, other = (network(_tokens(prompt, 3)).mentions.roles for prompt in ("a red cat", "a the cat"))
    assert not torch.allclose(one, other, atol=1e-3)
