from pathlib import Path
from typing import Any

import pytest
import torch

from seedbed.errors import CheckpointError
from seedbed.learning.checkpoints import load_checkpoint, save_checkpoint


class _Unwritable:
    def __reduce__(self) -> Any:
        raise RuntimeError("the disk is full")


def test_what_is_saved_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "a.pt"
    save_checkpoint(path, {"step": 3, "network": {"weight": torch.arange(5.0)}})
    state = load_checkpoint(path)
    assert state is not None
    assert state["step"] == 3
    assert torch.equal(state["network"]["weight"], torch.arange(5.0))
    assert [file.name for file in path.parent.iterdir()] == ["a.pt"]


def test_a_run_that_dies_while_it_writes_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    save_checkpoint(path, {"step": 3})
    with pytest.raises(RuntimeError, match="disk is full"):
        save_checkpoint(path, {"step": 4, "rest": _Unwritable()})
    assert load_checkpoint(path) == {"step": 3}
    save_checkpoint(path, {"step": 5})
    assert load_checkpoint(path) == {"step": 5}


def test_no_checkpoint_is_a_new_run(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "a.pt") is None


@pytest.mark.parametrize("kept", [0, 10, -20])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "a.pt"
    save_checkpoint(path, {"step": 3, "weight": torch.zeros(100)})
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match="cannot resume"):
        load_checkpoint(path)


def test_a_checkpoint_that_runs_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save({"step": print}, path)
    with pytest.raises(CheckpointError, match="cannot resume"):
        load_checkpoint(path)
