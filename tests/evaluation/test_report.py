from dataclasses import replace

from seedbed.evaluation.behaviour import Diversity, GuidancePoint, RatioRow
from seedbed.evaluation.intervals import Share
from seedbed.evaluation.prompts import SKILLS, frozen_prompts
from seedbed.evaluation.report import Results, SkillResults, markdown
from seedbed.evaluation.scope import Scope
from seedbed.request import AspectRatio
from tests.evaluation.truth import answer, observation

ITEMS = frozen_prompts(SKILLS["colours"], 4, 1)
RIGHT = [answer(item) for item in ITEMS]
HALF = [*RIGHT[:2], *(answer(item, observation()) for item in ITEMS[2:])]
SCOPE = Scope(84, frozenset({"plain"}), frozenset({"flat", "glossy"}))
BARE = Results("ab" * 32, "cd" * 32, SCOPE, {}, [SkillResults("colours", HALF, RIGHT, RIGHT[:1])])


def test_each_skill_has_a_row_with_its_ceiling_and_its_floor() -> None:
    text = markdown(BARE)
    assert "Weights `abababababab`, prompts `cdcdcdcdcdcd`: 84 of 842 nouns, 2 of 9 styles, 1 of " in text
    assert "| colours | 4 | 50.0 % (15.0 % to 85.0 %) | 50.0 % | 100.0 % | 100.0 % | 0.0 % |" in text
    assert "| colour | 50.0 % (15.0 % to 85.0 %) | 100.0 % | 0.0 % |" in text


def test_what_was_not_measured_is_not_told() -> None:
    text = markdown(BARE)
    assert not any(word in text for word in ("guidance", "Diversity", "twice", "aspect ratio", "judge"))


def test_behaviour_is_told_in_its_tables() -> None:
    results = Results(
        BARE.weights,
        BARE.prompts,
        SCOPE,
        {"named": [0.95, 0.9, 0.97]},
        BARE.skills,
        [GuidancePoint(2.5, Share(3, 4), 0.5, 0.0123), GuidancePoint(None, Share(4, 4), 0.51, 0.01)],
        Diversity(0.09, 0.1),
        True,
        [RatioRow(AspectRatio.SQUARE_1_1, Share(1, 2), Share(2, 2), 0.05)],
    )
    text = markdown(results)
    assert "| 2.5 | 75.0 % (30.1 % to 95.4 %) | 0.500 | 1.23 % |" in text
    assert "| renderer | 100.0 % (51.0 % to 100.0 %) | 0.510 | 1.00 % |" in text
    assert "| square_1_1 | 50.0 % (9.5 % to 90.5 %) | 100.0 % (34.2 % to 100.0 %) | 5.0 % |" in text
    assert "Diversity over seeds: 0.090; among renders of the same prompts 0.100: 0.90 of it." in text
    assert "The same prompt and seed twice: the same pixels." in text
    assert "| named | 95.0 % (90.0 % to 97.0 %) |" in text


def test_pixels_that_differ_are_told_loudly() -> None:
    assert "DIFFERENT PIXELS" in markdown(Results("", "", SCOPE, {}, BARE.skills, is_repeatable=False))


def test_targets_are_held_against_the_scores() -> None:
    assert "Targets: colours 90 %: 50.0 %." in markdown(BARE)
    right = Results("", "", SCOPE, {}, [SkillResults("colours", RIGHT, RIGHT, RIGHT)])
    assert "Targets: colours 90 %: reached." in markdown(right)


def test_what_guidance_burns_is_told() -> None:
    points = [
        GuidancePoint(2.5, Share(4, 4), 0.5, 0.01),
        GuidancePoint(20.0, Share(3, 4), 0.6, 0.03),
        GuidancePoint(None, Share(4, 4), 0.5, 0.001),
    ]
    text = markdown(replace(BARE, guidance=points))
    assert "At 20, 3.00 times as many pixels are clipped as at 2.5" in text
    assert "the score is 25.0 points below the best" in text


def test_failures_are_told_by_cause_and_by_what_was_asked() -> None:
    text = markdown(BARE)
    assert "| skill | nothing there |" in text
    assert "| colours | 2 |" in text
    assert "| style asked for | pictures | score | objects | backgrounds | styles |" in text
    assert "| plain | 4 | 50.0 % | 50.0 % |" in text
    assert "Nouns not seen each time" in text
