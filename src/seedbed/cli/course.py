"""How a training goes on: a bar on a terminal, plain lines elsewhere."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

__all__ = ["Course"]

_LINE_EVERY = 10
"""Steps between two lines where there is no terminal."""
_REMEMBERED = 50
"""Steps that rate and loss are averaged over."""


class Course:
    """Tells of each stage how far it is, how fast, how long it will take, and its loss.

    Args:
        steps: how many steps each stage has, by its name.
        console: where to.
        clock: seconds.
    """

    def __init__(self, steps: Mapping[str, int], console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._steps, self._console, self._clock = steps, console, clock
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[said]}"),
        )
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._bars: dict[str, TaskID] = {}
        self._recent: deque[tuple[int, float, float]] = deque(maxlen=_REMEMBERED)

    def __enter__(self) -> "Course":
        self._progress.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._progress.stop()

    def report(self, stage: str, step: int, loss: float) -> None:
        """Tell that `step` of `stage` is done."""
        if stage not in self._bars:
            self._bars[stage] = self._progress.add_task(stage, total=self._steps[stage], said="")
            self._recent.clear()
        self._recent.append((step, self._clock(), loss))
        said = self._said(step, self._steps[stage])
        self._progress.update(self._bars[stage], completed=step, said=said)
        if not self._console.is_terminal and (step % _LINE_EVERY == 0 or step == self._steps[stage]):
            self._console.print(f"{stage} {step}/{self._steps[stage]}: {said}", highlight=False, soft_wrap=True)

    def _said(self, step: int, steps: int) -> str:
        loss = f"loss {sum(loss for _, _, loss in self._recent) / len(self._recent):.4f}"
        (first, began, _), (_, now, _) = self._recent[0], self._recent[-1]
        if step == first or now <= began:
            return loss
        rate = (step - first) / (now - began)
        left = timedelta(seconds=round((steps - step) / rate))
        return f"{loss}, {rate:.2f} steps/s, {left} left"
