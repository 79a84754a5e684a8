"""How Sprout behaves as its request's other fields change: guidance, seed, aspect ratio."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.evaluation.answers import Answer, answers, score
from seedbed.evaluation.intervals import Share
from seedbed.evaluation.judge import Judge
from seedbed.evaluation.pixels import saturation
from seedbed.evaluation.prompts import SKILLS, Item, frozen_prompts
from seedbed.evaluation.scope import Scope
from seedbed.evaluation.sources import Source, drawn, render_scene, rendered
from seedbed.request import AspectRatio, Resolution
from seedbed.world.captions import plain_caption
from seedbed.world.dataset import ASKED, generator
from seedbed.world.icons import IconLibrary
from seedbed.world.mix import WorldMix
from seedbed.world.scene import Scene, draw_scene

__all__ = [
    "GUIDANCE_SCALES",
    "Diversity",
    "GuidancePoint",
    "RatioRow",
    "cut_off",
    "diversity",
    "guidance_curve",
    "is_repeatable",
    "ratios",
]

GUIDANCE_SCALES = (0.0, 1.0, 2.5, 5.0, 10.0, 20.0)
_CUT = 0.1
"""The share of its side from which on an object counts as cut."""
_DIVERSITY_STREAM = 10**9
"""Where in the stream of what is asked the renders to compare with are drawn from: beyond all prompts."""

Report = Callable[[], None]


@dataclass(frozen=True, slots=True)
class GuidancePoint:
    """What pictures are like at one guidance scale."""

    scale: float | None
    """None for the renderer's pictures of the same scenes."""
    adherence: Share
    saturation: float
    """Mean saturation, 0 to 1."""
    clipped: float
    """The share of pixels with a channel at 0 or 255."""


@dataclass(frozen=True, slots=True)
class Diversity:
    """How far pictures of one prompt are from each other, as root mean square difference of pixels in 0..1."""

    drawn: float
    rendered: float
    """The same among renders that the prompt describes as well."""


@dataclass(frozen=True, slots=True)
class RatioRow:
    """What becomes of pictures in one aspect ratio."""

    aspect_ratio: AspectRatio
    score: Share
    uncut: Share
    """Pictures in which the cut to the exact ratio takes no named object more than a tenth of its side."""
    worst: float
    """The largest share of a side that was cut off a named object."""


def guidance_curve(
    items: Sequence[Item], pipeline: SproutPipeline, judge: Judge, report: Report
) -> list[GuidancePoint]:
    """One point for each of `GUIDANCE_SCALES`, one seed an item, and the renderer's own as the last."""
    points = [_point(scale, items, drawn(pipeline, scale), judge, report) for scale in GUIDANCE_SCALES]
    return [*points, _point(None, items, rendered(judge.icons), judge, report)]


def _point(scale: float | None, items: Sequence[Item], source: Source, judge: Judge, report: Report) -> GuidancePoint:
    measured: list[tuple[float, float]] = []

    def measuring(item: Item, seed: int) -> Image.Image:
        picture = source(item, seed)
        pixels = np.asarray(picture)
        clipped = ((pixels == 0) | (pixels == 255)).any(-1).mean()
        measured.append((saturation(pixels.astype(np.float32) / 255.0), float(clipped)))
        return picture

    found = answers(items, measuring, judge, report, seeds=1)
    colourful, clipped = np.mean(measured, axis=0).tolist() if measured else (0.0, 0.0)
    return GuidancePoint(scale, score(found), colourful, clipped)


def diversity(
    pipeline: SproutPipeline, icons: IconLibrary, prompts: int, seeds: int, scope: Scope, report: Report
) -> Diversity:
    """The mean over some prompts that name one object and nothing else."""
    skill = replace(SKILLS["one object"], mix=replace(SKILLS["one object"].mix, background_named=0.0, style_named=0.0))
    source = drawn(pipeline)
    spread: list[tuple[float, float]] = []
    for number, item in enumerate(frozen_prompts(skill, prompts, seeds, scope)):
        asked = replace(item, prompt=plain_caption(item.scene))
        ours = []
        for seed in asked.seeds:
            ours.append(source(asked, seed))
            report()
        rng = generator(0, ASKED, _DIVERSITY_STREAM + number)
        scenes = [_another(rng, item.scene, skill.mix) for _ in asked.seeds]
        spread.append((_distance(ours), _distance([render_scene(scene, icons) for scene in scenes])))
    return Diversity(*np.mean(spread, axis=0).tolist())


def _another(rng: np.random.Generator, scene: Scene, mix: WorldMix) -> Scene:
    """Another scene that the same words describe: the same noun, everything unsaid drawn anew."""
    other = draw_scene(rng, scene.canvas, mix)
    return replace(other, objects=(replace(other.objects[0], noun=scene.objects[0].noun),))


def _distance(pictures: Sequence[Image.Image]) -> float:
    """The mean distance of all pairs."""
    small: list[NDArray[np.float32]] = [
        np.asarray(picture.resize((64, 64), Image.Resampling.BOX), np.float32) / 255.0 for picture in pictures
    ]
    return float(np.mean([np.sqrt(np.mean((a - b) ** 2)) for a, b in combinations(small, 2)] or [0.0]))


def is_repeatable(items: Iterable[Item], pipeline: SproutPipeline, report: Report) -> bool:
    """Whether the same prompt and seed give the same pixels twice, and another seed others."""
    source = drawn(pipeline)
    alike = []
    for item in items:
        first, again, other = (source(item, seed).tobytes() for seed in (item.seeds[0], item.seeds[0], item.seeds[-1]))
        alike.append(first == again and (first != other or item.seeds[0] == item.seeds[-1]))
        report()
    return all(alike)


def ratios(of: Sequence[Answer]) -> list[RatioRow]:
    """The answers by aspect ratio: their scores, and what the cut to the exact ratio does to named objects."""
    groups: dict[AspectRatio, list[Answer]] = defaultdict(list)
    for answer in of:
        groups[answer.item.aspect_ratio].append(answer)
    return [_row(ratio, groups[ratio]) for ratio in AspectRatio if groups[ratio]]


def _row(ratio: AspectRatio, group: list[Answer]) -> RatioRow:
    losses = [loss for answer in group if (loss := cut_off(answer)) is not None]
    uncut = Share(sum(loss <= _CUT for loss in losses), len(losses))
    return RatioRow(ratio, score(group), uncut, max(losses, default=0.0))


def cut_off(answer: Answer) -> float | None:
    """The largest share of its side that a named object loses in the exact ratio; None where none was found."""
    named = {placed.noun for placed in answer.item.scene.objects}
    canvas = answer.item.scene.canvas
    size = answer.item.aspect_ratio.pixel_size(Resolution.TWO_K)
    scale = min(canvas.width / size.width, canvas.height / size.height)
    losses = [0.0]
    found = [detection for detection in answer.seen.detections if detection.noun in named]
    for detection in found:
        side = detection.size * canvas.short_side
        centre = (detection.x * canvas.width, detection.y * canvas.height)
        lengths = ((canvas.width, size.width * scale), (canvas.height, size.height * scale))
        losses += [_lost(at, side, length, kept) for at, (length, kept) in zip(centre, lengths, strict=True)]
    return max(losses) if found else None


def _lost(at: float, side: float, length: float, kept: float) -> float:
    """What the cut takes of a side that is centred `at`, of what the canvas showed of it, as a share of the side."""
    first, last = max(at - side / 2, 0.0), min(at + side / 2, length)
    margin = (length - kept) / 2
    shown = max(min(last, length - margin) - max(first, margin), 0.0)
    return max((last - first - shown) / side, 0.0)
