"""The loss of every step of a run, in its folder: `losses.jsonl`, for whoever wants to draw the curve."""

import json
from pathlib import Path

__all__ = ["LossLog"]


class LossLog:
    """One line a step: `{"stage": "transformer", "step": 1, "loss": 0.93}`.

    A run that goes on from a checkpoint does some steps again; their old lines are taken out, so that none is there
    twice.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begun: set[str] = set()

    def add(self, stage: str, step: int, loss: float) -> None:
        """Note the loss of a step."""
        if stage not in self._begun:
            self._begun.add(stage)
            self._forget(stage, step)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"stage": stage, "step": step, "loss": round(loss, 6)}) + "\n")

    def _forget(self, stage: str, step: int) -> None:
        """Take out what is noted of `stage` from `step` on, and a last line that a killed run wrote by half."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._path.is_file():
            return
        lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
        draft = self._path.with_suffix(".partial")
        draft.write_text("".join(line for line in lines if _is_kept(line, stage, step)), encoding="utf-8")
        draft.replace(self._path)


def _is_kept(line: str, stage: str, step: int) -> bool:
    try:
        noted = json.loads(line)
        return line.endswith("\n") and (noted["stage"] != stage or noted["step"] < step)
    except (ValueError, KeyError, TypeError):
        return False
