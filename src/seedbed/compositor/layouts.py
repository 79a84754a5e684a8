"""Scenes of one canvas as whole numbers: what is laid where, ready to be pasted on another device."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from seedbed.compositor.atlas import HANDS
from seedbed.sprout.canvas import LATENTS_PER_CELL
from seedbed.world.backgrounds import BLENDS, SHADOWED
from seedbed.world.colours import BACKGROUNDS, OBJECT_COLOURS
from seedbed.world.lettering import letter_icon, sign_icon
from seedbed.world.nouns import NOUNS
from seedbed.world.scene import Scene
from seedbed.world.sceneries import SCENERIES
from seedbed.world.styles import STYLES

__all__ = ["GROUND_NAMES", "PASTE", "Layout", "layout_of"]

GROUND_NAMES = (*BACKGROUNDS, *BLENDS, *SCENERIES)
"""All grounds, in the order of their numbers."""
PASTE = np.dtype(
    [
        ("scene", np.int32),  # which of the batch
        ("layer", np.int32),  # 0 for signs, which lie under their letters; 1 for all else
        ("style", np.int32),
        ("row", np.int32),  # of the atlas
        ("colour", np.int32),  # below 0 for its own
        ("side", np.int32),  # in cells
        ("halved", np.int32),  # 1 where strokes are half as thick
        ("top", np.int32),  # in halves of cells
        ("left", np.int32),  # in halves of cells
        ("shadow", np.int32),  # which of its scene's shadows is its own, from 1; 0 for none
    ]
)
"""One sprite and where it goes."""
_STYLES, _COLOURS = ({name: number for number, name in enumerate(names)} for names in (STYLES, OBJECT_COLOURS))
_GROUNDS = {name: number for number, name in enumerate(GROUND_NAMES)}


@dataclass(frozen=True, slots=True)
class Layout:
    """A batch of scenes of one canvas."""

    rows: int
    columns: int
    styles: NDArray[np.int64]
    """(batch,), as all of these."""
    grounds: NDArray[np.int64]
    firsts: NDArray[np.int64]
    """The first plain ground of a blend; else 0."""
    seconds: NDArray[np.int64]
    variants: NDArray[np.int64]
    pastes: NDArray[np.void]
    """Of dtype `PASTE`."""

    def __len__(self) -> int:
        return len(self.styles)


def layout_of(scenes: Sequence[Scene], names: tuple[str, ...]) -> Layout:
    """The layout of `scenes`, all of one canvas, for an atlas of the icons that are so named."""
    canvas, numbers = scenes[0].canvas, _numbers(names)
    pastes = [paste for number, scene in enumerate(scenes) for paste in _pastes(number, scene, numbers)]
    blends = [scene.ground_colours or ("white", "white") for scene in scenes]
    return Layout(
        canvas.rows,
        canvas.columns,
        np.array([_STYLES[scene.style] for scene in scenes]),
        np.array([_GROUNDS[scene.background] for scene in scenes]),
        np.array([_GROUNDS[first] for first, _ in blends]),
        np.array([_GROUNDS[second] for _, second in blends]),
        np.array([scene.variant for scene in scenes]),
        np.array(pastes, PASTE),
    )


def _pastes(number: int, scene: Scene, numbers: Mapping[str, int]) -> Iterator[tuple[int, ...]]:
    style, text, canvas = _STYLES[scene.style], scene.text, scene.canvas
    hand = HANDS.index(STYLES[scene.style].hand) * len(numbers)
    if text is not None and text.sign is not None:
        left, top, columns, rows = text.box
        broad = columns + text.margin
        row, across, down = hand + numbers[sign_icon(broad, rows + 1)], 2 * left + columns - broad, 2 * top + rows
        yield number, 0, style, row, _COLOURS[text.sign.colour], broad, 0, down - broad, across, 0
    for letter in text.letters if text else ():
        row, halved = hand + numbers[letter_icon(letter.character)], int(text.grain(2) == 1) if text else 0
        corner = (LATENTS_PER_CELL * letter.top, LATENTS_PER_CELL * letter.left)
        yield number, 1, style, row, _COLOURS[text.colour] if text else -1, text.size if text else 1, halved, *corner, 0
    casts = scene.background in SHADOWED
    for order, placed in enumerate(scene.objects, 1):
        side = round(placed.size * canvas.short_side / canvas.unit)
        left, top = (
            round(LATENTS_PER_CELL * (place * length / canvas.unit - side / 2))
            for place, length in ((placed.x, canvas.width), (placed.y, canvas.height))
        )
        colour = _COLOURS[placed.colour] if placed.colour else -1
        yield number, 1, style, hand + numbers[NOUNS[placed.noun].icon], colour, side, 0, top, left, order * casts


@cache
def _numbers(names: tuple[str, ...]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}
