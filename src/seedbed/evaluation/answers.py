"""Pictures held against their prompts: what a source's answers are worth, skill by skill."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from PIL import Image

from seedbed.evaluation.intervals import Share
from seedbed.evaluation.judge import Judge
from seedbed.evaluation.observation import Observation
from seedbed.evaluation.prompts import Item
from seedbed.evaluation.reader import can_read, edits, read
from seedbed.evaluation.skills import Claim, ClaimKind, claims
from seedbed.evaluation.sources import Source
from seedbed.world.scene import Scene

__all__ = ["THUMBNAIL", "Answer", "answers", "atoms", "character_errors", "score", "shuffled", "whole"]

THUMBNAIL = 192
"""Pixels of the larger side of the picture that is kept of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One picture for one item, and what the judge saw in it."""

    item: Item
    seed: int
    seen: Observation
    thumbnail: Image.Image

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All that the prompt says, held against what was seen."""
        return claims(self.item.scene, self.seen)

    @property
    def passes(self) -> bool:
        """Whether all claims of the item's skill hold."""
        return all(claim.holds for claim in self.claims if claim.kind in self.item.skill.judged)


def answers(
    items: Sequence[Item], source: Source, judge: Judge, report: Callable[[], None], seeds: int | None = None
) -> list[Answer]:
    """The answers of a source to all items with the first `seeds` of their seeds; `report` is called after each."""
    return list(_answers(items, source, judge, report, seeds))


def _answers(
    items: Sequence[Item], source: Source, judge: Judge, report: Callable[[], None], seeds: int | None
) -> Iterator[Answer]:
    for item in items:
        for seed in item.seeds[:seeds]:
            picture = source(item, seed)
            seen = _looked_at(picture, item.scene, judge)
            picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
            report()
            yield Answer(item, seed, seen, picture)


def _looked_at(picture: Image.Image, scene: Scene, judge: Judge) -> Observation:
    seen = judge.look(picture, scene.canvas)
    if scene.text is None or not can_read():
        return seen
    return replace(seen, text=read(picture, scene.text, scene.canvas))


def character_errors(of: Iterable[Answer]) -> float | None:
    """Characters to change in what was read, as a share of those asked for; None where no word was asked for."""
    words = [(answer.seen.text or "", answer.item.scene.text.word) for answer in of if answer.item.scene.text]
    asked = sum(len(word) for _, word in words)
    return sum(edits(seen, word) for seen, word in words) / asked if asked else None


def shuffled(of: Sequence[Answer]) -> list[Answer]:
    """The same pictures under each other's prompts, skill by skill: what scores here, scores without being right."""
    by_skill: dict[str, list[Answer]] = defaultdict(list)
    for answer in of:
        by_skill[answer.item.skill.name].append(answer)
    return [answer for group in by_skill.values() for answer in _turned(group)]


def _turned(group: list[Answer]) -> Iterator[Answer]:
    prompts = list(dict.fromkeys(answer.item.prompt for answer in group))
    seen = {prompt: [answer for answer in group if answer.item.prompt == prompt] for prompt in prompts}
    for number, prompt in enumerate(prompts):
        other = seen[prompts[(number + max(len(prompts) // 2, 1)) % len(prompts)]]
        for answer, foreign in zip(seen[prompt], other, strict=False):
            yield replace(answer, seen=foreign.seen, thumbnail=foreign.thumbnail)


def score(of: Iterable[Answer]) -> Share:
    """How many answers pass their skill."""
    return _share(answer.passes for answer in of)


def whole(of: Iterable[Answer]) -> Share:
    """How many answers show all that their prompts say, and nothing else."""
    return _share(all(claim.holds for claim in answer.claims) for answer in of)


def atoms(of: Iterable[Answer]) -> dict[ClaimKind, Share]:
    """How many claims of each kind hold, over all answers."""
    found: dict[ClaimKind, list[bool]] = defaultdict(list)
    for claim in (claim for answer in of for claim in answer.claims):
        found[claim.kind].append(claim.holds)
    return {kind: _share(found[kind]) for kind in ClaimKind if kind in found}


def _share(held: Iterable[bool]) -> Share:
    values = list(held)
    return Share(sum(values), len(values))
