"""The judge: says what a picture shows. It learnt from rendered scenes only and never saw one of Sprout's pictures."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from seedbed.errors import CheckpointError, ConfigurationError
from seedbed.evaluation.finder import Finder, Found, apart, peaks
from seedbed.evaluation.namer import Namer, Names, crops
from seedbed.evaluation.observation import Detection, Observation
from seedbed.evaluation.pixels import SIDE, body_mask, ground_colour, object_colour
from seedbed.world.canvas import Canvas
from seedbed.world.colours import BACKGROUNDS, RGB
from seedbed.world.icons import ICON_SETS, IconLibrary
from seedbed.world.nouns import NOUNS
from seedbed.world.render import render
from seedbed.world.scene import Scene
from seedbed.world.wording import SCENERY_TAGS, STYLE_WORDS

__all__ = ["GROUNDS", "STYLES", "Judge", "JudgeNetworks", "ground_of", "picture_tensor"]

GROUNDS = ("plain", "gradient", "stripes", "dots", *SCENERY_TAGS)
"""The kinds of background that it tells apart."""
STYLES = tuple(STYLE_WORDS)
_WEIGHTS, _CARD = "judge.safetensors", "judge.json"
_SURE = 0.4
"""The heat from which on something is an object."""
_KNOWN = 0.3
"""The chance from which on an object is called by a noun (GenEval's threshold)."""


class JudgeNetworks(nn.Module):
    """Both networks under the names that their tensors have on disk."""

    def __init__(self) -> None:
        super().__init__()
        self.finder = Finder(len(GROUNDS), len(STYLES))
        self.namer = Namer(len(NOUNS), len(STYLES))

    def save(self, folder: Path, exam: dict[str, Any]) -> None:
        """Write the weights, in half their bytes, and `exam`: how well the judge did on scenes it had not seen."""
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {name: _halved(tensor).contiguous() for name, tensor in self.state_dict().items()}
        save_file(tensors, folder / _WEIGHTS)
        card = {"nouns": [noun.name for noun in NOUNS], "grounds": GROUNDS, "styles": STYLES, "exam": exam}
        (folder / _CARD).write_text(json.dumps(card, indent=1), encoding="utf-8")


@dataclass(frozen=True)
class Judge:
    """Trained networks, and the icons that tell it where on an object to read its colour."""

    networks: JudgeNetworks
    icons: IconLibrary
    exam: dict[str, Any] = field(default_factory=dict)
    """What it scored on rendered scenes that it had not seen."""

    @classmethod
    def from_pretrained(cls, folder: Path, icons: IconLibrary) -> "Judge":
        """Read what `JudgeNetworks.save` wrote.

        Raises `ConfigurationError` where there is no judge, `CheckpointError` where it is damaged or of another world.
        """
        if not (folder / _WEIGHTS).is_file():
            raise ConfigurationError(f"there is no judge in {folder}: train one with seedbed evaluate --train-judge")
        networks = JudgeNetworks()
        try:
            card = json.loads((folder / _CARD).read_text(encoding="utf-8"))
            networks.load_state_dict({name: t.float() for name, t in load_file(folder / _WEIGHTS).items()})
        except (OSError, SafetensorError, RuntimeError, ValueError) as error:
            raise CheckpointError(f"the judge in {folder} cannot be read: {error}") from error
        if card.get("nouns") != [noun.name for noun in NOUNS] or card.get("styles") != list(STYLES):
            raise CheckpointError(f"the judge in {folder} was trained on another world: train it again")
        return cls(networks.eval().requires_grad_(False), icons, card["exam"])

    @torch.inference_mode()
    def look(self, picture: Image.Image, canvas: Canvas) -> Observation:
        """What the picture shows; it is looked at in the canvas's size."""
        pixels = picture_tensor(picture, canvas)[None]
        maps = self.networks.finder(pixels)
        found, names = self._named(pixels, peaks(maps, _SURE)[0])
        array = np.ascontiguousarray(((pixels[0] + 1) / 2).permute(1, 2, 0).numpy())
        style = _style(maps.style[0], names)
        detections = tuple(self._detections(array, canvas, style, found, names)) if names else ()
        return Observation(detections, self._ground(maps.ground[0], array, found, style), style)

    def _named(self, pixels: Tensor, found: list[Found]) -> tuple[list[Found], Names | None]:
        """The objects where the namer sees them, in two steps, and what it calls them; None where there are none."""
        if not found:
            return [], None
        found = apart(_stepped(found, self._looked_at(pixels, found)))
        names = self._looked_at(pixels, found)
        return _stepped(found, names), names

    def _looked_at(self, pixels: Tensor, found: Sequence[Found]) -> Names:
        names: Names = self.networks.namer(crops(pixels, [(0, one.x, one.y, one.side) for one in found]))
        return names

    def _detections(
        self, array: np.ndarray, canvas: Canvas, style: str, found: Sequence[Found], names: Names
    ) -> Iterator[Detection]:
        chances, nouns = names.noun.softmax(-1).max(-1)
        for one, chance, noun in zip(found, chances.tolist(), nouns.tolist(), strict=True):
            if noun < len(NOUNS):
                yield self._detection(array, canvas, style, one, chance, noun)

    def _detection(
        self, array: np.ndarray, canvas: Canvas, style: str, one: Found, chance: float, noun: int
    ) -> Detection:
        colour = object_colour(array, (one.x, one.y, one.side), self._body(style, noun))
        x, y, size = one.x / canvas.width, one.y / canvas.height, one.side / canvas.short_side
        return Detection(noun if chance >= _KNOWN else None, chance, x, y, size, colour)

    def _body(self, style: str, noun: int) -> np.ndarray:
        hand = style if style in ICON_SETS else "glossy"
        if (hand, noun) not in self._bodies:
            self._bodies[hand, noun] = body_mask(self.icons.sprite(hand, NOUNS[noun].icon, SIDE))
        return self._bodies[hand, noun]

    @cached_property
    def _bodies(self) -> dict[tuple[str, int], np.ndarray]:
        return {}

    def _ground(self, logits: Tensor, array: np.ndarray, found: Sequence[Found], style: str) -> str:
        kind = GROUNDS[int(logits.argmax())]
        if kind != "plain":
            return kind
        return ground_colour(array, [(one.x, one.y, one.side) for one in found], self._plain(style)) or "uneven"

    def _plain(self, style: str) -> dict[str, RGB]:
        """What plain grounds look like in a style: not the colour that they are called in each of them."""
        if style not in self._plains:
            empty = {name: Scene(Canvas(32, 32), style, True, name, True, ()) for name in BACKGROUNDS}
            self._plains[style] = {name: _middle(render(scene, self.icons)) for name, scene in empty.items()}
        return self._plains[style]

    @cached_property
    def _plains(self) -> dict[str, dict[str, RGB]]:
        return {}


def _style(whole: Tensor, names: Names | None) -> str:
    """The style that the whole picture and, where there are any, its objects speak for."""
    chances = whole.log_softmax(-1)
    return STYLES[int((chances if names is None else chances + names.style.log_softmax(-1).mean(0)).argmax())]


def _stepped(found: Sequence[Found], names: Names) -> list[Found]:
    """The objects after the namer's steps."""
    steps = zip(found, names.step.tolist(), strict=True)
    return [
        Found(one.x + across * one.side, one.y + down * one.side, one.side * math.exp(growth), one.heat)
        for one, (across, down, growth) in steps
    ]


def ground_of(scene: Scene) -> str:
    """The kind of a scene's background, one of `GROUNDS`."""
    return "plain" if scene.background in BACKGROUNDS else scene.background


def picture_tensor(picture: Image.Image, canvas: Canvas) -> Tensor:
    """A picture in the canvas's size and in -1..1, (3, height, width)."""
    fitted = picture.convert("RGB").resize((canvas.width, canvas.height), Image.Resampling.BOX)
    return torch.from_numpy(np.array(fitted)).permute(2, 0, 1).float() / 127.5 - 1.0


def _halved(tensor: Tensor) -> Tensor:
    return tensor.half() if tensor.is_floating_point() else tensor


def _middle(picture: np.ndarray) -> RGB:
    red, green, blue = (int(value) for value in np.median(picture.reshape(-1, 3), axis=0))
    return red, green, blue
