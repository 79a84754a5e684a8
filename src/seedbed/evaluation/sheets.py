"""Contact sheets: pictures in rows, each with its prompt below and what the judge says of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from PIL import Image, ImageDraw, ImageFont

from seedbed.evaluation.answers import THUMBNAIL, Answer
from seedbed.evaluation.observation import Detection
from seedbed.world.nouns import NOUNS

__all__ = ["Entry", "answer_entry", "sheet"]

_GROUND, _INK, _GOOD, _BAD = "#f4f4f5", "#18181b", "#15803d", "#b91c1c"
_LINE, _GAP = 12, 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of a sheet."""

    picture: Image.Image
    text: str
    verdict: str = ""
    is_right: bool = True


def answer_entry(answer: Answer) -> Entry:
    """An answer with its prompt, and the claims that fail or, where none does, that all hold."""
    wrong = [claim.what for claim in answer.claims if claim.kind in answer.item.skill.judged and not claim.holds]
    seen = ", ".join(_said(one) for one in answer.seen.detections) or "nothing"
    verdict = f"not {', not '.join(wrong)}; sees {seen}" if wrong else "right"
    return Entry(answer.thumbnail, answer.item.prompt, verdict, not wrong)


def _said(one: Detection) -> str:
    return f"{one.colour} {'something' if one.noun is None else NOUNS[one.noun].name}"


def sheet(entries: Sequence[Entry], columns: int = 6, cell: int = THUMBNAIL + _GAP, lines: int = 6) -> Image.Image:
    """All entries in rows; a text longer than `lines` lines is cut."""
    height = cell + lines * _LINE + _GAP
    rows = -(-len(entries) // columns)
    whole = Image.new("RGB", (min(columns, len(entries)) * cell, rows * height), _GROUND)
    for number, entry in enumerate(entries):
        _put(whole, entry, number % columns * cell, number // columns * height, cell, lines)
    return whole


def _put(whole: Image.Image, entry: Entry, left: int, top: int, cell: int, lines: int) -> None:
    picture = entry.picture.copy()
    picture.thumbnail((cell - _GAP, cell - _GAP), Image.Resampling.LANCZOS)
    whole.paste(picture, (left + (cell - picture.width) // 2, top + (cell - picture.height) // 2))
    write = ImageDraw.Draw(whole)
    font = ImageFont.load_default(10)
    for number, (text, colour) in enumerate(list(_lines(entry, cell))[:lines]):
        write.text((left + _GAP // 2, top + cell + number * _LINE), text, fill=colour, font=font)


def _lines(entry: Entry, cell: int) -> Iterator[tuple[str, str]]:
    characters = max((cell - _GAP) // 5, 1)
    yield from ((line, _INK) for line in wrap(entry.text, characters))
    yield from ((line, _GOOD if entry.is_right else _BAD) for line in wrap(entry.verdict, characters))
