import io
from pathlib import Path

import pytest

from seedbed.cli.prompts import PromptFormat, Row, parse_seeds, read_prompts
from seedbed.errors import InvalidRequest
from seedbed.request import AspectRatio


def test_text_holds_a_prompt_a_line(tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_text("\ufeffa cat\n\n# no prompt\n  two owls  \n", encoding="utf-8")
    assert read_prompts(str(tmp_path / "prompts.txt")) == [Row("a cat"), Row("two owls")]


def test_csv_names_its_columns(tmp_path: Path) -> None:
    text = 'seed,prompt,note,aspect_ratio\n7,"a cat, sleeping",mine,classic_4_3\n,two owls,,\n'
    (tmp_path / "prompts.csv").write_text(text)
    assert read_prompts(str(tmp_path / "prompts.csv")) == [
        Row("a cat, sleeping", AspectRatio.CLASSIC_4_3, None, 7),
        Row("two owls"),
    ]


def test_a_spreadsheets_header_is_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\ufeffPrompt, Seed\na cat,7.0\n"))
    assert read_prompts("-", PromptFormat.CSV) == [Row("a cat", seed=7)]


def test_json_lines_use_the_apis_names(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = '{"prompt": "a cat", "guidance_scale": 4, "seed": null, "file": "x"}\n\n{"prompt": "an owl", "seed": 0}\n'
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert read_prompts("-", PromptFormat.JSONL) == [Row("a cat", None, 4.0), Row("an owl", None, None, 0)]


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("a.txt", "", "holds no prompts"),
        ("a.csv", "text\na cat\n", "the header"),
        ("a.csv", "prompt,seed\na cat,seven\n", "line 2"),
        ("a.csv", "prompt,seed\n,7\n", "line 2"),
        ("a.csv", "prompt;seed\na cat;7\n", "but: prompt;seed"),
        ("a.csv", "prompt\na cat, sleeping\n", "line 2: has more cells"),
        ("a.csv", 'prompt\n"a cat\n', "is no CSV"),
        ("a.csv", f'prompt\n"{"x" * 200_000}"\n', "is no CSV"),
        ("a.jsonl", "[" * 100_000, "line 1: is no JSON"),
        ("a.jsonl", '{"prompt": ["a cat"]}\n', "is no text"),
        ("a.jsonl", '{"prompt": "a cat", "seed": 7.5}\n', "no whole number"),
        ("a.jsonl", '{"prompt": "a cat", "seed": true}\n', "no number"),
        ("a.jsonl", '{"prompt": "a cat"}\n{"prompt": \n', "line 2"),
        ("a.jsonl", "[]\n", "line 1"),
        ("a.jsonl", '{"prompt": "a cat", "aspect_ratio": "16:9"}\n', "line 1"),
        ("a.jsonl", '{"prompt": "a cat", "guidance_scale": 30}\n', "line 1"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, name: str, text: str, place: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InvalidRequest, match=place):
        read_prompts(str(tmp_path / name))


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="cannot be read"):
        read_prompts(str(tmp_path / "none.txt"))


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("7", (7,)), ("1..4", (1, 2, 3, 4)), ("1,5, 9..11", (1, 5, 9, 10, 11)), ("3,1..3", (3, 1, 2))],
)
def test_seeds_are_single_ones_and_spans(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "a", "-1", "1..", "..3", "5..1", "1..99999", "1,,2", "1.5"])
def test_other_seeds_are_none(text: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_seeds(text)
