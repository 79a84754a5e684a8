"""Which template a part of a picture looks most like, and where exactly it stands: analysis by synthesis.

A template t with opacity a before a ground b shows t + (1 - a) b. With y the picture less its ground, what a template
leaves unexplained is |y - (t - a b)|²; what it explains, |y|² less that, is what templates and places compete in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from seedbed.evaluation.finder import Found
from seedbed.evaluation.observation import Reading
from seedbed.evaluation.templates import COARSE, FINE, Look, Templates

__all__ = ["Match", "Matcher", "poses"]

_KEPT, _FEW = 96, 16
"""Looks that are compared closely, of all, and most closely, of those."""
_WELL = 0.8
"""The share explained from which on nobody looks further."""
_ROUNDS, _GAIN = 2, 1.05
"""How often it looks further, and what that must gain to be done again."""
_ELSEWHERE = 0.15
"""How far another place is from the first, in sides or in the logarithm of their ratio."""
_FURTHEST = 0.13
"""How far an object is from a guess, in sides or in the logarithm of their ratio, that was no good one."""
_SHARPNESS = 0.12
"""A noun that leaves so much more unexplained than the best, as a share of it, is e times as unlikely."""
_LEAST = 0.02
"""What is always taken to be unexplained, as a share: no picture is exact."""
_ALIKE = 0.03
"""Two looks that differ by no more than this share of what stands out from the ground are told apart by nobody."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a part of a picture looks like."""

    look: Look
    chance: float
    """How surely it is that noun and none other, 0 to 1."""
    x: float
    """Its centre and side, in pixels."""
    y: float
    side: float
    explained: float
    """The share of what stands out from the ground that it explains."""
    energy: float
    """How much it explains, over all its pixels."""
    readings: tuple[Reading, ...]
    """The look's own, and others that the renderer draws all but alike."""
    styles: dict[str, float]
    """The most that a look of each style explains, as a share."""

    @property
    def box(self) -> Found:
        """Where it stands."""
        return Found(self.x, self.y, self.side, 1.0)


class _Algebra(NamedTuple):
    """Templates as the sums that distances are made of; `pixels` are those of one colour."""

    linear: Tensor
    """t and a, (looks, 4 pixels)."""
    quadratic: Tensor
    """a t and a², (looks, 4 pixels)."""
    own: Tensor
    """|t|², (looks,)."""

    @classmethod
    def of(cls, templates: Tensor) -> "_Algebra":
        colour, opacity = templates[:, :3], templates[:, 3:]
        quadratic = torch.cat((colour * opacity, opacity**2), dim=1).flatten(1)
        return cls(templates.flatten(1), quadratic, (colour**2).flatten(1).sum(1))

    def explained(self, parts: Tensor, behind: Tensor) -> Tensor:
        """What each look explains of each part, (looks, parts).

        parts: (parts, 3, side, side) in 0..1. behind: their ground, of the same shape or with one for all.
        """
        out = parts - behind
        inner = self.linear @ torch.cat((out, -(out * behind).sum(1, keepdim=True)), dim=1).flatten(1).T
        weights = torch.cat((-2.0 * behind, (behind**2).sum(1, keepdim=True)), dim=1).flatten(1)
        return 2.0 * inner - self.own[:, None] - self.quadratic @ weights.T


def poses(reach: float, steps: int, scales: Sequence[float]) -> Tensor:
    """Shifts in sides of a box, and logarithms of what its side is multiplied by, (poses, 3)."""
    shifts = torch.linspace(-reach, reach, steps)
    growths = torch.tensor([math.log(scale) for scale in scales])
    return torch.cartesian_prod(shifts, shifts, growths)


_NEAR = poses(0.07, 3, (0.91, 1.0, 1.1))
_NEAR = _NEAR[(_NEAR[:, :2] == 0).any(1)]  # no corners: those are within reach of what comes next
_WIDE = poses(0.27, 5, (0.6, 0.71, 0.84, 1.0, 1.18, 1.4))
_CLOSE = poses(0.03, 3, (0.955, 1.0, 1.045))
_CLOSEST = poses(0.012, 3, (0.98, 1.0, 1.02))
_STILL = torch.zeros(1, 3)


