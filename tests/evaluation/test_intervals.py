import pytest

from seedbed.evaluation.intervals import Share


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_are_the_published_ones(successes: int, trials: int, low: float, high: float) -> None:
    assert Share(successes, trials).interval == pytest.approx((low, high), abs=5e-5)


def test_all_of_them_is_the_mirror_of_none() -> None:
    low, high = Share(20, 20).interval
    assert (low, high) == pytest.approx((1 - 0.1611, 1.0), abs=5e-5)


def test_nothing_tried_says_nothing() -> None:
    assert Share(0, 0).value == 0.0
    assert Share(0, 0).interval == (0.0, 1.0)


def test_shares_add_up() -> None:
    assert Share(1, 2) + Share(3, 4) == Share(4, 6)
