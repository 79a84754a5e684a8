"""The judge: says what a picture shows. It knows rendered scenes only and never saw one of Sprout's pictures.

Two networks guess where objects may stand; what stands there, and what is behind all, is what the renderer's own
picture of it explains best.
"""

import json
import math
from collections.abc import Sequence
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
from seedbed.evaluation.finder import Finder, Found, peaks
from seedbed.evaluation.grounds import GroundMatcher
from seedbed.evaluation.matcher import Match, Matcher
from seedbed.evaluation.namer import Namer, Names, crops
from seedbed.evaluation.observation import Detection, Observation
from seedbed.evaluation.pixels import SIDE, body_mask, free_pixels, ground_colour, object_colour
from seedbed.evaluation.templates import Report, Templates
from seedbed.world.canvas import Canvas
from seedbed.world.colours import BACKGROUNDS, RGB
from seedbed.world.icons import ICON_SETS, IconLibrary
from seedbed.world.nouns import NOUNS
from seedbed.world.render import render
from seedbed.world.scene import Scene
from seedbed.world.styles import STYLES as RULES
from seedbed.world.wording import SCENERY_TAGS, STYLE_WORDS

__all__ = ["GROUNDS", "STYLES", "Judge", "JudgeNetworks", "ground_of", "picture_tensor"]