@dataclass(frozen=True)
class Matcher:
    """Compares parts of pictures with templates."""

    templates: Templates

    @cached_property
    def _coarse(self) -> _Algebra:
        return _Algebra.of(self.templates.coarse)

    @cached_property
    def _coarsest(self) -> _Algebra:
        return _Algebra.of(functional.avg_pool2d(self.templates.coarse, 2))

    def match(self, picture: Tensor, boxes: Sequence[Found], ground: Tensor | None) -> Match:
        """The best match in or about any of `boxes`, which are guesses at one object's place.

        picture: (3, height, width) in 0..1. ground: the colour of a plain one, (3,); None where it is not plain.
        """
        best, guess = self._best_of(picture, boxes, ground), boxes[0]
        for _ in range(_ROUNDS):
            if best.explained >= _WELL and _is_about(best, guess):
                break
            guess = guess if best.explained < _WELL else best.box
            other = self._best_of(picture, self._wide(picture, guess, ground), ground)
            gained = other.energy > _GAIN * best.energy
            best = max(best, other, key=lambda one: one.energy)
            if not gained:
                break
            guess = best.box
        return best

    def explained(self, picture: Tensor, box: Found, sprite: Tensor, ground: Tensor | None) -> float:
        """The share that a sprite in `box`, premultiplied RGBA (4, side, side), explains of what stands out there."""
        (part,), (behind,) = _parts(picture, box, _STILL, ground, sprite.shape[-1])
        left = part - behind - sprite[:3] + sprite[3:] * behind
        return 1.0 - float((left**2).sum() / ((part - behind) ** 2).sum().clamp(min=1e-6))

    def _best_of(self, picture: Tensor, boxes: Sequence[Found], ground: Tensor | None) -> Match:
        """The best match about the first box that serves well, or else about any of them."""
        found: list[Match] = []
        for box in boxes:
            found.append(self._best(picture, box, _NEAR, ground))
            if found[-1].explained >= _WELL:
                break
        return max(found, key=lambda one: one.energy)

    def _wide(self, picture: Tensor, box: Found, ground: Tensor | None) -> list[Found]:
        """The box moved to the two places where the most can be explained, at a glance."""
        parts, behind = _parts(picture, box, _WIDE, ground, COARSE // 2)
        energy = (self._coarsest.explained(parts, behind) * _areas(_WIDE)).amax(0)
        first = _WIDE[int(energy.argmax())]
        elsewhere = (_WIDE - first).abs().amax(1) > _ELSEWHERE
        second = _WIDE[int(torch.where(elsewhere, energy, -torch.inf).argmax())]
        return [_moved(box, first), _moved(box, second)]

    def _best(self, picture: Tensor, box: Found, about: Tensor, ground: Tensor | None) -> Match:
        parts, behind = _parts(picture, box, about, ground, COARSE)
        energy = self._coarse.explained(parts, behind) * _areas(about)
        surest = energy.amax(1).topk(min(_KEPT, len(energy))).indices
        looks, box = surest.tolist(), _moved(box, about[int(energy[surest[0]].argmax())])
        templates = self.templates.fine(looks)
        found = _compared(picture, [box] * len(looks), _CLOSE, ground, templates)
        few = sorted(range(len(looks)), key=lambda n: -found[n].energy)[:_FEW]
        again = _compared(picture, [found[n].box for n in few], _CLOSEST, ground, templates[few])
        found = [*found]
        for n, one in zip(few, again, strict=True):
            found[n] = max(found[n], one, key=lambda one: one.energy)
        return self._match(picture, looks, templates, found, ground)

    def _match(
        self, picture: Tensor, looks: list[int], templates: Tensor, found: Sequence["_Fit"], ground: Tensor | None
    ) -> Match:
        best = max(range(len(looks)), key=lambda n: found[n].energy)
        at = found[best].box
        (part,), (behind,) = _parts(picture, at, _STILL, ground, FINE)
        total = float(((part - behind) ** 2).sum()) * (at.side / FINE) ** 2
        shares = torch.tensor([one.energy for one in found]) / max(total, 1e-6)
        readings = self._readings(looks, best, templates, behind)
        return Match(
            self.templates.looks[looks[best]],
            self._chance(looks, shares, {reading.noun for reading in readings}),
            at.x,
            at.y,
            at.side,
            float(shares[best]),
            found[best].energy,
            readings,
            self._styles(looks, shares),
        )

    def _chance(self, looks: list[int], shares: Tensor, best: set[int]) -> float:
        """How surely it is one of the best nouns: each noun by what its best look leaves unexplained."""
        left = (1.0 - shares).clamp(min=0.0) + _LEAST
        weights: dict[int, float] = {}
        for look, worse in zip(looks, (left / left.min() - 1.0).tolist(), strict=True):
            noun = self.templates.looks[look].noun
            weights[noun] = max(weights.get(noun, 0.0), math.exp(-worse / _SHARPNESS))
        return sum(weight for noun, weight in weights.items() if noun in best) / sum(weights.values())

    def _readings(self, looks: list[int], best: int, templates: Tensor, behind: Tensor) -> tuple[Reading, ...]:
        """The best look's reading first, then those that look all but the same before this ground."""
        shown = templates[:, :3] - templates[:, 3:] * behind
        differ = ((shown - shown[best]) ** 2).flatten(1).sum(1) / (shown[best] ** 2).sum().clamp(min=1e-6)
        order = differ.argsort().tolist()
        alike = [self.templates.looks[looks[n]] for n in (best, *order) if n == best or differ[n] < _ALIKE]
        return tuple(dict.fromkeys(Reading(look.noun, look.colour) for look in alike))

    def _styles(self, looks: list[int], shares: Tensor) -> dict[str, float]:
        styles: dict[str, float] = {}
        for look, share in zip(looks, shares.tolist(), strict=True):
            style = self.templates.looks[look].style
            styles[style] = max(styles.get(style, 0.0), share)
        return styles


class _Fit(NamedTuple):
    """Where a template fits best."""

    box: Found
    energy: float
    """How much it explains there, over all the picture's pixels."""


def _compared(
    picture: Tensor, boxes: Sequence[Found], about: Tensor, ground: Tensor | None, templates: Tensor
) -> list[_Fit]:
    """Each template in all poses about its own box; templates with the same box are compared at once."""
    found: list[_Fit | None] = [None] * len(boxes)
    for box in dict.fromkeys(boxes):
        own = [n for n, other in enumerate(boxes) if other == box]
        parts, behind = _parts(picture, box, about, ground, FINE)
        energy, pose = (_Algebra.of(templates[own]).explained(parts, behind) * _areas(about)).max(1)
        scale = (box.side / FINE) ** 2
        for n, value, best in zip(own, energy.tolist(), pose.tolist(), strict=True):
            found[n] = _Fit(_moved(box, about[best]), value * scale)
    return [one for one in found if one is not None]


def _is_about(one: Match, guess: Found) -> bool:
    """Whether it was found where it was guessed to be, and not at the end of what was searched."""
    shift = max(abs(one.x - guess.x), abs(one.y - guess.y)) / guess.side
    return shift < _FURTHEST and abs(math.log(one.side / guess.side)) < _FURTHEST


def _areas(about: Tensor) -> Tensor:
    """How much larger a part in each pose is than the box itself."""
    return (2.0 * about[:, 2]).exp()


def _moved(box: Found, pose: Tensor) -> Found:
    across, down, growth = pose.tolist()
    return Found(box.x + across * box.side, box.y + down * box.side, box.side * math.exp(growth), box.heat)


def _parts(picture: Tensor, box: Found, about: Tensor, ground: Tensor | None, side: int) -> tuple[Tensor, Tensor]:
    """The picture in each pose about a box, (poses, 3, side, side), and what is behind."""
    parts = _sampled(picture, box, about, side)
    if ground is not None:
        return parts, ground[None, :, None, None].expand(1, 3, side, side)
    return parts, _beside(picture, box, about, side)


def _sampled(picture: Tensor, box: Found, about: Tensor, side: int) -> Tensor:
    unit = (torch.arange(2 * side) + 0.5) / (2 * side) - 0.5
    square = torch.stack((unit.expand(2 * side, 2 * side), unit[:, None].expand(2 * side, 2 * side)), dim=-1)
    points = about[:, 2].exp()[:, None, None, None] * square + about[:, None, None, :2]
    return functional.avg_pool2d(_at(picture, box, points), 2)


def _at(picture: Tensor, box: Found, points: Tensor) -> Tensor:
    """The picture at points in sides from a box's centre, (poses, rows, columns, 2)."""
    height, width = picture.shape[-2:]
    where = torch.tensor([box.x, box.y]) + box.side * points
    grid = 2.0 * where / torch.tensor([width, height]) - 1.0
    pictures = picture[None].expand(len(points), -1, -1, -1)
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def _beside(picture: Tensor, box: Found, about: Tensor, side: int) -> Tensor:
    """The ground behind an object as it is left and right of it, row by row: most sceneries lie in layers."""
    unit = (torch.arange(side) + 0.5) / side - 0.5
    down = (about[:, 2].exp()[:, None] * unit + about[:, 1:2])[:, :, None]
    strips = []
    for end in (-1.0, 1.0):
        across = about[:, 0] + end * (0.5 * about[:, 2].exp() + 0.04)
        points = torch.stack((across[:, None, None].expand_as(down), down), dim=-1)
        strips.append(_at(picture, box, points))
    share = (unit + 0.5)[None, None, None, :]
    return strips[0] * (1.0 - share) + strips[1] * share
