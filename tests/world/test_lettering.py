from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seedbed.errors import ConfigurationError
from seedbed.world.icons import IconLibrary
from seedbed.world.lettering import FONT, letter_icon, letter_png, sign_icon, sign_svg
from seedbed.world.text import CHARACTERS


def _ink(icons: Path, character: str) -> np.ndarray:
    png = letter_png(letter_icon(character), icons / FONT, 64)
    assert png is not None
    return np.asarray(Image.open(BytesIO(png)))[..., 3]


def test_all_letters_differ_and_lie_within_their_squares(icons: Path) -> None:
    glyphs = {character: _ink(icons, character) for character in CHARACTERS}
    assert len({glyph.tobytes() for glyph in glyphs.values()}) == len(CHARACTERS)
    for glyph in glyphs.values():
        assert glyph.shape == (64, 64)
        assert glyph.max() > 200
        edges = (glyph[0], glyph[-1], glyph[:, 0], glyph[:, -1])
        assert max(int(edge.max()) for edge in edges) == 0


def test_capitals_stand_on_one_line(icons: Path) -> None:
    for character in "EFHLT":
        rows = np.flatnonzero(_ink(icons, character).max(1) > 127)
        assert abs(rows[0] - 8) <= 1
        assert abs(rows[-1] - 55) <= 1


def test_a_missing_font_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="fetch_icons"):
        letter_png(letter_icon("A"), tmp_path / FONT, 64)


def test_other_icons_are_neither(icons: Path) -> None:
    for icon in ("cat", "text", sign_icon(3, 2)):
        assert letter_png(icon, icons / FONT, 64) is None
    assert sign_svg("cat") is None


def test_a_letter_takes_exactly_its_colour(icons: Path) -> None:
    sprite = IconLibrary(icons).sprite("flat", letter_icon("H"), 64, "red")
    solid = sprite[sprite[..., 3] > 0.999][:, :3]
    assert np.abs(solid - np.array([222, 48, 48]) / 255.0).max() < 0.02


def test_a_sign_is_as_wide_as_its_square_and_lower(icons: Path) -> None:
    sprite = IconLibrary(icons).sprite("flat", sign_icon(4, 2), 128, "white")
    assert sprite[64, 4:124, 3].min() > 0.99
    assert sprite[:30, :, 3].max() < 0.01
    assert sprite[64, 2, 0] < sprite[64, 64, 0]  # a border
