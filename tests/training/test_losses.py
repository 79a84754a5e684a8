import json
from pathlib import Path

from seedbed.training.losses import LossLog


def noted(path: Path) -> list[tuple[str, int, float]]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [(line["stage"], line["step"], line["loss"]) for line in lines]


def test_every_step_is_a_line(tmp_path: Path) -> None:
    log = LossLog(tmp_path / "run" / "losses.jsonl")
    log.add("transformer", 1, 0.5)
    log.add("transformer", 2, 0.25)
    log.add("decoder", 1, 0.125)
    assert noted(tmp_path / "run" / "losses.jsonl") == [
        ("transformer", 1, 0.5),
        ("transformer", 2, 0.25),
        ("decoder", 1, 0.125),
    ]


def test_steps_that_are_done_again_are_there_once(tmp_path: Path) -> None:
    path = tmp_path / "losses.jsonl"
    killed = LossLog(path)
    for step in range(1, 6):
        killed.add("transformer", step, step / 8)
    with path.open("a") as file:
        file.write('{"stage": "transfo')
    again = LossLog(path)
    again.add("transformer", 4, 9.0)
    again.add("transformer", 5, 10.0)
    again.add("decoder", 1, 1.0)
    assert [(step, loss) for _, step, loss in noted(path)] == [
        (1, 0.125),
        (2, 0.25),
        (3, 0.375),
        (4, 9),
        (5, 10),
        (1, 1),
    ]


def test_another_stage_forgets_nothing(tmp_path: Path) -> None:
    path = tmp_path / "losses.jsonl"
    LossLog(path).add("transformer", 7, 0.5)
    LossLog(path).add("decoder", 1, 0.5)
    assert [stage for stage, _, _ in noted(path)] == ["transformer", "decoder"]