GROUNDS = ("plain", "gradient", "stripes", "dots", *SCENERY_TAGS)
"""The kinds of background that it tells apart."""
STYLES = tuple(STYLE_WORDS)
_WEIGHTS, _CARD = "judge.safetensors", "judge.json"
_LIKELY, _SURE = 0.2, 0.4
"""The heat from which on something may be an object, and from which on it is one."""
_EVIDENT = 0.7
"""The share explained from which on what looks so is there, whatever the networks say."""
_RECOGNISED = 0.5
"""The share explained below which an object is called by no noun."""
_MORE = 1.15
"""How many times more one object must explain than several in its place."""
_APART = 0.4
"""Centres nearer than this share of the larger side are one object."""
_CLOSE, _WHOLE = 0.08, 0.07
"""How near shares are that are looked at closely, and how near places are to whole cells that stand there."""
_TRUST, _NOISE = 0.1, 0.02
"""How much the whole picture's style counts beside its objects', and what of an object no look explains."""
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
    """Networks that find objects, and templates that name them."""

    networks: JudgeNetworks
    icons: IconLibrary
    """Tell it where on an object to read its own colour."""
    matcher: Matcher
    exam: dict[str, Any] = field(default_factory=dict)
    """What it scored on rendered scenes that it had not seen."""

    @classmethod
    def from_pretrained(
        cls, folder: Path, icons: IconLibrary, nouns: int = len(NOUNS), report: Report = lambda _done, _all: None
    ) -> "Judge":
        """Read what `JudgeNetworks.save` wrote; the first so many nouns are compared with.

        `report` hears of templates being drawn, where they were not yet.

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
        return cls(
            networks.eval().requires_grad_(False), icons, Matcher(Templates.of(icons, nouns, report)), card["exam"]
        )

    @torch.inference_mode()
    def look(self, picture: Image.Image, canvas: Canvas) -> Observation:
        """What the picture shows; it is looked at in the canvas's size."""
        pixels = picture_tensor(picture, canvas)[None]
        maps = self.networks.finder(pixels)
        found = peaks(maps, _LIKELY)[0]
        array = np.ascontiguousarray(((pixels[0] + 1) / 2).permute(1, 2, 0).numpy())
        ground = self._even(maps.ground[0], array, found)
        matches = self._matches(pixels, found, ground)
        looks = [self._styles((pixels[0] + 1) / 2, one, ground, canvas) for one in matches]
        style = self._style(_speak(maps.style[0], looks), array, matches, canvas)
        matches = self._in_front(array, matches, style, canvas)
        detections = tuple(self._detection(array, canvas, one) for one in matches)
        return Observation(detections, self._ground(array, matches, style, canvas), style)

    def _matches(self, pixels: Tensor, found: Sequence[Found], ground: Tensor | None) -> list[Match]:
        """What stands in the picture, the one that explains most of it first."""
        if not found:
            return []
        names: Names = self.networks.namer(crops(pixels, [(0, one.x, one.y, one.side) for one in found]))
        picture = (pixels[0] + 1) / 2
        guesses = zip(found, _stepped(found, names), strict=True)
        matches = [self.matcher.match(picture, pair, ground) for pair in guesses]
        nothing = names.noun.argmax(-1) == len(NOUNS)
        sure = [
            one
            for one, box, none in zip(matches, found, nothing.tolist(), strict=True)
            if one.explained >= (_EVIDENT if none or box.heat < _SURE else 0.0)
        ]
        return _one_by_one([*sure, *self._whole(picture, found, sure, ground)])

    def _whole(
        self, picture: Tensor, found: Sequence[Found], matches: Sequence[Match], ground: Tensor | None
    ) -> list[Match]:
        """One large object, where that explains more than what was taken for several or for a part of it."""
        if all(one.explained >= _EVIDENT for one in matches):
            return []
        height, width = picture.shape[-2:]
        square = _around(found, min(height, width))
        whole = self.matcher.match(picture, [square], ground)
        parts = sum(one.energy for one in matches if _covered(one, [whole]) > 0.5)
        return [whole] if whole.energy > _MORE * parts else []

    def _styles(self, picture: Tensor, one: Match, ground: Tensor | None, canvas: Canvas) -> dict[str, float]:
        """What a look of each style explains of an object; where that is close, of one drawn in its full size."""
        best = max(one.styles.values())
        close = [style for style, share in one.styles.items() if share > best - _CLOSE]
        if len(close) < 2:
            return one.styles
        box = _in_cells(one, canvas.unit)
        pixels = round(box.side)
        drawn = {style: self._sprite(one, style, pixels, canvas.unit) for style in close}
        shares = {style: self.matcher.explained(picture, box, sprite, ground) for style, sprite in drawn.items()}
        # Those that are not close stay behind by as much as they were.
        behind = max(shares.values()) - best
        return {style: shares.get(style, share + behind) for style, share in one.styles.items()}

    def _style(self, spoken: dict[str, float], array: np.ndarray, matches: Sequence[Match], canvas: Canvas) -> str:
        """The style that objects and ground together speak for most."""
        chosen, most = STYLES[0], -math.inf
        for style in sorted(spoken, key=lambda style: -spoken[style]):
            # Even a ground that it explained wholly would not bring this one forward, nor those behind it.
            if spoken[style] - math.log(_NOISE) <= most:
                break
            ground = self._grounds.ground(array, _boxes(matches), style, canvas)
            together = spoken[style] - math.log(ground.unexplained + _NOISE)
            chosen, most = (style, together) if together > most else (chosen, most)
        return chosen

    def _in_front(self, array: np.ndarray, matches: Sequence[Match], style: str, canvas: Canvas) -> list[Match]:
        """Those that are no part of the scenery: a window is the room's, and a hill no envelope."""
        kept = list(matches)
        doubtful = [one for one in matches if one.explained < _EVIDENT]
        for one in sorted(doubtful, key=lambda one: one.explained):
            others = [other for other in kept if other is not one]
            ground = self._grounds.ground(array, _boxes(others), style, canvas)
            if ground.shows(array, _boxes([one])[0], _boxes(others)):
                kept = others
        return kept

    def _sprite(self, one: Match, style: str, pixels: int, unit: int) -> Tensor:
        """The object in another style, (4, pixels, pixels)."""
        colour = one.look.colour if one.look.colour in RULES[style].colours else None
        sprite = self.icons.sprite(style, NOUNS[one.look.noun].icon, pixels, colour, unit)
        return torch.from_numpy(sprite).permute(2, 0, 1)

    def _detection(self, array: np.ndarray, canvas: Canvas, one: Match) -> Detection:
        noun, colour = one.look.noun, one.look.colour
        if colour is None:
            colour = object_colour(array, (one.x, one.y, one.side), self._body(one.look.style, noun))
        x, y, size = one.x / canvas.width, one.y / canvas.height, one.side / canvas.short_side
        known = one.chance >= _KNOWN and one.explained >= _RECOGNISED
        return Detection(noun if known else None, one.chance, x, y, size, colour, one.readings if known else ())

    def _body(self, style: str, noun: int) -> np.ndarray:
        hand = style if style in ICON_SETS else "glossy"
        if (hand, noun) not in self._bodies:
            self._bodies[hand, noun] = body_mask(self.icons.sprite(hand, NOUNS[noun].icon, SIDE))
        return self._bodies[hand, noun]

    @cached_property
    def _bodies(self) -> dict[tuple[str, int], np.ndarray]:
        return {}

    def _even(self, logits: Tensor, array: np.ndarray, found: Sequence[Found]) -> Tensor | None:
        """The colour of a plain ground, (3,) in 0..1; None where it is not plain."""
        if GROUNDS[int(logits.argmax())] != "plain":
            return None
        return torch.from_numpy(np.median(free_pixels(array, _boxes(found)), axis=0))

    def _ground(self, array: np.ndarray, found: Sequence[Match], style: str, canvas: Canvas) -> str:
        boxes = _boxes(found)
        kind = self._grounds.ground(array, boxes, style, canvas).kind
        return kind if kind != "plain" else ground_colour(array, boxes, self._plain(style)) or "uneven"

    @cached_property
    def _grounds(self) -> GroundMatcher:
        return GroundMatcher(self.icons.backgrounds)

    def _plain(self, style: str) -> dict[str, RGB]:
        """What plain grounds look like in a style: not the colour that they are called in each of them."""
        if style not in self._plains:
            empty = {name: Scene(Canvas(32, 32), style, True, name, True, ()) for name in BACKGROUNDS}
            self._plains[style] = {name: _middle(render(scene, self.icons)) for name, scene in empty.items()}
        return self._plains[style]

    @cached_property
    def _plains(self) -> dict[str, dict[str, RGB]]:
        return {}


