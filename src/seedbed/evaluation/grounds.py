"""What stands behind the objects: of all grounds that the renderer draws, the one that leaves least unexplained."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seedbed.evaluation.pixels import free_mask
from seedbed.sprout.plan import VARIANTS
from seedbed.world.backgrounds import BLENDS, BackgroundLibrary
from seedbed.world.canvas import Canvas
from seedbed.world.sceneries import SCENERIES
from seedbed.world.styles import Style

__all__ = ["Ground", "GroundMatcher"]

Pixels = NDArray[np.float32]
Box = tuple[float, float, float]
"""Centre and side of a square, in pixels."""
_SHRUNK = 4
"""How many times smaller grounds are compared: what tells them apart is large."""
_ODD = 0.15
"""A pixel further off than this is something else's: it counts no more."""
_STRANGE = 0.1
"""What may be left unexplained at most."""
_FREEDOM = 0.008
"""What a blend must explain more than one colour does, for its colours can be chosen."""
_CONTRAST = 0.02
"""How much, as a standard deviation, a blend's pattern must change a picture."""
_GOES_ON = 0.06
"""What a scenery may leave unexplained of a square, at most, that shows nothing else."""
_ROUNDS, _TRUSTED = 3, 0.6
"""How often colours are chosen anew, and the share of pixels that they are chosen by."""
_ENDS = (("black", "white"), ("white", "black"))
"""Two colours, both ways round: in between lie all blends that a style shows."""


class _Look(NamedTuple):
    """One way in which a kind of ground may look."""

    kind: str
    patterns: Pixels
    """A scenery's very pixels, (height, width, 3), or what a blend's colours weigh, (height, width, 1 + ends)."""
    chosen: bool
    """Whether the colours can be chosen."""


class Ground(NamedTuple):
    """What stands behind the objects, as far as it can be told."""

    kind: str
    """"plain", a blend's or a scenery's name, or "unknown" for what is none of these."""
    unexplained: float
    """What it leaves of the picture, 0 to 1: of all that could be left."""
    scenery: Pixels | None
    """A scenery's very pixels, shrunk, (height, width, 3)."""

    def shows(self, picture: Pixels, box: Box, others: Sequence[Box]) -> bool:
        """Whether nothing but this scenery is seen in `box`, where it is in none of `others`."""
        if self.scenery is None:
            return False
        inside = ~_free(picture, [box]) & _free(picture, others)
        return bool(inside.any()) and _typical((_shrunk(picture) - self.scenery)[inside]) < _GOES_ON


@dataclass(frozen=True)
class GroundMatcher:
    """Names the kind of a picture's ground by the renderer's own pictures of all of them."""

    library: BackgroundLibrary = field(default_factory=BackgroundLibrary)
    _kept: dict[tuple[Style, Canvas], list[_Look]] = field(default_factory=dict)

    def ground(self, picture: Pixels, boxes: Sequence[Box], style: Style, canvas: Canvas) -> Ground:
        """The ground that explains most of what is seen of it.

        picture: (height, width, 3) in 0..1, of the canvas's size. boxes: what stands before the ground.
        """
        free, small = _free(picture, boxes), _shrunk(picture)
        if not free.any():
            free[:: len(free) - 1, :: free.shape[1] - 1] = True
        seen = small[free]
        plain = _unexplained(seen, np.ones((len(seen), 1), np.float32))
        looks = self._looks(style, canvas)
        errors = [_error(seen, look.patterns[free], look.chosen) for look in looks]
        least = int(np.argmin(errors))
        kind, error, scenery = "plain", plain, None
        if errors[least] < plain:
            kind, error = looks[least].kind, errors[least]
            scenery = None if looks[least].chosen else looks[least].patterns
        return Ground(kind if error < _STRANGE else "unknown", min(error / _ODD, 1.0), scenery)

    def _looks(self, style: Style, canvas: Canvas) -> list[_Look]:
        if (style, canvas) not in self._kept:
            self._kept[style, canvas] = list(self._drawn(style, canvas))
        return self._kept[style, canvas]

    def _drawn(self, style: Style, canvas: Canvas) -> Iterator[_Look]:
        for variant in range(VARIANTS):
            for name in BLENDS:
                ends = [self._picture(style, name, colours, variant, canvas) for colours in _ENDS]
                yield _Look(
                    name, np.stack([np.ones_like(ends[0][..., 0]), *(end.mean(-1) for end in ends)], -1), chosen=True
                )
            for name in SCENERIES:
                yield _Look(name, self._picture(style, name, (), variant, canvas), chosen=False)

    def _picture(self, style: Style, name: str, colours: tuple[str, ...], variant: int, canvas: Canvas) -> Pixels:
        return _shrunk(self.library.picture((style, name, colours, variant, canvas)).astype(np.float32) / 255.0)


def _free(picture: Pixels, boxes: Sequence[Box]) -> NDArray[np.bool_]:
    """Where nothing stands in a picture, shrunk, (height, width)."""
    height, width, _ = picture.shape
    whole = free_mask(height, width, boxes)[..., None].astype(np.float32)
    free: NDArray[np.bool_] = _shrunk(whole)[..., 0] > 0.99
    return free


def _error(seen: Pixels, patterns: Pixels, chosen: bool) -> float:
    if not chosen:
        return _typical(seen - patterns)
    if patterns.std(0).max() < _CONTRAST:
        return float("inf")
    return _FREEDOM + _unexplained(seen, patterns)


def _unexplained(seen: Pixels, patterns: Pixels) -> float:
    """What no mixture of patterns, (pixels, patterns), says of the pixels, (pixels, 3).

    Mixed again by those pixels that it says best: a sign or what else was overlooked must not draw it to itself.
    """
    near, left = np.ones(len(seen), bool), []
    for _ in range(_ROUNDS):
        weights = np.linalg.lstsq(patterns[near], seen[near], rcond=None)[0]
        differences = seen - patterns @ weights
        left.append(_typical(differences))
        far = _squared(differences)
        near = far <= np.quantile(far, _TRUSTED)
    return min(left)


def _typical(differences: Pixels) -> float:
    """The root mean square of differences, (pixels, 3)."""
    return float(np.sqrt(np.minimum(_squared(differences), _ODD**2).mean()))


def _squared(differences: Pixels) -> Pixels:
    """The mean square of each pixel's numbers, (pixels,)."""
    # A mean over three numbers takes NumPy twice as long.
    squared: Pixels = np.einsum("pn,pn->p", differences, differences) / np.float32(differences.shape[1])
    return squared


def _shrunk(picture: Pixels) -> Pixels:
    """(height, width, numbers), each block of pixels averaged."""
    height, width, numbers = picture.shape
    # One side after the other: over both at once NumPy takes four times as long.
    rows = picture.reshape(height // _SHRUNK, _SHRUNK, width, numbers).mean(1)
    averaged: Pixels = rows.reshape(height // _SHRUNK, width // _SHRUNK, _SHRUNK, numbers).mean(2)
    return averaged
