import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from seedbed.cli.main import app
from tests.engine.images_server import images_server


@pytest.fixture(autouse=True)
def noop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEEDBED_MODEL", "noop")
    monkeypatch.chdir(tmp_path)


def generate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["generate", *arguments])


def test_a_picture_lands_where_it_shall(tmp_path: Path) -> None:
    ran = generate("two owls", "-o", "owls.jpeg", "--aspect-ratio", "widescreen_16_9", "--seed", "7")
    assert ran.exit_code == 0, ran.output
    assert "owls.jpeg" in ran.stdout
    assert "seed 7" in ran.stdout
    with Image.open(tmp_path / "owls.jpeg") as image:
        assert image.format == "JPEG"
        assert image.width / image.height == pytest.approx(16 / 9, rel=0.02)


def test_the_same_seed_gives_the_same_bytes_and_none_gives_another_each_time(tmp_path: Path) -> None:
    def drawn(name: str, *arguments: str) -> bytes:
        assert generate("a cat", "-o", name, *arguments).exit_code == 0
        return (tmp_path / name).read_bytes()

    assert drawn("a.jpeg", "--seed", "3") == drawn("b.jpeg", "--seed", "3")
    assert drawn("c.jpeg") != drawn("d.jpeg")


@pytest.mark.parametrize(
    "arguments",
    [
        ("",),
        ("a" * 4097,),
        ("a cat", "--seed", "-1"),
        ("a cat", "--seed", "2147483648"),
        ("a cat", "--guidance-scale", "nan"),
        ("a cat", "--guidance-scale", "20.5"),
        ("a cat", "--aspect-ratio", "16:9"),
        ("a cat", "-o", "no/such/folder.jpeg"),
        ("a cat", "-o", "."),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_anything_is(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ran = generate(*arguments)
    assert ran.exit_code == 2
    assert isinstance(ran.exception, SystemExit)
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_there_is_not_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_MODEL", "dall-e")
    ran = generate("a cat")
    assert ran.exit_code == 1
    assert ran.stderr.startswith("seedbed: SEEDBED_MODEL=dall-e: the models are sprout, ")
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("Tongyi-MAI/Z-Image-Turbo", "guidance_scale has no effect on this model"),
        ("Qwen/Qwen-Image-2512", "guidance_scale: the model does not go so far; 19 was applied"),
    ],
)
def test_what_a_foreign_model_does_otherwise_is_told(tmp_path: Path, model: str, told: str) -> None:
    with images_server(models=(model,)) as server:
        arguments = ["generate", "a cat", "--guidance-scale", "20", "-o", str(tmp_path / "cat.jpeg")]
        ran = CliRunner().invoke(app, arguments, env={"SEEDBED_MODEL": f"openai+{server.url}/{model}"})
    assert (ran.exit_code, ran.stderr.strip()) == (0, told)


def test_many_pictures_go_into_a_folder_and_go_on_where_they_stopped(tmp_path: Path) -> None:
    arguments = ("two owls", "--seeds", "1..3", "--ratios", "square_1_1,classic_4_3", "--grid", "-o", "owls")
    ran = generate(*arguments)
    assert ran.exit_code == 0, ran.output
    files = sorted(path.name for path in (tmp_path / "owls").iterdir())
    assert len([name for name in files if name.startswith("0")]) == 6
    assert {"grid.jpeg", "manifest.jsonl"} <= set(files)
    with Image.open(tmp_path / "owls" / "grid.jpeg") as grid:
        assert grid.size == (3 * 320, 2 * 360)
    again = generate(*arguments)
    assert again.stdout.count("(there already)") == 6
    # What is no terminal gets no bar.
    assert again.stderr == ""


def test_on_a_terminal_the_bar_and_what_is_told_share_no_line(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "seedbed", "generate", "two owls", "--seeds", "1..3", "-o", str(tmp_path)]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"}):
        os.close(theirs)
        seen = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)
    assert "1/3" in seen
    # Each begins where a line was left or cleared.
    assert len(re.findall(r"(?:\n|\x1b\[2K)[^\n\x1b]*000\d-two-owls-\d\.jpeg", seen)) == 3


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Nobody holds its other end any more.
        return b""


def test_prompts_come_from_standard_input() -> None:
    ran = CliRunner().invoke(app, ["generate", "--from", "-", "-o", "out", "--json"], input="a cat\ntwo owls\n")
    assert ran.exit_code == 0, ran.output
    assert [json.loads(line)["prompt"] for line in ran.stdout.splitlines()] == ["a cat", "two owls"]


def test_one_picture_told_as_json() -> None:
    told = json.loads(generate("a cat", "--seed", "5", "--json").stdout)
    assert told == {
        "file": "seedbed.jpeg",
        "size": "64x64",
        "seed": 5,
        "model": "noop",
        "ignored_words": [],
        "read_as": [],
    }


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("a cat", "--from", "-"),
        ("a cat", "--seeds", "x"),
        ("a cat", "--seeds", ""),
        ("a cat", "--seeds", "1..2", "--seed", "1"),
        ("a cat", "--server", "http://127.0.0.1:8000", "--resolution", "1k"),
        ("a cat", "--ratios", "16:9"),
        ("--from", "no-such-file.txt"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert generate(*arguments).exit_code == 2
    assert list(tmp_path.iterdir()) == []
