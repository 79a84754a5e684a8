import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from seedbed.cli.main import app
from seedbed.evaluation.judge import JudgeNetworks
from tests.sprout import tiny
from tests.world.packages import write_packages

# A judge that has hardly learnt takes all styles for likely, and draws the grounds of each of them.
pytestmark = pytest.mark.timeout(900)


def evaluate(folder: Path, *more: str) -> Result:
    options = ["--icons", str(folder / "icons"), "--judge", str(folder / "judge"), "--output", str(folder / "out")]
    return CliRunner().invoke(app, ["evaluate", *options, *more])


def test_it_prints_the_report_and_leaves_it(tmp_path: Path) -> None:
    write_packages(tmp_path / "icons")
    JudgeNetworks().save(tmp_path / "judge", {})
    tiny.save(tmp_path / "weights")
    sizes = ("--prompts", "2", "--seeds", "1", "--nouns", "6", "--skills", "counting", "--skills", "styles")
    ran = evaluate(tmp_path, "--weights", str(tmp_path / "weights"), *sizes)
    assert ran.exit_code == 0, ran.output
    assert "| counting | 2 |" in ran.stdout
    assert (tmp_path / "out" / "report.md").read_text() in ran.stdout
    assert (tmp_path / "out" / "styles.jpeg").is_file()


def test_it_trains_the_judge(tmp_path: Path) -> None:
    write_packages(tmp_path / "icons")
    ran = evaluate(tmp_path, "--train-judge", "--judge-steps", "1", "--nouns", "6", "--prompts", "2")
    assert ran.exit_code == 0, ran.output
    assert (tmp_path / "judge" / "judge.safetensors").is_file()
    assert "examined" in ran.stdout


def test_a_program_is_told_the_judge_as_json(tmp_path: Path) -> None:
    write_packages(tmp_path / "icons")
    ran = evaluate(tmp_path, "--train-judge", "--judge-steps", "1", "--nouns", "6", "--prompts", "2", "--json")
    told = json.loads(ran.stdout)
    assert told["judge"] == str(tmp_path / "judge")
    assert told["exam"]


def test_a_program_is_told_the_report_as_json(tmp_path: Path) -> None:
    write_packages(tmp_path / "icons")
    JudgeNetworks().save(tmp_path / "judge", {})
    tiny.save(tmp_path / "weights")
    sizes = ("--prompts", "2", "--seeds", "1", "--nouns", "6", "--skills", "styles", "--no-guidance")
    told = json.loads(evaluate(tmp_path, "--weights", str(tmp_path / "weights"), *sizes, "--json").stdout)
    assert told["skills"] == ["styles"]
    assert told["report"] == (tmp_path / "out" / "report.md").read_text()


def test_missing_icons_are_one_sentence(tmp_path: Path) -> None:
    JudgeNetworks().save(tmp_path / "judge", {})
    ran = evaluate(tmp_path)
    assert ran.exit_code == 1
    assert "run runs/fetch_icons.sh" in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


def test_a_missing_judge_is_one_sentence(tmp_path: Path) -> None:
    write_packages(tmp_path / "icons")
    ran = evaluate(tmp_path)
    assert ran.exit_code == 1
    assert "train one with seedbed evaluate --train-judge" in ran.stderr


def test_an_unknown_skill_is_one_sentence(tmp_path: Path) -> None:
    ran = evaluate(tmp_path, "--skills", "flying")
    assert ran.exit_code == 1
    assert "no skill is named flying" in ran.stderr
