from dataclasses import replace
from typing import cast

import pytest

from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.evaluation.behaviour import GUIDANCE_SCALES, cut_off, diversity, guidance_curve, is_repeatable, ratios
from seedbed.evaluation.judge import Judge
from seedbed.evaluation.prompts import SKILLS, Item, Skill, frozen_prompts
from seedbed.evaluation.scope import EVERYTHING
from seedbed.request import AspectRatio
from seedbed.world.canvas import canvas_of
from seedbed.world.icons import IconLibrary
from tests.evaluation.truth import CAT, DOG, answer, detection, observation, placed, scene

# A judge that has hardly learnt takes all styles for likely, and draws the grounds of each of them.
pytestmark = pytest.mark.timeout(900)

SKILL = SKILLS["one object"]
ITEMS = frozen_prompts(SKILL, 7, 2, replace(EVERYTHING, nouns=6))


def wide(skill: Skill = SKILL) -> Item:
    """A cat in a widescreen picture, whose canvas is 352 by 192, of which 341.3 by 192 are kept."""
    asked = replace(scene(placed(CAT)), canvas=canvas_of(AspectRatio.WIDESCREEN_16_9))
    return Item(skill, "a cat", asked, AspectRatio.WIDESCREEN_16_9, (1,))


def test_what_is_in_the_middle_loses_nothing() -> None:
    assert cut_off(answer(wide(), observation(detection(CAT)))) == 0.0


def test_what_stands_at_the_edge_loses_what_the_cut_takes() -> None:
    side = 96 / 192
    seen = observation(detection(CAT, x=48 / 352, size=side))
    assert cut_off(answer(wide(), seen)) == pytest.approx((352 - 192 * 16 / 9) / 2 / 96)


def test_what_was_beyond_the_canvas_was_not_cut_off() -> None:
    """Only the cut's own loss counts: the rest was never drawn."""
    seen = observation(detection(CAT, x=0.0, size=0.5))
    assert cut_off(answer(wide(), seen)) == pytest.approx((352 - 192 * 16 / 9) / 2 / 96)


def test_only_named_objects_count() -> None:
    assert cut_off(answer(wide(), observation(detection(DOG, x=0.0)))) is None
    assert cut_off(answer(wide(), observation(detection(CAT), detection(DOG, x=0.0)))) == 0.0


def test_ratios_have_a_row_each() -> None:
    rows = ratios([answer(item) for item in ITEMS])
    assert [row.aspect_ratio for row in rows] == list(AspectRatio)
    assert all(row.score.value == 1.0 and row.uncut.trials == 1 for row in rows)


def test_an_object_that_is_cut_by_more_than_a_tenth_is_counted() -> None:
    cut = answer(wide(), observation(detection(CAT, x=0.0, size=0.2)))
    (row,) = ratios([answer(wide(), observation(detection(CAT))), cut])
    assert (row.uncut.successes, row.uncut.trials) == (1, 2)
    assert row.worst == cut_off(cut)


def test_the_same_seed_is_the_same_picture(pipeline: SproutPipeline) -> None:
    calls: list[None] = []
    assert is_repeatable(ITEMS[:2], pipeline, lambda: calls.append(None))
    assert len(calls) == 2


def test_pictures_that_never_differ_are_noticed(pipeline: SproutPipeline) -> None:
    class _Deaf(SproutPipeline):
        def latents(self, request, on_step):  # type: ignore[no-untyped-def, override]
            return super().latents(replace(request, seed=1), on_step)

    assert not is_repeatable(ITEMS[:1], _Deaf(pipeline.sprout, 2), lambda: None)


def test_the_guidance_curve_has_a_point_a_scale_and_the_renderers(pipeline: SproutPipeline, novice: Judge) -> None:
    points = guidance_curve(ITEMS[:3], pipeline, novice, lambda: None)
    assert [point.scale for point in points] == [*GUIDANCE_SCALES, None]
    assert {point.adherence.trials for point in points} == {3}
    assert all(0 < point.saturation < 1 and 0 <= point.clipped <= 1 for point in points)
    assert points[0].saturation != points[-2].saturation


def test_diversity_is_a_distance_of_pictures(pipeline: SproutPipeline, library: IconLibrary) -> None:
    calls: list[None] = []
    found = diversity(pipeline, library, 2, 3, replace(EVERYTHING, nouns=6), lambda: calls.append(None))
    assert len(calls) == 6
    assert 0 < found.drawn < 1
    assert 0 < found.rendered < 1


def test_pictures_that_are_all_alike_have_none(pipeline: SproutPipeline, library: IconLibrary) -> None:
    class _Deaf(SproutPipeline):
        def latents(self, request, on_step):  # type: ignore[no-untyped-def, override]
            return super().latents(replace(request, seed=1), on_step)

    assert (
        diversity(
            cast(SproutPipeline, _Deaf(pipeline.sprout, 2)), library, 1, 3, replace(EVERYTHING, nouns=6), lambda: None
        ).drawn
        == 0.0
    )
