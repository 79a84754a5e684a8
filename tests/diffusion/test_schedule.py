import pytest
import torch

from seedbed.diffusion.schedule import sampling_timesteps, shift_timesteps, training_timesteps


@pytest.mark.parametrize("shift", [0.5, 1.0, 2.0, 6.0])
@pytest.mark.parametrize("steps", [1, 5, 12, 100])
def test_sampling_goes_from_noise_to_picture_and_never_back(steps: int, shift: float) -> None:
    timesteps = sampling_timesteps(steps, shift)
    assert timesteps.shape == (steps + 1,)
    assert timesteps[[0, -1]].tolist() == [0, 1]
    assert (timesteps.diff() > 0).all()


def test_a_shift_of_one_leaves_the_times_even_and_a_larger_one_moves_them_to_the_noise() -> None:
    even = torch.linspace(0, 1, 11)
    torch.testing.assert_close(shift_timesteps(even, 1.0), even)
    assert (shift_timesteps(even, 3.0)[1:-1] < even[1:-1]).all()
    # Stable Diffusion 3's own figure: half the noise becomes three quarters of it.
    torch.testing.assert_close(shift_timesteps(torch.tensor(0.5), 3.0), torch.tensor(0.25))


def test_training_times_lie_around_their_mean_with_a_share_drawn_evenly() -> None:
    timesteps = training_timesteps(20_000, torch.Generator().manual_seed(0), mean=-0.4, uniform=0.1)
    assert timesteps.shape == (20_000,)
    assert ((timesteps >= 0) & (timesteps <= 1)).all()
    assert 0.38 < timesteps.median() < 0.43  # sigmoid(-0.4) is 0.401
    assert 0.005 < (timesteps > 0.93).float().mean() < 0.02  # nearly all of them from the even share


def test_the_same_generator_gives_the_same_times() -> None:
    first, second = (training_timesteps(64, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, training_timesteps(64, torch.Generator().manual_seed(6)))
