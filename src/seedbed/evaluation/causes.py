"""Why pictures fail: what steers the next training run."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from seedbed.evaluation.answers import Answer
from seedbed.evaluation.intervals import Share
from seedbed.evaluation.skills import ClaimKind
from seedbed.world.colours import BACKGROUNDS
from seedbed.world.nouns import NOUNS

__all__ = ["Cause", "by_background", "by_style", "cause_of", "causes", "missed_nouns"]


class Cause(StrEnum):
    """The first thing that is wrong with a picture, in the order in which it would have to be mended."""

    NOTHING = "nothing there"
    TOO_FEW = "too few objects"
    TOO_MANY = "too many objects"
    UNKNOWN = "an object like none"
    OTHER = "another object"
    COLOUR = "colour"
    ARRANGEMENT = "arrangement"
    GROUND = "background"
    STYLE = "style"
    TEXT = "text"


_CLAIMS: dict[ClaimKind, Cause] = {
    ClaimKind.COLOUR: Cause.COLOUR,
    ClaimKind.RELATION: Cause.ARRANGEMENT,
    ClaimKind.PLACE: Cause.ARRANGEMENT,
    ClaimKind.SIZE: Cause.ARRANGEMENT,
    ClaimKind.BACKGROUND: Cause.GROUND,
    ClaimKind.STYLE: Cause.STYLE,
    ClaimKind.TEXT: Cause.TEXT,
}


def cause_of(answer: Answer) -> Cause | None:
    """Why an answer does not pass its skill; None where it does."""
    failed = {claim.kind for claim in answer.claims if claim.kind in answer.item.skill.judged and not claim.holds}
    if not failed:
        return None
    if failed & {ClaimKind.NOUN, ClaimKind.COUNT}:
        return _miss(answer)
    return next(cause for kind, cause in _CLAIMS.items() if kind in failed)


def _miss(answer: Answer) -> Cause:
    """Why not all objects are there."""
    seen, wanted = answer.seen.detections, len(answer.item.scene.objects)
    if not seen:
        return Cause.NOTHING
    if len(seen) != wanted:
        return Cause.TOO_FEW if len(seen) < wanted else Cause.TOO_MANY
    return Cause.UNKNOWN if any(one.noun is None for one in seen) else Cause.OTHER


def causes(of: Iterable[Answer]) -> Counter[Cause]:
    """How many answers fail for each cause."""
    return Counter(cause for answer in of if (cause := cause_of(answer)) is not None)


Group = dict[str, dict[str, Share]]
"""By what the pictures have in common: how many pass, and how many objects, backgrounds and styles are right."""


def by_style(of: Iterable[Answer]) -> Group:
    """The answers by the style that they should have."""
    return _grouped(of, lambda answer: answer.item.scene.style)


def by_background(of: Iterable[Answer]) -> Group:
    """The answers by the kind of background that they should have."""

    def kind(answer: Answer) -> str:
        background = answer.item.scene.background
        return "plain" if background in BACKGROUNDS else background

    return _grouped(of, kind)


def _grouped(of: Iterable[Answer], key: Callable[[Answer], str]) -> Group:
    groups: dict[str, list[Answer]] = {}
    for answer in of:
        groups.setdefault(key(answer), []).append(answer)
    return {name: _shares(group) for name, group in sorted(groups.items())}


_COLUMNS: Mapping[str, ClaimKind] = {
    "objects": ClaimKind.NOUN,
    "background": ClaimKind.BACKGROUND,
    "style": ClaimKind.STYLE,
}


def _shares(group: list[Answer]) -> dict[str, Share]:
    shares = {"score": Share(sum(answer.passes for answer in group), len(group))}
    for name, kind in _COLUMNS.items():
        held = [claim.holds for answer in group for claim in answer.claims if claim.kind is kind]
        shares[name] = Share(sum(held), len(held))
    return shares


def missed_nouns(of: Iterable[Answer]) -> dict[str, Share]:
    """The nouns that were not seen each time they were asked for, the worst first."""
    asked: dict[str, list[bool]] = {}
    for answer in of:
        for noun in {placed.noun for placed in answer.item.scene.objects}:
            seen = any(one.may_be(noun) for one in answer.seen.detections)
            asked.setdefault(NOUNS[noun].name, []).append(seen)
    shares = {name: Share(sum(held), len(held)) for name, held in asked.items()}
    missed = {name: share for name, share in shares.items() if share.successes < share.trials}
    return dict(sorted(missed.items(), key=lambda entry: (entry[1].value, -entry[1].trials, entry[0])))
