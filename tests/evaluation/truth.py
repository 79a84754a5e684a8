"""What a judge without fault would say."""

from dataclasses import replace
from itertools import count

from PIL import Image

from seedbed.evaluation.answers import Answer
from seedbed.evaluation.observation import Detection, Observation
from seedbed.evaluation.prompts import Item
from seedbed.request import AspectRatio
from seedbed.world.canvas import canvas_of
from seedbed.world.placed import Placed
from seedbed.world.scene import Scene

SQUARE = canvas_of(AspectRatio.SQUARE_1_1)
CAT, DOG, APPLE = 0, 1, 2
_seeds = count()


def scene(*objects: Placed, **fields: object) -> Scene:
    """A scene that says nothing but its objects."""
    bare = Scene(SQUARE, "glossy", False, "white", False, objects, relation_named=False)
    return replace(bare, **fields)  # type: ignore[arg-type]


def placed(noun: int = CAT, x: float = 0.5, y: float = 0.5, size: float = 0.4, **said: object) -> Placed:
    return Placed(noun, x, y, size, **said)  # type: ignore[arg-type]


def detection(
    noun: int | None = CAT, x: float = 0.5, y: float = 0.5, size: float = 0.4, colour: str = "red"
) -> Detection:
    return Detection(noun, 0.9, x, y, size, colour)


def observation(*detections: Detection, background: str = "white", style: str = "glossy") -> Observation:
    return Observation(detections, background, style)


def truth(scene: Scene) -> Observation:
    """All of a scene, as it is."""
    found = (Detection(one.noun, 1.0, one.x, one.y, one.size, one.colour or "gray") for one in scene.objects)
    return Observation(tuple(found), scene.background, scene.style, scene.text.word if scene.text else None)


def answer(item: Item, seen: Observation | None = None) -> Answer:
    """An answer, right unless `seen` says otherwise."""
    return Answer(item, next(_seeds), seen or truth(item.scene), Image.new("RGB", (8, 8)))
