from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seedbed.request import AspectRatio
from seedbed.world.canvas import canvas_of
from seedbed.world.dataset import SCENES, generator
from seedbed.world.icons import IconLibrary
from seedbed.world.mix import DEFAULT
from seedbed.world.render import Window, render
from seedbed.world.scene import BACKGROUNDS, Canvas, Placed, Relation, Scene, draw_scene

WIDE = Canvas(192, 96)
EMPTY = Scene(WIDE, "glossy", False, "teal", True, (), None)


@pytest.fixture
def library(icons: Path) -> IconLibrary:
    return IconLibrary(icons)


def _changed(picture: np.ndarray, background: str) -> np.ndarray:
    """Where something stands, shape (height, width)."""
    changed: np.ndarray = (picture != np.asarray(BACKGROUNDS[background], np.uint8)).any(axis=2)
    return changed


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_an_empty_scene_is_its_background(library: IconLibrary, background: str) -> None:
    picture = render(replace(EMPTY, background=background), library)
    assert picture.shape == (96, 192, 3)
    assert picture.dtype == np.uint8
    assert not _changed(picture, background).any()


def test_an_object_covers_its_square_and_nothing_else(library: IconLibrary) -> None:
    scene = replace(EMPTY, objects=(Placed(0, 0.25, 0.5, 0.5),))
    rows, columns = np.nonzero(_changed(render(scene, library), "teal"))
    # The glossy fake fills the middle three quarters of its 48 pixels; shrunk, its edge reaches one further.
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (29, 66, 29, 66)


def test_what_reaches_over_the_edge_is_cut(library: IconLibrary) -> None:
    corner, outside = (replace(EMPTY, objects=(Placed(0, x, 0.0, 0.5),)) for x in (0.0, 2.0))
    assert _changed(render(corner, library), "teal")[:18, :18].all()
    assert not _changed(render(outside, library), "teal").any()


def test_the_first_object_stands_where_the_relation_says(library: IconLibrary) -> None:
    cat, dog = Placed(0, 0.25, 0.5, 0.5), Placed(40, 0.75, 0.5, 0.5)
    picture = render(replace(EMPTY, objects=(cat, dog), relation=Relation.LEFT_OF), library)
    alone = render(replace(EMPTY, objects=(cat,)), library)
    assert np.array_equal(picture[:, :96], alone[:, :96])
    assert not np.array_equal(picture[48, 144], picture[48, 48])


@pytest.mark.parametrize("ratio", AspectRatio)
def test_a_larger_canvas_shows_the_same_picture(library: IconLibrary, ratio: AspectRatio) -> None:
    for number in range(5):
        scene = draw_scene(np.random.default_rng((2, number)), canvas_of(ratio))
        small, large = (render(replace(scene, canvas=scene.canvas.enlarged(f)), library) for f in (1, 2))
        shrunk = np.asarray(Image.fromarray(large).reduce(2))
        # Lines are drawn where neighbouring pixels differ, so that fewer pixels show some of them elsewhere.
        times = 5 if scene.style in ("line art", "neon") else 1
        assert np.abs(shrunk.astype(int) - small).mean() < 0.5 * times
        assert (np.abs(shrunk.astype(int) - small) > 64).mean() < 0.002 * times


def test_what_stands_on_a_studio_table_throws_a_soft_shadow(library: IconLibrary) -> None:
    bare = replace(EMPTY, background="studio")
    stands = replace(bare, objects=(Placed(0, 0.25, 0.5, 0.5),))
    darker = render(bare, library).astype(int).sum(axis=2) - render(stands, library).astype(int).sum(axis=2)
    # Below the object, which ends at row 65, and nowhere near the other half.
    assert darker[69, 48] > 60
    assert darker[69, 48] > darker[69, 34] > 3
    assert abs(darker[:, 140:]).max() == 0


def test_a_coloured_object_is_drawn_in_its_colour(library: IconLibrary) -> None:
    scene = replace(EMPTY, background="white", objects=(Placed(0, 0.25, 0.5, 0.5, "green"),))
    red, green, blue = np.median(render(scene, library)[32:64, 32:64].reshape(-1, 3), axis=0)
    assert green > 1.5 * max(red, blue)


@pytest.mark.parametrize("number", range(12))
def test_a_window_shows_what_the_whole_picture_shows_there(library: IconLibrary, number: int) -> None:
    scene = draw_scene(generator(1, SCENES, number), canvas_of(AspectRatio.CLASSIC_4_3), DEFAULT)
    whole, part = render(scene, library), render(scene, library, Window(40, 64, 128, 96))
    assert np.array_equal(part, whole[64:160, 40:168])
