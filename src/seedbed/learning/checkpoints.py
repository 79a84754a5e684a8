"""Checkpoints of a training run: written whole or not at all, resumed exactly."""

from pathlib import Path
from typing import Any

import torch

from seedbed.errors import CheckpointError

__all__ = ["load_checkpoint", "save_checkpoint"]


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write `state` to `path` so that a killed run leaves the old checkpoint or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".partial")
    torch.save(state, draft)
    draft.replace(path)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """The state at `path`, or None where no run has begun. Raises `CheckpointError` if it is damaged."""
    if not path.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise CheckpointError(f"cannot resume from {path}: {error}") from error
    return state
