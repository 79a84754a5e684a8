"""Letters and the signs behind them as pictures: glyphs of a font, and rounded boards."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from seedbed.errors import ConfigurationError

__all__ = ["FONT", "letter_icon", "letter_png", "sign_icon", "sign_svg"]

FONT = Path("archivo", "package", "files", "archivo-latin-700-normal.woff")
"""Where `runs/fetch_icons.sh` unpacks it. The format is WOFF, which FreeType reads, and so Pillow does."""
_PREFIX = "text-"
_CAPITAL, _WIDEST = 0.74, 0.88
"""A capital's height, and the widest letter's width, as shares of its square."""
_GREY = 128
"""Letters and signs always take a colour; this is what it replaces."""


def letter_icon(character: str) -> str:
    """What the icon of a character is called."""
    return f"{_PREFIX}{character}"


def sign_icon(columns: int, rows: int) -> str:
    """What the icon of a sign of so many cells is called; it lies in the middle of a square of `columns` cells."""
    return f"{_PREFIX}sign-{columns}x{rows}"


def sign_svg(icon: str) -> str | None:
    """The SVG of a sign's icon; None for any other."""
    if not icon.startswith(f"{_PREFIX}sign-"):
        return None
    columns, rows = (int(cells) for cells in icon.rpartition("-")[2].split("x"))
    # In units of a twentieth of a cell, so that every sign has the same border and corners.
    width, height = 20 * columns, 20 * rows
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}"><rect x="1" '
        f'y="{(width - height) / 2 + 1}" width="{width - 2}" height="{height - 2}" rx="5" '
        f'fill="rgb({_GREY},{_GREY},{_GREY})" stroke="#333" stroke-width="1.6"/></svg>'
    )


def letter_png(icon: str, font: Path, side: int) -> bytes | None:
    """A letter's icon as a PNG, `side` pixels wide and high; None for any other icon.

    Raises `ConfigurationError` where the font is missing.
    """
    if len(icon) != len(_PREFIX) + 1 or not icon.startswith(_PREFIX):
        return None
    glyph = _glyph(icon[-1], font, side)
    alpha = Image.new("L", (side, side))
    alpha.paste(glyph, ((side - glyph.width) // 2, 0))
    picture, file = Image.new("RGBA", (side, side), (_GREY, _GREY, _GREY, 0)), BytesIO()
    picture.putalpha(alpha)
    picture.save(file, "PNG")
    return file.getvalue()


def _glyph(character: str, path: Path, side: int) -> Image.Image:
    """The character's ink, as high as the square and only as wide as it is; capitals stand in the middle."""
    font = _font(path, side)
    _, top, _, baseline = font.getbbox("H", anchor="ls")
    left, _, right, _ = font.getbbox(character, anchor="ls")
    ink = Image.new("L", (round(right - left), side))
    down = (side - (baseline - top)) / 2 - top
    ImageDraw.Draw(ink).text((-left, down), character, fill=255, font=font, anchor="ls")
    widest = round(_WIDEST * side)
    return ink if ink.width <= widest else ink.resize((widest, side), Image.Resampling.LANCZOS)


def _font(path: Path, side: int) -> ImageFont.FreeTypeFont:
    """The font at the size that makes capitals as high as they are to be in a square of `side` pixels."""
    try:
        _, top, _, baseline = ImageFont.truetype(path, 1000).getbbox("H", anchor="ls")
        return ImageFont.truetype(path, 1000 * _CAPITAL * side / (baseline - top))
    except OSError as error:
        raise ConfigurationError(f"the font is not at {path}: run runs/fetch_icons.sh") from error
