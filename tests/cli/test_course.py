import io
from collections.abc import Callable

from rich.console import Console

from seedbed.cli.course import Course


def ticking(seconds: float) -> Callable[[], float]:
    """A clock that has gone on by so many seconds each time one looks."""
    now = iter(seconds * tick for tick in range(10_000))
    return lambda: next(now)


def told(*, terminal: bool, first: int = 1, last: int = 40) -> str:
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, width=120, force_interactive=terminal)
    with Course({"transformer": 40, "decoder": 2}, console, ticking(2.0)) as course:
        for step in range(first, last + 1):
            course.report("transformer", step, 1.0 / step)
        course.report("decoder", 1, 0.75)
        course.report("decoder", 2, 0.25)
    return output.getvalue()


def test_without_a_terminal_it_is_lines_with_rate_time_and_loss() -> None:
    lines = told(terminal=False).splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        *(f"transformer {step}/40" for step in (10, 20, 30, 40)),
        "decoder 2/2",
    ]
    assert lines[0] == "transformer 10/40: loss 0.2929, 0.50 steps/s, 0:01:00 left"
    assert lines[-1] == "decoder 2/2: loss 0.5000, 0.50 steps/s, 0:00:00 left"


def test_a_run_that_goes_on_is_timed_from_where_it_does() -> None:
    lines = told(terminal=False, first=21).splitlines()
    assert lines[0].startswith("transformer 30/40")
    assert lines[0].endswith("0.50 steps/s, 0:00:20 left")


def test_on_a_terminal_it_is_a_bar_for_each_stage() -> None:
    shown = told(terminal=True)
    assert "40/40" in shown
    assert "transformer" in shown
    assert "decoder" in shown
    assert "0.50 steps/s" in shown
    assert "transformer 10/40:" not in shown
