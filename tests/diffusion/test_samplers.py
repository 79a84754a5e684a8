import pytest
import torch
from torch import Tensor

from seedbed.diffusion.flow import interpolate
from seedbed.diffusion.samplers import Sampler, dpm_solver_2m, euler, heun
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


def _curved(latents: Tensor, time: float) -> Tensor:
    """The exact clean latents where each number of a picture is normal around 2 with deviation 0.5."""
    signal, noise = time * 0.5, 1 - time
    return 2.0 + time * 0.25 / (signal**2 + noise**2) * (latents - 2.0 * time)


EXACT = 2.0 + 0.5 * NOISE
"""Where that flow ends: it keeps every number's place in the distribution."""


def _error(sampler: Sampler, steps: int) -> float:
    *_, last = sampler(_curved, NOISE.double(), sampling_timesteps(steps, 1.0).double())
    return float((last - EXACT).abs().max())


@pytest.mark.parametrize(("sampler", "order"), [(euler, 1), (heun, 2), (dpm_solver_2m, 1.5)])
def test_more_steps_bring_a_sampler_to_the_exact_end_as_fast_as_its_order_says(sampler: Sampler, order: float) -> None:
    coarse, fine = _error(sampler, 32), _error(sampler, 128)
    assert fine < coarse / 4**order * 1.4
    assert fine < 0.02


def test_at_equal_steps_the_higher_orders_are_nearer() -> None:
    plain = _error(euler, 12)
    assert _error(heun, 12) < 0.5 * plain
    assert _error(dpm_solver_2m, 12) < 0.7 * plain


@pytest.mark.parametrize("sampler", [heun, dpm_solver_2m])
@pytest.mark.parametrize("steps", [1, 2, 3, 9])
def test_every_sampler_walks_straight_to_what_never_changes(sampler: Sampler, steps: int) -> None:
    timesteps = sampling_timesteps(steps, 1.0)
    walk = list(sampler(lambda _latents, _time: CLEAN, NOISE, timesteps))
    assert len(walk) == steps
    torch.testing.assert_close(walk[-1], CLEAN, atol=2e-6, rtol=0)


@pytest.mark.parametrize(("sampler", "asked"), [(euler, 4), (heun, 7), (dpm_solver_2m, 4)])
def test_how_often_a_sampler_asks(sampler: Sampler, asked: int) -> None:
    times: list[float] = []

    def model(_latents: Tensor, time: float) -> Tensor:
        times.append(time)
        return CLEAN

    list(sampler(model, NOISE, sampling_timesteps(4, 1.0)))
    assert len(times) == asked
    assert max(times) < 1
