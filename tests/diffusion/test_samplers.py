import pytest
import torch
from torch import Tensor

from seedbed.diffusion.flow import interpolate
from seedbed.diffusion.samplers import euler
from seedbed.diffusion.schedule import sampling_timesteps

CLEAN = torch.randn(1, 4, 3, 5, generator=torch.Generator().manual_seed(0))
NOISE = torch.randn(1, 4, 3, 5, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("steps", [1, 2, 7, 30])
@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_a_perfect_denoiser_is_walked_straight_to_its_picture(steps: int, shift: float) -> None:
    timesteps = sampling_timesteps(steps, shift)
    walk = list(euler(lambda _latents, _time: CLEAN, NOISE, timesteps))
    assert len(walk) == steps
    for latents, time in zip(walk, timesteps[1:], strict=True):
        torch.testing.assert_close(latents, interpolate(CLEAN, NOISE, time[None]), atol=2e-6, rtol=0)


def test_the_network_is_asked_once_a_step_at_the_time_that_the_latents_have() -> None:
    asked: list[float] = []

    def model(latents: Tensor, time: float) -> Tensor:
        asked.append(time)
        assert latents.shape == NOISE.shape
        return CLEAN

    list(euler(model, NOISE, torch.tensor([0.0, 0.25, 0.5, 1.0])))
    assert asked == [0.0, 0.25, 0.5]


def test_a_walk_goes_only_as_far_as_it_is_followed() -> None:
    asked: list[float] = []

    def model(_latents: Tensor, time: float) -> Tensor:
        asked.append(time)
        return CLEAN

    next(euler(model, NOISE, sampling_timesteps(5, 1.0)))
    assert asked == [0.0]


def test_the_noise_is_left_as_it_was() -> None:
    noise = NOISE.clone()
    list(euler(lambda _latents, _time: CLEAN, noise, sampling_timesteps(3, 1.0)))
    assert torch.equal(noise, NOISE)
