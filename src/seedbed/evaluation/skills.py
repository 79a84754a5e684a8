"""What a picture must show for its prompt, claim by claim, and whether the judge sees it.

The skills are GenEval's (arXiv 2310.11513, section 3) and those that our world has beyond them: places, sizes,
backgrounds and styles. A picture passes its skill only if all of that skill's claims hold.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from seedbed.evaluation.observation import Detection, Observation
from seedbed.world.nouns import NOUNS
from seedbed.world.placed import Place, Placed, Relation, Size
from seedbed.world.scene import Scene

__all__ = ["Claim", "ClaimKind", "claims", "stands"]

_MARGIN = 0.1
"""How far apart, as a share of both sides together, two centres must be for a relation (GenEval's threshold)."""
_THIRDS = (0.4, 0.6)
"""Where, of width and height, the middle begins and ends."""
_SIZES = ((Size.TINY, 0.0, 0.28), (Size.SMALL, 0.24, 0.46), (Size.BIG, 0.6, 0.93), (Size.HUGE, 0.7, 1.3))
"""From which to which share of the short side an object is said to be so large."""


class ClaimKind(StrEnum):
    """What a claim is about."""

    NOUN = "noun"
    COUNT = "count"
    COLOUR = "colour"
    RELATION = "relation"
    PLACE = "place"
    SIZE = "size"
    BACKGROUND = "background"
    STYLE = "style"
    TEXT = "text"
    ALONE = "nothing else"


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a prompt says of its picture, and whether it is so."""

    kind: ClaimKind
    what: str
    """In words, for people."""
    holds: bool


def claims(scene: Scene, seen: Observation) -> tuple[Claim, ...]:
    """All that the caption of `scene` says, held against what was `seen`."""
    return tuple(_claims(scene, seen))


def _claims(scene: Scene, seen: Observation) -> Iterator[Claim]:
    yield from _nouns(scene, seen)
    yield from _colours(scene, seen)
    if scene.relation is not None and scene.relation_named:
        yield Claim(ClaimKind.RELATION, scene.relation, _is_related(scene, seen, scene.relation))
    for placed in scene.objects:
        found = _surest(placed.noun, seen)
        if placed.said_place is not None:
            held = found is not None and stands(found, placed.said_place)
            yield Claim(ClaimKind.PLACE, placed.said_place, held)
        if placed.said_size is not None:
            yield Claim(ClaimKind.SIZE, placed.said_size, found is not None and _is_sized(found, placed.said_size))
    if scene.background_named:
        yield Claim(ClaimKind.BACKGROUND, scene.background, seen.background == scene.background)
    if scene.style_named:
        yield Claim(ClaimKind.STYLE, scene.style, seen.style == scene.style)
    if scene.text is not None:
        # The judge knows no letters: it takes some for objects, and cannot say that there is nothing else.
        yield Claim(ClaimKind.TEXT, scene.text.word, seen.text == scene.text.word)
    else:
        yield Claim(ClaimKind.ALONE, "nothing else", len(seen.detections) <= len(scene.objects))


def _nouns(scene: Scene, seen: Observation) -> Iterator[Claim]:
    """A claim for each noun, and one for the number where the caption says how many of something."""
    for placed, wanted in scene.groups:
        found = len(_of(placed.noun, seen))
        yield Claim(ClaimKind.NOUN, NOUNS[placed.noun].name, found > 0)
        if len(scene.groups) < len(scene.objects):
            yield Claim(ClaimKind.COUNT, str(wanted), found == wanted)


def _colours(scene: Scene, seen: Observation) -> Iterator[Claim]:
    """A claim for each noun with a colour; several of one noun must all have it."""
    said: dict[int, Placed] = {placed.noun: placed for placed in scene.objects if placed.colour}
    for noun, placed in said.items():
        found = _of(noun, seen) if scene.is_count else _of(noun, seen)[:1]
        held = bool(found) and all(detection.colour_as(noun) == placed.colour for detection in found)
        yield Claim(ClaimKind.COLOUR, f"{placed.colour} {NOUNS[noun].name}", held)


def _is_related(scene: Scene, seen: Observation, relation: Relation) -> bool:
    first, second = (_surest(placed.noun, seen) for placed in scene.objects)
    if first is None or second is None:
        return False
    short = scene.canvas.short_side
    across = (first.x - second.x) * scene.canvas.width / short
    down = (first.y - second.y) * scene.canvas.height / short
    margin = _MARGIN * (first.size + second.size)
    return _RELATIONS[relation](_beyond(across, margin), _beyond(down, margin))


def _beyond(distance: float, margin: float) -> float:
    """What of a distance is left beyond the margin."""
    return max(distance - margin, 0.0) if distance > 0 else min(distance + margin, 0.0)


# As in GenEval: the distance must point more that way than any other.
_RELATIONS: dict[Relation, Callable[[float, float], bool]] = {
    Relation.LEFT_OF: lambda across, down: -across > abs(down),
    Relation.RIGHT_OF: lambda across, down: across > abs(down),
    Relation.ABOVE: lambda across, down: -down > abs(across),
    Relation.BELOW: lambda across, down: down > abs(across),
}


def stands(found: Detection, place: Place) -> bool:
    """Whether an object stands where it is said to; only what the words speak of counts."""
    low, high = _THIRDS
    if place is Place.CENTRE:
        return low <= found.x <= high and low <= found.y <= high
    sides = {"left": found.x < low, "right": found.x > high, "top": found.y < low, "bottom": found.y > high}
    return all(sides[word] for word in place.split())


def _is_sized(found: Detection, size: Size) -> bool:
    return any(low <= found.size <= high for name, low, high in _SIZES if name is size)


def _of(noun: int, seen: Observation) -> list[Detection]:
    return [detection for detection in seen.detections if detection.may_be(noun)]


def _surest(noun: int, seen: Observation) -> Detection | None:
    found = _of(noun, seen)
    return max(found, key=lambda detection: detection.confidence) if found else None
