from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seedbed.request import AspectRatio
from seedbed.sprout.canvas import latent_grid
from seedbed.sprout.lexicon import HEADS, Mentions
from seedbed.sprout.text_encoder import PromptEmbeds
from seedbed.sprout.transformer import Transformer
from tests.sprout.tiny import TRANSFORMER, transformer


def _random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _prompt(*lengths: int, seed: int = 0) -> PromptEmbeds:
    """A random prompt of each length, with one noun each."""
    count, most = len(lengths), max(lengths)
    mask = torch.arange(most) < torch.tensor(lengths)[:, None]
    mentions = Mentions(
        _random(count, 1, 4, 32, seed=seed), _random(count, 1, 32, seed=seed), torch.ones(count, 1, dtype=torch.bool)
    )
    return PromptEmbeds(_random(count, most, 32, seed=seed), mask, _random(count, 32, seed=seed), mentions)


def _one(prompt: PromptEmbeds, number: int) -> PromptEmbeds:
    one = slice(number, number + 1)
    mentions = Mentions(*(tensor[one] for tensor in prompt.mentions))
    return PromptEmbeds(prompt.embeds[one], prompt.mask[one], prompt.pooled[one], mentions)


@pytest.mark.parametrize("grid", [*{latent_grid(ratio) for ratio in AspectRatio}, (1, 1), (3, 8)])
def test_any_canvas_is_native(grid: tuple[int, int]) -> None:
    latents = _random(1, 4, *grid)
    denoised = transformer()(latents, torch.tensor([0.4]), _prompt(3))
    assert denoised.shape == latents.shape
    assert denoised.isfinite().all()


def test_tokens_may_be_patches_of_latents() -> None:
    network = transformer(replace(TRANSFORMER, patch=2))
    latents = _random(2, 4, 4, 6)
    assert network(latents, torch.tensor([0.4, 0.1]), _prompt(3, 2)).shape == latents.shape


def test_padding_behind_the_prompt_changes_nothing() -> None:
    network = transformer()
    latents, time, prompt = _random(1, 4, 3, 5), torch.tensor([0.4]), _prompt(3)
    noise = _prompt(21, seed=1)
    unnamed = Mentions(*noise.mentions[:2], torch.zeros(1, 1, dtype=torch.bool))
    padded = PromptEmbeds(
        torch.cat([prompt.embeds, 100 * noise.embeds], dim=1),
        torch.cat([prompt.mask, ~noise.mask], dim=1),
        prompt.pooled,
        Mentions(*(torch.cat(pair, dim=1) for pair in zip(prompt.mentions, unnamed, strict=True))),
    )
    torch.testing.assert_close(network(latents, time, padded), network(latents, time, prompt), atol=1e-5, rtol=0)


def test_a_picture_is_denoised_by_itself() -> None:
    network = transformer()
    latents, times, prompts = _random(3, 4, 3, 5), torch.tensor([0.0, 0.4, 0.9]), _prompt(6, 1, 4)
    together = network(latents, times, prompts)
    for number in range(3):
        one = slice(number, number + 1)
        alone = network(latents[one], times[one], _one(prompts, number))
        torch.testing.assert_close(together[one], alone, atol=1e-4, rtol=1e-4)


def test_prompt_time_and_noise_all_matter() -> None:
    network = transformer()
    latents, time, prompt = _random(1, 4, 3, 5), torch.tensor([0.4]), _prompt(3)
    denoised, other_prompt = network(latents, time, prompt), _prompt(3, seed=1)
    others = (
        network(latents, time, prompt._replace(embeds=other_prompt.embeds)),
        network(latents, time, prompt._replace(pooled=other_prompt.pooled)),
        network(latents, time, prompt._replace(mentions=other_prompt.mentions)),
        network(latents, torch.tensor([0.5]), prompt),
        network(_random(1, 4, 3, 5, seed=1), time, prompt),
    )
    for other in others:
        assert not torch.allclose(other, denoised, atol=1e-3)


def test_where_a_latent_stands_matters() -> None:
    """Without positions, turning the canvas upside down would only turn the answer."""
    network = transformer()
    latents, time, prompt = _random(1, 4, 3, 5), torch.tensor([0.4]), _prompt(3)
    turned = network(latents.flip(2, 3), time, prompt).flip(2, 3)
    assert not torch.allclose(turned, network(latents, time, prompt), atol=1e-3)


def test_it_says_where_each_lookup_looked() -> None:
    prediction = transformer().predict(_random(2, 4, 3, 5), torch.tensor([0.4, 0.5]), _prompt(3, 2))
    assert [scores.shape for scores in prediction.looked] == [(2, HEADS, 15, 1 * 4 + 1)]


def test_an_untrained_network_expects_the_mean() -> None:
    denoised = Transformer(TRANSFORMER)(_random(1, 4, 3, 5), torch.zeros(1), _prompt(3))
    assert (denoised == 0).all()
