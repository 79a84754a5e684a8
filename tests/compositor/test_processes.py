import operator
import os
from collections import Counter

import pytest

from seedbed.compositor.processes import in_processes


@pytest.mark.parametrize("processes", [0, 2])
def test_results_come_in_the_order_of_what_was_asked(processes: int) -> None:
    assert list(in_processes(operator.neg, range(40), processes)) == [-number for number in range(40)]


def test_others_do_it_where_there_are_any() -> None:
    here, there = (Counter(in_processes(_process_of, range(24), processes)) for processes in (0, 2))
    assert set(here) == {os.getpid()}
    assert os.getpid() not in there
    assert 1 <= len(there) <= 2


def _process_of(_item: int) -> int:
    return os.getpid()
