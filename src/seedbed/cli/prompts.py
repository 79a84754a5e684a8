"""Prompts as people keep them: one a line, or a table with more columns, as CSV or JSON lines."""

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from seedbed.errors import InvalidParam, InvalidRequest
from seedbed.request import DEFAULT_GUIDANCE_SCALE, AspectRatio, GenerationRequest

__all__ = ["PromptFormat", "Row", "parse_seeds", "read_prompts"]

MAX_SEEDS: Final = 10_000
_COLUMNS = ("prompt", "aspect_ratio", "guidance_scale", "seed")


class PromptFormat(StrEnum):
    """How a file of prompts is written."""

    TEXT = "text"
    """One prompt a line; blank lines and those that begin with # are left out."""
    CSV = "csv"
    """A header that names the columns: prompt, and aspect_ratio, guidance_scale, seed where wanted."""
    JSONL = "jsonl"
    """One object a line, with the API's own names; a manifest of ours is one, too."""


@dataclass(frozen=True, slots=True)
class Row:
    """One prompt of a file; what it leaves open, the command line decides."""

    prompt: str
    aspect_ratio: AspectRatio | None = None
    guidance_scale: float | None = None
    seed: int | None = None


def read_prompts(source: str, written: PromptFormat | None = None) -> list[Row]:
    """The prompts of a file, or of standard input where `source` is `-`.

    Without `written`, the file's suffix tells how it is written. Raises `InvalidRequest`, which names the line.
    """
    text = sys.stdin.read().removeprefix("\ufeff") if source == "-" else _text(Path(source))
    suffixes = {".csv": PromptFormat.CSV, ".jsonl": PromptFormat.JSONL, ".ndjson": PromptFormat.JSONL}
    kind = written or suffixes.get(Path(source).suffix.lower(), PromptFormat.TEXT)
    rows = [_row(number, fields) for number, fields in _READERS[kind](text)]
    if not rows:
        raise _wrong(source, "holds no prompts")
    return rows


def parse_seeds(text: str) -> tuple[int, ...]:
    """Seeds as in `1..8` or `1,5,9..12`. Raises `InvalidRequest`."""
    seeds: list[int] = []
    for part in text.split(","):
        first, dots, last = part.strip().partition("..")
        if not first.isdecimal() or (dots and not last.isdecimal()):
            raise _wrong("seeds", f"{part.strip()!r} is no seed; write 7, 1..8 or 1,5,9..12")
        span = range(int(first), int(last or first) + 1)
        if not span:
            raise _wrong("seeds", f"{part.strip()!r} holds none; the smaller one goes first")
        if len(seeds) + len(span) > MAX_SEEDS:
            raise _wrong("seeds", f"{part.strip()!r} makes more than {MAX_SEEDS}")
        seeds.extend(span)
    return tuple(dict.fromkeys(seeds))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _wrong(str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _wrong(str(path), "cannot be read: it is no UTF-8 text") from error


def _lines(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, {"prompt": line.strip()}


def _table(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
        if "prompt" not in reader.fieldnames:
            raise _wrong("the header", f"names no column prompt, but: {', '.join(reader.fieldnames) or 'nothing'}")
        for row in reader:
            if None in row:
                raise _wrong(f"line {reader.line_num}", "has more cells than the header; a comma wants quotation marks")
            yield reader.line_num, {name: value for name, value in row.items() if name and value not in ("", None)}
    except csv.Error as error:
        raise _wrong(f"line {reader.line_num}", f"is no CSV: {error}") from error


def _objects(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _wrong(f"line {number}", f"is no JSON: {getattr(error, 'msg', error)}") from error
        if not isinstance(fields, dict):
            raise _wrong(f"line {number}", "is no JSON object")
        yield number, fields


_READERS = {PromptFormat.TEXT: _lines, PromptFormat.CSV: _table, PromptFormat.JSONL: _objects}


def _row(number: int, fields: Mapping[str, Any]) -> Row:
    said = {name: fields[name] for name in _COLUMNS if fields.get(name) is not None}
    try:
        shape, scale, seed = said.get("aspect_ratio"), said.get("guidance_scale"), said.get("seed")
        row = Row(
            _prompt(said.get("prompt", "")),
            None if shape is None else _shape(shape),
            None if scale is None else _number("guidance_scale", scale),
            None if seed is None else _whole_number("seed", seed),
        )
        scale = DEFAULT_GUIDANCE_SCALE if row.guidance_scale is None else row.guidance_scale
        GenerationRequest(row.prompt, row.aspect_ratio or AspectRatio.SQUARE_1_1, scale, row.seed)
    except InvalidRequest as error:
        raise _wrong(f"line {number}", str(error)) from error
    return row


def _prompt(said: Any) -> str:
    if isinstance(said, str):
        return said
    raise _wrong("prompt", f"{said!r} is no text")


def _shape(said: Any) -> AspectRatio:
    try:
        return AspectRatio(said)
    except ValueError:
        raise _wrong("aspect_ratio", f"{said!r} is none of {', '.join(AspectRatio)}") from None


def _number(name: str, said: Any) -> float:
    # What Python takes for a number besides: true is 1.
    if not isinstance(said, bool):
        with suppress(ValueError, TypeError, OverflowError):
            return float(said)
    raise _wrong(name, f"{said!r} is no number")


def _whole_number(name: str, said: Any) -> int:
    number = _number(name, said)
    if not number.is_integer():
        raise _wrong(name, f"{said!r} is no whole number")
    return int(number)


def _wrong(what: str, reason: str) -> InvalidRequest:
    return InvalidRequest(InvalidParam(what, reason))
