import numpy as np
import pytest
import torch

from seedbed.compositor.atlas import HANDS, Atlas, icon_names
from seedbed.compositor.pages import Compositor
from seedbed.compositor.squares import pictures_of
from seedbed.world.colours import OBJECT_COLOURS
from seedbed.world.icons import IconLibrary
from seedbed.world.lettering import letter_icon, sign_icon
from seedbed.world.nouns import NOUNS
from seedbed.world.styles import STYLES
from tests.compositor.scenes import CAT

UNIT = 64
# The library rounds sprites to 1 / 255, and its blurs are of three boxes; lines are drawn where a blur is steep.
APART = dict.fromkeys(STYLES, 0.0025) | {"flat": 0.0005, "glossy": 0.0005, "line art": 0.005, "neon": 0.008}
ICONS = (NOUNS[CAT].icon, letter_icon("H"), sign_icon(5, 2))


@pytest.fixture(scope="module")
def atlas(compositor: Compositor) -> Atlas:
    return compositor.atlas


def _colour(style: str, colour: str) -> int:
    return list(OBJECT_COLOURS).index(colour) if colour in STYLES[style].colours else -1


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("side", "grain"), [(1, 32), (2, 64), (7, 64)])
def test_sprites_are_what_the_library_draws(
    atlas: Atlas, library: IconLibrary, style: str, side: int, grain: int
) -> None:
    wanted = [(icon, colour) for icon in ICONS for colour in (-1, _colour(style, "green"))]
    rows = torch.tensor([atlas.row_of(style, icon) for icon, _ in wanted])
    sprites = atlas.sprites(style, rows, torch.tensor([colour for _, colour in wanted]), side, UNIT, grain)
    names = (*OBJECT_COLOURS, None)
    meant = np.stack([library.sprite(style, icon, side * UNIT, names[colour], grain) for icon, colour in wanted])
    apart = (sprites - torch.from_numpy(meant).permute(0, 3, 1, 2)).abs().mean((1, 2, 3))
    assert float(apart.max()) < APART[style]


def test_sprites_in_squares_are_the_same_sprites(atlas: Atlas) -> None:
    rows, own = torch.tensor([atlas.row_of("flat", icon) for icon in ICONS]), torch.full((len(ICONS),), -1)
    squares = atlas.cells("flat", rows, own, 2, UNIT, UNIT)
    assert squares.shape == (len(ICONS), 4, 4, 4, 32, 32)
    assert torch.equal(pictures_of(squares), atlas.sprites("flat", rows, own, 2, UNIT, UNIT))


def test_an_atlas_has_a_row_for_each_icon_and_hand(atlas: Atlas) -> None:
    rows = {atlas.row_of(style, name) for style in STYLES for name in atlas.names}
    assert rows == set(range(len(HANDS) * len(atlas.names)))
    assert atlas.masters.shape[0] == len(rows) == len(atlas.bodies)


def test_all_that_scenes_show_has_a_name() -> None:
    names = icon_names(24)
    assert len(set(names)) == len(names)
    assert names[:24] == tuple(noun.icon for noun in NOUNS[:24])
    assert {letter_icon("A"), letter_icon("9"), sign_icon(12, 2), sign_icon(5, 3)} <= set(names)
