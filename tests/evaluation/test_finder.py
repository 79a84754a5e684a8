import pytest
import torch

from seedbed.evaluation.finder import NODE, Finder, Maps, peaks


def maps(*centres: tuple[int, int, float]) -> Maps:
    """Heat at some nodes: row, column, logit."""
    heat = torch.full((1, 12, 16), -9.0)
    for row, column, logit in centres:
        heat[0, row, column] = logit
    shift, side = torch.zeros(1, 2, 12, 16), torch.full((1, 12, 16), 4.0).log()
    shift[:, 0] = 0.25
    return Maps(heat, shift, side, torch.zeros(1, 3), torch.zeros(1, 2))


def test_a_peak_is_an_object_at_its_node_and_shift() -> None:
    ((found,),) = peaks(maps((3, 5, 2.0)), 0.5)
    assert tuple(found) == pytest.approx((NODE * 5.25, NODE * 3, NODE * 4, 0.8808), abs=1e-4)


def test_the_surest_comes_first_and_what_is_unsure_not_at_all() -> None:
    (found,) = peaks(maps((2, 2, 1.0), (8, 2, 3.0), (8, 12, -1.0)), 0.5)
    assert [round(one.y / NODE) for one in found] == [8, 2]


def test_one_object_is_not_found_twice() -> None:
    assert len(peaks(maps((3, 3, 2.0), (3, 4, 1.5)), 0.5)[0]) == 1
    assert len(peaks(maps((3, 3, 2.0), (4, 5, 1.5)), 0.5)[0]) == 2
    wide = maps((3, 3, 2.0), (3, 5, 1.5))
    wide.log_side.fill_(torch.tensor(8.0).log())
    assert len(peaks(wide, 0.5)[0]) == 1


def test_no_peaks_no_objects() -> None:
    assert peaks(maps(), 0.5) == [[]]


@pytest.mark.parametrize("size", [(256, 256), (192, 352), (288, 224)])
def test_there_is_a_node_for_every_half_cell(size: tuple[int, int]) -> None:
    found = Finder(5, 2).eval()(torch.zeros(2, 3, *size))
    rows, columns = size[0] // NODE, size[1] // NODE
    assert found.heat.shape == found.log_side.shape == (2, rows, columns)
    assert found.shift.shape == (2, 2, rows, columns)
    assert found.ground.shape == (2, 5)
    assert found.style.shape == (2, 2)
