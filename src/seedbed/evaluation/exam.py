"""How good the judge itself is, on rendered scenes that it has not seen: who trusts its scores must know."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from seedbed.evaluation.intervals import Share
from seedbed.evaluation.judge import Judge, ground_of
from seedbed.evaluation.observation import Detection, Observation
from seedbed.request import AspectRatio
from seedbed.world.canvas import canvas_of
from seedbed.world.colours import BACKGROUNDS
from seedbed.world.dataset import EXAMINED, generator
from seedbed.world.icons import ICON_SETS
from seedbed.world.mix import WorldMix
from seedbed.world.placed import Placed
from seedbed.world.render import render
from seedbed.world.scene import Scene, draw_held_out_scene

__all__ = ["Exam", "examine"]

_NEAR = 0.3
"""How far, as a share of its side, an object's centre may be from where it was found."""


@dataclass(frozen=True, slots=True)
class Exam:
    """What the judge got right, each as successes of trials."""

    named: Share
    """Objects found where they are and called by their noun."""
    found: Share
    """Objects found where they are, whatever they were called."""
    real: Share
    """What it found that is an object."""
    coloured: Share
    """Objects in a named colour and in an icon set's own hand, rightly named, whose colour it told."""
    grounds: Share
    """Backgrounds told: the colour of the plain ones, the kind of the others."""
    styles: Share
    """Styles told, of scenes with objects."""

    def __add__(self, other: "Exam") -> "Exam":
        return Exam(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def shares(self) -> dict[str, list[float]]:
        """Each share with its interval, for a file."""
        return {name: [round(value, 4) for value in _with_interval(share)] for name, share in _fields(self)}


def examine(judge: Judge, mix: WorldMix, scenes: int, report: Callable[[], None], seed: int = 0) -> Exam:
    """The judge's exam on `scenes` scenes with combinations that it never learnt from, in every shape in turn."""
    total = Exam(*(Share(0, 0) for _ in Exam.__slots__))
    for number in range(scenes):
        canvas = canvas_of(list(AspectRatio)[number % len(AspectRatio)])
        scene = draw_held_out_scene(generator(seed, EXAMINED, number), canvas, mix)
        seen = judge.look(Image.fromarray(render(scene, judge.icons)), canvas)
        total = total + _marked(scene, seen)
        report()
    return total


def _marked(scene: Scene, seen: Observation) -> Exam:
    pairs = [(placed, found) for placed in scene.objects for found in _at(scene, placed, seen)[:1]]
    named = [(placed, found) for placed, found in pairs if placed.noun == found.noun]
    coloured = [(placed, found) for placed, found in named if placed.colour and scene.style in ICON_SETS]
    objects = len(scene.objects)
    expected = scene.background if scene.background in BACKGROUNDS else ground_of(scene)
    return Exam(
        Share(len(named), objects),
        Share(len(pairs), objects),
        Share(min(len(pairs), len(seen.detections)), len(seen.detections)),
        Share(sum(placed.colour == found.colour for placed, found in coloured), len(coloured)),
        Share(int(seen.background == expected), 1),
        Share(int(bool(objects) and seen.style == scene.style), int(bool(objects))),
    )


def _at(scene: Scene, placed: Placed, seen: Observation) -> list[Detection]:
    """What was found where an object is."""
    short = scene.canvas.short_side

    def is_near(found: Detection) -> bool:
        across = abs(found.x - placed.x) * scene.canvas.width / short
        down = abs(found.y - placed.y) * scene.canvas.height / short
        return max(across, down) < _NEAR * placed.size

    return [found for found in seen.detections if is_near(found)]


def _fields(exam: Exam) -> Iterator[tuple[str, Share]]:
    yield from ((name, getattr(exam, name)) for name in exam.__slots__)


def _with_interval(share: Share) -> tuple[float, float, float]:
    return share.value, *share.interval
