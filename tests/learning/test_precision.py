import pytest
import torch

from seedbed.learning import precision
from seedbed.learning.precision import bfloat16_pays


@pytest.mark.parametrize("bfloat16", [0.5, 2.0])
def test_the_faster_of_both_is_taken_and_measured_once(monkeypatch: pytest.MonkeyPatch, bfloat16: float) -> None:
    asked: list[tuple[torch.dtype, int]] = []

    def seconds(dtype: torch.dtype, side: int) -> float:
        asked.append((dtype, side))
        return bfloat16 if dtype == torch.bfloat16 else 1.0

    monkeypatch.setattr(precision, "_seconds", seconds)
    bfloat16_pays.cache_clear()
    try:
        assert [bfloat16_pays(), bfloat16_pays()] == [bfloat16 < 1.0] * 2
        assert asked == [(dtype, side) for side in (128, 1024) for dtype in (torch.bfloat16, torch.float32)]
    finally:
        bfloat16_pays.cache_clear()


def test_where_it_is_hopeless_nothing_large_is_multiplied(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor without any instruction for it took more than a minute to find that out."""

    def seconds(dtype: torch.dtype, side: int) -> float:
        assert side == 128
        return 11.0 if dtype == torch.bfloat16 else 1.0

    monkeypatch.setattr(precision, "_seconds", seconds)
    bfloat16_pays.cache_clear()
    try:
        assert not bfloat16_pays()
    finally:
        bfloat16_pays.cache_clear()


def test_products_are_really_timed() -> None:
    assert 0 < precision._seconds(torch.float32, 128) < 60
