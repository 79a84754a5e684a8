"""Reads the word in a picture with tesseract, a program of its own (Debian: tesseract-ocr), where it is installed.

It has never seen Sprout either, nor our font: what it reads, people read.
"""

import shutil
import subprocess
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from seedbed.world.canvas import Canvas
from seedbed.world.text import CHARACTERS, Text

__all__ = ["can_read", "edits", "read"]

_PROGRAM = "tesseract"
_LETTER = 64
"""Pixels that a letter's square is brought to: tesseract reads neither tiny nor huge letters."""
_AROUND = 0.2
"""What is read around the word's squares, as a share of a cell: less than there is to a sign's border."""
_BORDER = 0.1
"""How much of a sign without a margin is its border, as a share of a cell: it reads like an I."""
_WAIT = 60.0
"""Seconds after which the program is taken to hang."""


def can_read() -> bool:
    """Whether the program is there."""
    return shutil.which(_PROGRAM) is not None


def read(picture: Image.Image, text: Text, canvas: Canvas) -> str:
    """What stands in `picture` where the word should: capitals and digits, or nothing.

    The picture is of `canvas`, at any size.
    """
    page, file = _dark_on_white(_cut(picture, text, canvas)), BytesIO()
    if page.getextrema() == (255, 255):
        return ""  # tesseract sees letters in a blank page
    page.save(file, "PNG")
    is_one_line = text.box[3] == text.size
    settings = ("--psm", "7" if is_one_line else "6", "-c", f"tessedit_char_whitelist={CHARACTERS}")
    done = subprocess.run(  # noqa: S603
        (shutil.which(_PROGRAM) or _PROGRAM, "stdin", "stdout", *settings),
        input=file.getvalue(),
        capture_output=True,
        timeout=_WAIT,
        check=True,
        env={"OMP_THREAD_LIMIT": "1"},
    )
    return "".join(done.stdout.decode("utf-8", "replace").split())


def _cut(picture: Image.Image, text: Text, canvas: Canvas) -> Image.Image:
    """The word's part of the picture, in grey."""
    left, top, columns, rows = text.box
    scale = picture.width / canvas.columns
    aside = _AROUND if text.margin else -_BORDER
    box = (left - aside, top - _AROUND, left + columns + aside, top + rows + _AROUND)
    cut = picture.convert("L").crop(tuple(round(side * scale) for side in box))  # type: ignore[arg-type]
    shrink = _LETTER / (text.size * scale)
    return cut.resize((round(cut.width * shrink), round(cut.height * shrink)), Image.Resampling.LANCZOS)


def _dark_on_white(cut: Image.Image) -> Image.Image:
    """Letters black and the rest white, whichever was lighter: letters cover less than half."""
    pixels = np.asarray(cut, np.float32)
    darkest, lightest = np.percentile(pixels, (2, 98))
    light = pixels > (darkest + lightest) / 2
    letters = light if light.mean() < 0.5 else ~light
    return ImageOps.expand(Image.fromarray(np.where(letters, 0, 255).astype(np.uint8)), _LETTER // 3, 255)


def edits(read: str, word: str) -> int:
    """The fewest characters to insert, delete or change until the one is the other (Levenshtein 1966)."""
    row = list(range(len(word) + 1))
    for number, character in enumerate(read, 1):
        diagonal, row[0] = row[0], number
        for place, wanted in enumerate(word, 1):
            diagonal, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, diagonal + (character != wanted))
    return row[-1]
