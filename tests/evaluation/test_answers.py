from dataclasses import replace
from typing import cast

import pytest
from PIL import Image

from seedbed.evaluation.answers import THUMBNAIL, Answer, answers, atoms, score, shuffled, whole
from seedbed.evaluation.intervals import Share
from seedbed.evaluation.judge import Judge
from seedbed.evaluation.observation import Observation
from seedbed.evaluation.prompts import SKILLS, Item, Skill, frozen_prompts
from seedbed.evaluation.skills import ClaimKind
from seedbed.world.canvas import Canvas
from tests.evaluation.truth import answer, observation, truth

each_skill = pytest.mark.parametrize("skill", SKILLS.values(), ids=lambda skill: skill.name)
CHOICES = {"backgrounds": 16, "styles": 2}
"""Among how many answers one may guess; elsewhere nouns come first, and those are many."""


def right(skill: Skill, prompts: int = 40) -> list[Answer]:
    return [answer(item) for item in frozen_prompts(skill, prompts, 1)]


@each_skill
def test_the_truth_passes(skill: Skill) -> None:
    of = right(skill)
    assert score(of) == whole(of) == Share(40, 40)


@each_skill
def test_pictures_under_each_others_prompts_score_near_chance(skill: Skill) -> None:
    chance = 1 / CHOICES.get(skill.name, 40)
    low, _ = score(shuffled(right(skill))).interval
    assert low <= chance


@each_skill
def test_shuffling_keeps_every_picture_and_every_prompt_and_no_pair(skill: Skill) -> None:
    of = right(skill)
    turned = shuffled(of)
    assert [one.item for one in turned] == [one.item for one in of]
    assert sorted(map(repr, (one.seen for one in turned))) == sorted(map(repr, (one.seen for one in of)))
    assert all(one.thumbnail is not before.thumbnail for one, before in zip(turned, of, strict=True))


def test_skills_are_shuffled_among_themselves() -> None:
    both = [*right(SKILLS["counting"], 4), *right(SKILLS["styles"], 4)]
    assert [one.item.skill.name for one in shuffled(both)] == ["counting"] * 4 + ["styles"] * 4


def test_a_skill_is_passed_by_its_own_claims_alone() -> None:
    (item,) = frozen_prompts(SKILLS["one object"], 1, 1)
    elsewhere = replace(truth(item.scene), background="mud", style="mud")
    assert answer(item, elsewhere).passes
    assert not answer(item, observation()).passes
    assert whole([answer(item, elsewhere)]) == Share(0, 1)


def test_claims_are_counted_by_kind() -> None:
    items = frozen_prompts(SKILLS["colours"], 10, 1)
    seen = [replace(truth(item.scene), detections=()) for item in items[:4]]
    of = [*(answer(item, none) for item, none in zip(items, seen, strict=False)), *map(answer, items[4:])]
    assert atoms(of)[ClaimKind.NOUN] == Share(6, 10)
    assert atoms(of)[ClaimKind.COLOUR] == Share(6, 10)
    assert ClaimKind.COUNT not in atoms(of)


class _Judge:
    def look(self, picture: Image.Image, canvas: Canvas) -> Observation:
        assert picture.size == (canvas.width, canvas.height)
        return observation()


def _source(item: Item, seed: int) -> Image.Image:
    return Image.new("RGB", (item.scene.canvas.width, item.scene.canvas.height), (seed % 256, 0, 0))


def test_every_item_is_answered_once_a_seed() -> None:
    items = frozen_prompts(SKILLS["one object"], 3, 2)
    calls: list[None] = []
    found = answers(items, _source, cast(Judge, _Judge()), lambda: calls.append(None))
    assert [(one.item, one.seed) for one in found] == [(item, seed) for item in items for seed in item.seeds]
    assert len(calls) == 6
    assert max(found[0].thumbnail.size) == THUMBNAIL
    assert found[0].thumbnail.getpixel((5, 5)) == (found[0].seed % 256, 0, 0)
    assert len(answers(items, _source, cast(Judge, _Judge()), lambda: None, seeds=1)) == 3
