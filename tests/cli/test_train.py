from pathlib import Path

from typer.testing import CliRunner, Result

from seedbed.cli.main import app


def train(folder: Path, recipe: str) -> Result:
    options = {"--recipe": recipe, "--icons": folder, "--run": folder / "run", "--output": folder / "weights"}
    return CliRunner().invoke(app, ["train", *(str(word) for pair in options.items() for word in pair)])


def test_an_unknown_recipe_is_one_sentence(tmp_path: Path) -> None:
    ran = train(tmp_path, "huge")
    assert ran.exit_code == 1
    assert ran.stderr == "seedbed: no recipe is named huge; there are sprout, sprout-colours, sprout-cpu, tiny\n"


def test_missing_icons_are_one_sentence_that_says_how_to_get_them(tmp_path: Path) -> None:
    ran = train(tmp_path, "tiny")
    assert ran.exit_code == 1
    assert "run runs/fetch_icons.sh" in ran.stderr
    assert not (tmp_path / "weights").exists()
