from dataclasses import replace
from typing import Any, cast

from PIL import Image

from seedbed.evaluation.exam import Exam, examine
from seedbed.evaluation.intervals import Share
from seedbed.evaluation.judge import Judge
from seedbed.evaluation.observation import Detection, Observation
from seedbed.request import AspectRatio
from seedbed.world.canvas import Canvas, canvas_of
from seedbed.world.dataset import EXAMINED, generator
from seedbed.world.icons import IconLibrary
from seedbed.world.mix import DEFAULT
from seedbed.world.scene import draw_held_out_scene
from tests.evaluation.truth import truth

MIX = replace(DEFAULT, nouns=30, backgrounds=(("plain", 1.0),), styles=(("flat", 1.0), ("glossy", 1.0)))
SCENES = 21


class _Scripted:
    """Says the truth of one scene after the other, as `spoiled` by the test."""

    def __init__(self, icons: IconLibrary, spoiled: Any = lambda seen: seen) -> None:
        self.icons = icons
        self.spoiled = spoiled
        self.number = 0

    def look(self, _picture: Image.Image, canvas: Canvas) -> Observation:
        scene = draw_held_out_scene(generator(0, EXAMINED, self.number), canvas, MIX)
        assert canvas == canvas_of(list(AspectRatio)[self.number % len(AspectRatio)])
        self.number += 1
        seen: Observation = self.spoiled(truth(scene))
        return seen


def _exam(icons: IconLibrary, spoiled: Any = lambda seen: seen) -> Exam:
    return examine(cast(Judge, _Scripted(icons, spoiled)), MIX, SCENES, lambda: None)


def _with(seen: Observation, **change: Any) -> Observation:
    return replace(seen, detections=tuple(replace(one, **change) for one in seen.detections))


def test_who_says_the_truth_has_everything_right(library: IconLibrary) -> None:
    exam = _exam(library)
    assert all(getattr(exam, name).value == 1.0 for name in Exam.__slots__)
    assert exam.named.trials > SCENES
    assert exam.grounds == Share(SCENES, SCENES)
    assert exam.coloured.trials > 0


def test_each_fault_costs_what_it_is_about(library: IconLibrary) -> None:
    nameless = _exam(library, lambda seen: _with(seen, noun=None))
    assert (nameless.named.value, nameless.found.value) == (0.0, 1.0)
    astray = _exam(library, lambda seen: _with(seen, x=2.0))
    assert (astray.found.value, astray.real.value) == (0.0, 0.0)
    colourless = _exam(library, lambda seen: _with(seen, colour="none"))
    assert (colourless.coloured.value, colourless.named.value) == (0.0, 1.0)
    groundless = _exam(library, lambda seen: replace(seen, background="beach", style="neon"))
    assert (groundless.grounds.value, groundless.styles.value) == (0.0, 0.0)


def test_seeing_what_is_not_there_is_counted(library: IconLibrary) -> None:
    ghost = Detection(3, 0.9, 0.01, 0.01, 0.1, "red")
    exam = _exam(library, lambda seen: replace(seen, detections=(*seen.detections, ghost)))
    assert exam.real.value < 0.8
    assert exam.named.value == 1.0


def test_its_shares_go_into_a_file_with_their_intervals(library: IconLibrary) -> None:
    shares = _exam(library).shares()
    assert set(shares) == set(Exam.__slots__)
    assert shares["named"][0] == 1.0
    assert shares["named"][1] < 1.0
