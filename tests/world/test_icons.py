import shutil
from pathlib import Path

import numpy as np
import pytest

from seedbed.errors import ConfigurationError
from seedbed.world.icons import MASTERS, IconLibrary
from seedbed.world.nouns import NOUNS
from tests.world.packages import write_packages

CAT = NOUNS[0].icon


@pytest.mark.parametrize("style", ["flat", "glossy"])
@pytest.mark.parametrize("pixels", [8, 100, 768, 800])
def test_a_sprite_has_the_size_asked_for(icons: Path, style: str, pixels: int) -> None:
    sprite = IconLibrary(icons).sprite(style, CAT, pixels)
    assert sprite.shape == (pixels, pixels, 4)
    assert sprite.dtype == np.float32


def test_colours_are_premultiplied(icons: Path) -> None:
    sprite = IconLibrary(icons).sprite("flat", CAT, 64)
    alpha = sprite[..., 3:]
    assert (sprite[0, 0] == 0).all()
    assert (alpha[32, 20] == 1).all()
    assert ((alpha > 0) & (alpha < 1)).any()
    assert (sprite[..., :3] <= alpha + 1 / 255).all()


def test_each_style_has_its_own_hand(icons: Path) -> None:
    library = IconLibrary(icons)
    assert not np.array_equal(library.sprite("flat", CAT, 64), library.sprite("glossy", CAT, 64))


def test_what_was_rasterised_once_is_read_back(tmp_path: Path) -> None:
    first = IconLibrary(write_packages(tmp_path)).sprite("flat", CAT, 64)
    shutil.rmtree(tmp_path / "noto")
    assert np.array_equal(IconLibrary(tmp_path).sprite("flat", CAT, 64), first)
    assert [path.name for path in (tmp_path / "raster" / f"flat-{MASTERS[0]}").iterdir()] == [f"{CAT}.png"]


def test_a_missing_package_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"noto.*runs/fetch_icons\.sh"):
        IconLibrary(tmp_path).sprite("flat", CAT, 64)
