from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seedbed.request import AspectRatio
from seedbed.sprout.canvas import latent_grid
from seedbed.sprout.transformer import Transformer
from tests.sprout.tiny import TRANSFORMER, transformer


def _random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _mask(*lengths: int, most: int) -> Tensor:
    return torch.arange(most) < torch.tensor(lengths)[:, None]


@pytest.mark.parametrize("grid", [*{latent_grid(ratio) for ratio in AspectRatio}, (1, 1), (3, 8)])
def test_any_canvas_is_native(grid: tuple[int, int]) -> None:
    latents = _random(1, 4, *grid)
    denoised = transformer()(latents, torch.tensor([0.4]), _random(1, 3, 32), _mask(3, most=3))
    assert denoised.shape == latents.shape
    assert denoised.isfinite().all()


def test_tokens_may_be_patches_of_latents() -> None:
    network = transformer(replace(TRANSFORMER, patch=2))
    latents = _random(2, 4, 4, 6)
    assert network(latents, torch.tensor([0.4, 0.1]), _random(2, 3, 32), _mask(3, 2, most=3)).shape == latents.shape


def test_padding_behind_the_prompt_changes_nothing() -> None:
    network = transformer()
    latents, time, prompt = _random(1, 4, 3, 5), torch.tensor([0.4]), _random(1, 3, 32)
    padded = torch.cat([prompt, 100 * _random(1, 21, 32, seed=1)], dim=1)
    alone = network(latents, time, prompt, _mask(3, most=3))
    torch.testing.assert_close(network(latents, time, padded, _mask(3, most=24)), alone, atol=1e-5, rtol=0)


def test_a_picture_is_denoised_by_itself() -> None:
    network = transformer()
    latents, times, prompts = _random(3, 4, 3, 5), torch.tensor([0.0, 0.4, 0.9]), _random(3, 6, 32)
    mask = _mask(6, 1, 4, most=6)
    together = network(latents, times, prompts, mask)
    for number in range(3):
        one = slice(number, number + 1)
        alone = network(latents[one], times[one], prompts[one], mask[one])
        torch.testing.assert_close(together[one], alone, atol=1e-4, rtol=1e-4)


def test_prompt_time_and_noise_all_matter() -> None:
    network, mask = transformer(), _mask(3, most=3)
    latents, time, prompt = _random(1, 4, 3, 5), torch.tensor([0.4]), _random(1, 3, 32)
    denoised = network(latents, time, prompt, mask)
    others = (
        network(latents, time, _random(1, 3, 32, seed=1), mask),
        network(latents, torch.tensor([0.5]), prompt, mask),
        network(_random(1, 4, 3, 5, seed=1), time, prompt, mask),
    )
    for other in others:
        assert not torch.allclose(other, denoised, atol=1e-3)


def test_where_a_latent_stands_matters() -> None:
    """Without positions, turning the canvas upside down would only turn the answer."""
    network, mask = transformer(), _mask(3, most=3)
    latents, time, prompt = _random(1, 4, 3, 5), torch.tensor([0.4]), _random(1, 3, 32)
    turned = network(latents.flip(2, 3), time, prompt, mask).flip(2, 3)
    assert not torch.allclose(turned, network(latents, time, prompt, mask), atol=1e-3)


def test_an_untrained_network_expects_the_mean() -> None:
    denoised = Transformer(TRANSFORMER)(_random(1, 4, 3, 5), torch.zeros(1), _random(1, 3, 32), _mask(3, most=3))
    assert (denoised == 0).all()
