from dataclasses import replace

import numpy as np
import pytest

from seedbed.compositor.layouts import GROUND_NAMES, layout_of
from seedbed.training.plans import plan_of
from seedbed.training.sprout import world_vocabulary
from seedbed.world.colours import OBJECT_COLOURS
from seedbed.world.lettering import letter_icon, sign_icon
from seedbed.world.nouns import NOUNS
from seedbed.world.scene import Scene
from seedbed.world.styles import STYLES
from seedbed.world.text import Sign
from tests.compositor.scenes import BROAD_WORD, CAT, CUT, DOTS, FOX, LARGE, PLAIN, SIGN, STUDIO, in_style, names_of

NAMES = names_of((PLAIN, SIGN, LARGE))


def _pastes(scene: Scene) -> np.ndarray:
    return layout_of([scene], NAMES).pastes


def test_a_layout_says_what_stands_behind() -> None:
    layout = layout_of([in_style(DOTS, "neon"), STUDIO], NAMES)
    assert (len(layout), layout.rows, layout.columns) == (2, 8, 8)
    assert [list(STYLES)[style] for style in layout.styles] == ["neon", "flat"]
    assert [GROUND_NAMES[ground] for ground in layout.grounds] == ["dots", "studio"]
    assert (GROUND_NAMES[layout.firsts[0]], GROUND_NAMES[layout.seconds[0]]) == ("pink", "white")
    assert layout.variants.tolist() == [0, 1]


def test_objects_are_pasted_where_they_stand_in_halves_of_cells() -> None:
    cat, fox = _pastes(PLAIN)
    assert [NAMES[paste["row"]] for paste in (cat, fox)] == [NOUNS[CAT].icon, NOUNS[FOX].icon]
    assert [list(paste[["side", "top", "left", "layer"]]) for paste in (cat, fox)] == [[3, 4, 0, 1], [2, 6, 10, 1]]
    assert (cat["colour"], list(OBJECT_COLOURS)[fox["colour"]]) == (-1, "blue")


def test_each_hand_has_its_own_rows() -> None:
    flat, glossy = (_pastes(in_style(PLAIN, style))["row"] for style in ("flat", "glossy"))
    assert (glossy - flat == len(NAMES)).all()


def test_places_outside_are_said_as_they_are() -> None:
    assert [(paste["top"], paste["left"]) for paste in _pastes(CUT)] == [(-2, -2), (12, 12), (6, 24)]


def test_objects_throw_shadows_in_their_order_where_there_are_any() -> None:
    assert _pastes(STUDIO)["shadow"].tolist() == [1, 2]
    assert _pastes(PLAIN)["shadow"].tolist() == [0, 0]


@pytest.mark.parametrize("margin", [0, 1])
def test_a_sign_is_where_its_plan_says(margin: int) -> None:
    text = SIGN.text
    assert text is not None
    scene = replace(SIGN, text=replace(text, margin=margin))
    board = sign_icon(4 + margin, 2)
    layout = layout_of([scene], (*NAMES, board))
    (sign,) = layout.pastes[layout.pastes["layer"] == 0]
    assert (*NAMES, board)[sign["row"]] == board
    planned = plan_of(scene, world_vocabulary().numbers).sign
    assert planned is not None
    # The board lies in the middle of its square; a plan's sign is always a cell wider than its letters.
    assert (sign["left"] - (1 - margin), sign["side"]) == (planned.left, 4 + margin)
    assert sign["top"] + sign["side"] - 2 == planned.top
    assert list(OBJECT_COLOURS)[sign["colour"]] == "white"


def test_letters_stand_in_their_order_and_small_ones_have_finer_strokes() -> None:
    small, large = (_pastes(scene) for scene in (replace(BROAD_WORD, objects=()), LARGE))
    for pastes, spelt in ((small, "OLA"), (large, "HOL")):
        assert [NAMES[row] for row in pastes["row"]] == [letter_icon(character) for character in spelt]
    assert small[["top", "left", "side"]].tolist() == [(4, 2, 1), (4, 4, 1), (4, 6, 1)]
    assert large[["top", "left", "side"]].tolist() == [(6, 2, 2), (6, 6, 2), (6, 10, 2)]
    for pastes, scene in ((small, BROAD_WORD), (large, LARGE)):
        assert scene.text is not None
        assert {scene.canvas.unit >> paste["halved"] for paste in pastes} == {scene.text.grain(scene.canvas.unit)}


def test_without_a_sign_nothing_lies_beneath() -> None:
    assert SIGN.text is not None
    bare = replace(SIGN, text=replace(SIGN.text, sign=None))
    assert (_pastes(bare)["layer"] == 1).all()
    assert len(_pastes(replace(SIGN, text=replace(SIGN.text, sign=Sign("blue"))))) == len(_pastes(bare)) + 1
