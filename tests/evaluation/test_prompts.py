from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from seedbed.errors import ConfigurationError
from seedbed.evaluation.prompts import SKILLS, Skill, digest, frozen_prompts, skills_named
from seedbed.evaluation.scope import EVERYTHING
from seedbed.evaluation.skills import ClaimKind, claims
from seedbed.request import AspectRatio
from seedbed.world.canvas import canvas_of
from seedbed.world.captions import caption
from tests.evaluation.truth import truth

each_skill = pytest.mark.parametrize("skill", SKILLS.values(), ids=lambda skill: skill.name)
FROZEN_TEXT = "5f3760f02611d61a"
FROZEN_COUNTS = "e2ceedb8b49f76d5"
FROZEN = "56d75af58ba47783"
"""If this changes, what is asked has changed, and no score can be compared with one from before."""


def test_the_prompts_are_frozen() -> None:
    *others, text, counts = ([*frozen_prompts(skill, 10, 2)] for skill in SKILLS.values())
    assert digest([item for of_one in others for item in of_one])[:16] == FROZEN
    assert digest(text)[:16] == FROZEN_TEXT
    assert digest(counts)[:16] == FROZEN_COUNTS


@each_skill
def test_asking_more_changes_none_of_what_was_asked(skill: Skill) -> None:
    few, many = frozen_prompts(skill, 4, 1), frozen_prompts(skill, 9, 3)
    assert [item.prompt for item in few] == [item.prompt for item in many[:4]]
    assert [item.scene for item in few] == [item.scene for item in many[:4]]
    assert [item.seeds for item in few] == [item.seeds[:1] for item in many[:4]]


@each_skill
def test_another_number_asks_others(skill: Skill) -> None:
    one, other = frozen_prompts(skill, 5, 1), frozen_prompts(skill, 5, 1, number=1)
    assert not {item.prompt for item in one} & {item.prompt for item in other}


@each_skill
def test_what_is_held_out_is_asked(skill: Skill) -> None:
    for item in frozen_prompts(skill, 20, 1):
        assert item.scene.is_held_out == skill.combines


@each_skill
def test_no_prompt_is_one_that_training_says(skill: Skill) -> None:
    rng = np.random.default_rng(0)
    for item in frozen_prompts(skill, 5, 1):
        said = {caption(item.scene, rng).lower().strip(".") for _ in range(300)}
        assert item.prompt.lower().strip(".") not in said


@each_skill
def test_every_prompt_makes_the_claims_of_its_skill(skill: Skill) -> None:
    """Otherwise a picture could pass by showing nothing."""
    for item in frozen_prompts(skill, 12, 1):
        made = {claim.kind for claim in claims(item.scene, truth(item.scene))}
        assert skill.judged <= made
        assert canvas_of(item.aspect_ratio) == item.scene.canvas


@each_skill
def test_every_shape_is_asked_for_alike(skill: Skill) -> None:
    ratios = Counter(item.aspect_ratio for item in frozen_prompts(skill, 14, 1))
    assert ratios == dict.fromkeys(AspectRatio, 2)


def test_only_nouns_in_use_are_asked_for() -> None:
    for item in frozen_prompts(SKILLS["several objects"], 20, 1, replace(EVERYTHING, nouns=10)):
        assert max(placed.noun for placed in item.scene.objects) < 10


def test_binding_asks_for_two_colours_of_two_nouns() -> None:
    for item in frozen_prompts(SKILLS["colour binding"], 20, 1):
        first, second = item.scene.objects
        assert first.noun != second.noun
        assert first.colour
        assert second.colour
        assert first.colour != second.colour


def test_counting_asks_for_two_to_six() -> None:
    counts = {len(item.scene.objects) for item in frozen_prompts(SKILLS["counting"], 60, 1)}
    assert counts == {2, 3, 4, 5, 6}


def test_skills_go_by_name() -> None:
    assert [skill.name for skill in skills_named(["counting", "colours"])] == ["counting", "colours"]
    with pytest.raises(ConfigurationError, match="no skill is named flying; there are one object, two objects"):
        skills_named(["flying"])


def test_styles_and_backgrounds_are_judged_by_what_they_are_about() -> None:
    assert SKILLS["styles"].judged == {ClaimKind.STYLE}
    assert SKILLS["backgrounds"].judged == {ClaimKind.BACKGROUND}