def _speak(whole: Tensor, objects: Sequence[dict[str, float]]) -> dict[str, float]:
    """What speaks for each style: how much the objects look like it, and where they leave it open, the whole picture.

    objects: what a look of each style explains of each.
    """
    chances: dict[str, float] = dict(zip(STYLES, whole.log_softmax(-1).tolist(), strict=True))

    def speaks_for(style: str) -> float:
        left = (1.0 - shares.get(style, min(shares.values())) for shares in objects)
        return _TRUST * chances[style] - sum(math.log(max(share, 0.0) + _NOISE) for share in left)

    return {style: speaks_for(style) for style in STYLES}


def _in_cells(one: Match, unit: int) -> Found:
    """Where it stands, in whole cells if it is as good as there: that is where styles lay their blocks and strokes."""
    side = _nearly_whole(one.side, unit, one.side)
    left, top = (_nearly_whole(at - one.side / 2, unit, one.side) for at in (one.x, one.y))
    return Found(left + side / 2, top + side / 2, side, 1.0)


def _nearly_whole(length: float, unit: int, side: float) -> float:
    whole = unit * round(length / unit)
    return float(whole) if abs(length - whole) < _WHOLE * side else length


def _one_by_one(matches: Sequence[Match]) -> list[Match]:
    """Those that explain most, and of what lies within them nothing again."""
    kept: list[Match] = []
    for one in sorted(matches, key=lambda one: -one.energy):
        near = any(max(abs(one.x - o.x), abs(one.y - o.y)) < _APART * max(one.side, o.side) for o in kept)
        if not near and _covered(one, kept) < 0.5:
            kept.append(one)
    return kept


def _covered(one: Match, others: Sequence[Match]) -> float:
    """The largest share of its square that another's covers."""

    def length(at: float, other: float, side: float) -> float:
        return max(min(at + one.side / 2, other + side / 2) - max(at - one.side / 2, other - side / 2), 0.0)

    areas = (length(one.x, other.x, other.side) * length(one.y, other.y, other.side) for other in others)
    return float(max(areas, default=0.0)) / (one.side * one.side)


def _around(found: Sequence[Found], most: int) -> Found:
    """The square around all that was found, as large as the picture at most."""
    left, top = (min(at - one.side / 2 for one in found for at in (getattr(one, axis),)) for axis in "xy")
    right, bottom = (max(at + one.side / 2 for one in found for at in (getattr(one, axis),)) for axis in "xy")
    return Found((left + right) / 2, (top + bottom) / 2, float(min(max(right - left, bottom - top), most)), 1.0)


def _boxes(found: Sequence[Found] | Sequence[Match]) -> list[tuple[float, float, float]]:
    return [(one.x, one.y, one.side) for one in found]


def _stepped(found: Sequence[Found], names: Names) -> list[Found]:
    """The objects where the namer sees them."""
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
