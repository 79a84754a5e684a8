import pytest

from seedbed.learning.schedule import learning_rate

STEPS, PEAK, WARM_UP, DECAY = 100, 2.0, 10, 0.3


def _rates() -> list[float]:
    return [learning_rate(step, STEPS, PEAK, WARM_UP, DECAY) for step in range(STEPS)]


def test_it_goes_up_stays_level_and_comes_down() -> None:
    rates = _rates()
    assert rates[0] == pytest.approx(PEAK / WARM_UP)
    assert rates[:WARM_UP] == sorted(rates[:WARM_UP])
    assert rates[WARM_UP - 1 : 71] == [PEAK] * (72 - WARM_UP)
    assert rates[70:] == sorted(rates[70:], reverse=True)
    assert rates[85] == pytest.approx(PEAK / 2)
    assert 0 < rates[-1] < PEAK / 20


@pytest.mark.parametrize(("warm_up", "decay"), [(0, 0.3), (10, 0.0), (0, 0.0), (200, 1.0)])
def test_no_share_makes_it_negative_or_too_large(warm_up: int, decay: float) -> None:
    rates = [learning_rate(step, STEPS, PEAK, warm_up, decay) for step in range(STEPS)]
    assert all(0 < rate <= PEAK for rate in rates)
