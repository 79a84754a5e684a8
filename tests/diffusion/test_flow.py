import pytest
import torch

from seedbed.diffusion.flow import MIN_NOISE, broadcast, interpolate, straight_on, velocity_loss, velocity_weight

CLEAN = torch.randn(3, 4, 2, 5, generator=torch.Generator().manual_seed(0))
NOISE = torch.randn(3, 4, 2, 5, generator=torch.Generator().manual_seed(1))


def test_the_way_begins_at_the_noise_and_ends_at_the_picture() -> None:
    assert torch.equal(interpolate(CLEAN, NOISE, torch.zeros(3)), NOISE)
    assert torch.equal(interpolate(CLEAN, NOISE, torch.ones(3)), CLEAN)


def test_each_picture_has_its_own_time() -> None:
    mixed = interpolate(CLEAN, NOISE, torch.tensor([0.0, 0.25, 1.0]))
    assert torch.equal(mixed[0], NOISE[0])
    torch.testing.assert_close(mixed[1], 0.25 * CLEAN[1] + 0.75 * NOISE[1])
    assert torch.equal(mixed[2], CLEAN[2])


def test_times_take_the_shape_that_multiplies() -> None:
    assert broadcast(torch.zeros(3), CLEAN).shape == (3, 1, 1, 1)
    assert broadcast(torch.zeros(3), torch.zeros(3, 7)).shape == (3, 1)


def test_the_weight_is_bounded_where_little_noise_is_left() -> None:
    weights = velocity_weight(torch.tensor([0.0, 0.5, 1 - MIN_NOISE / 2, 1.0]))
    torch.testing.assert_close(weights, torch.tensor([1.0, 4.0, MIN_NOISE**-2, MIN_NOISE**-2]))


@pytest.mark.parametrize("time", [0.0, 0.25, 0.45])
def test_an_error_of_the_picture_counts_as_the_error_of_its_velocity(time: float) -> None:
    timesteps = torch.full((3,), time)
    denoised = CLEAN + 0.1
    latents = interpolate(CLEAN, NOISE, timesteps)
    velocity, expected = ((x - latents) / (1 - time) for x in (denoised, CLEAN))
    loss = velocity_loss(denoised, CLEAN, timesteps)
    torch.testing.assert_close(loss, (velocity - expected).square().mean())
    assert velocity_loss(CLEAN, CLEAN, timesteps) == 0


def test_channels_may_weigh_differently() -> None:
    denoised, timesteps = CLEAN.clone(), torch.zeros(len(CLEAN))
    denoised[:, 1] += 1.0
    weights = torch.ones(CLEAN.shape[1])
    alike = velocity_loss(denoised, CLEAN, timesteps)
    torch.testing.assert_close(velocity_loss(denoised, CLEAN, timesteps, weights), alike)
    weights[1] = 3.0
    torch.testing.assert_close(velocity_loss(denoised, CLEAN, timesteps, weights), 3 * alike)


def test_two_points_of_the_way_show_where_it_ends() -> None:
    before, after = (interpolate(CLEAN, NOISE, torch.full((3,), time)) for time in (0.25, 0.5))
    torch.testing.assert_close(straight_on(before, after, 0.25, 0.5), CLEAN)


def test_they_do_so_in_the_times_of_other_schedules_too() -> None:
    # With noise added and nothing taken away, σ of it is there at the time 1 - σ.
    before, after = (CLEAN + sigma * NOISE for sigma in (14.6, 3.0))
    torch.testing.assert_close(straight_on(before, after, 1 - 14.6, 1 - 3.0), CLEAN, atol=1e-5, rtol=1e-5)
