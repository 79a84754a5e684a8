import pytest
import torch

from seedbed.diffusion.guidance import Guidance, guide

CONDITIONAL = torch.randn(5, 4, 3, 6, generator=torch.Generator().manual_seed(0))
UNCONDITIONAL = torch.randn(5, 4, 3, 6, generator=torch.Generator().manual_seed(1))


def test_no_guidance_is_the_conditional_prediction() -> None:
    assert torch.equal(guide(CONDITIONAL, UNCONDITIONAL, Guidance(0.0)), CONDITIONAL)


def test_a_small_step_is_the_literatures() -> None:
    near = CONDITIONAL + 0.01 * UNCONDITIONAL
    guided = guide(CONDITIONAL, near, Guidance(2.5))
    torch.testing.assert_close(guided, near + 3.5 * (CONDITIONAL - near))


def test_predictions_that_agree_are_left_alone() -> None:
    assert torch.equal(guide(CONDITIONAL, CONDITIONAL, Guidance(20.0)), CONDITIONAL)


@pytest.mark.parametrize("scale", [1.0, 2.5, 20.0, 1e6])
def test_no_step_is_longer_than_its_cap(scale: float) -> None:
    guided = guide(CONDITIONAL, UNCONDITIONAL, Guidance(scale, cap=0.3))
    step = (guided - CONDITIONAL).flatten(1).norm(dim=1)
    strength = (CONDITIONAL - CONDITIONAL.mean((2, 3), keepdim=True)).flatten(1).norm(dim=1)
    torch.testing.assert_close(step, 0.3 * strength)


def test_a_bright_picture_lends_the_step_no_strength() -> None:
    flat = torch.full((1, 4, 3, 6), 7.0)
    torch.testing.assert_close(guide(flat, UNCONDITIONAL[:1], Guidance(20.0)), flat)


def test_each_picture_is_guided_by_itself() -> None:
    loud = CONDITIONAL * torch.tensor([1.0, 100.0, 0.01, 1.0, 5.0]).view(-1, 1, 1, 1)
    together = guide(loud, UNCONDITIONAL, Guidance(2.5))
    for number in range(5):
        one = slice(number, number + 1)
        assert torch.equal(together[one], guide(loud[one], UNCONDITIONAL[one], Guidance(2.5)))


def test_guidance_acts_within_its_interval_only() -> None:
    guidance = Guidance(2.5, start=0.1, end=0.6)
    assert [guidance.acts_at(time) for time in (0.0, 0.09, 0.1, 0.3, 0.6, 0.61, 1.0)] == [0, 0, 1, 1, 1, 0, 0]
    assert not any(Guidance(0.0).acts_at(time / 10) for time in range(11))
