from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from seedbed.engine.enlarge import enlarge
from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.errors import EngineError, GenerationCancelled
from seedbed.request import AspectRatio, GenerationRequest, PixelSize, Resolution
from seedbed.sprout.canvas import cell_grid
from seedbed.sprout.vocabulary import NULL
from tests.sprout.tiny import sprout

STEPS = 4
REQUEST = GenerationRequest("a red cat", seed=7)


def no_report(_step: int, _steps: int) -> None:
    """For drawings that nobody watches."""


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> SproutPipeline:
    return SproutPipeline(sprout(tmp_path_factory.mktemp("weights")), num_inference_steps=STEPS)


@pytest.fixture
def passes(pipeline: SproutPipeline) -> Callable[[float, int], int]:
    """How many predictions a drawing takes, by guidance scale and number of steps."""

    def count(guidance_scale: float, steps: int) -> int:
        calls: list[int] = []
        handle = pipeline.sprout.transformer.register_forward_hook(lambda _, given, __: calls.append(len(given[0])))
        request = replace(REQUEST, guidance_scale=guidance_scale)
        replace(pipeline, num_inference_steps=steps).latents(request, no_report)
        handle.remove()
        assert len(calls) == steps  # both predictions of a guided step are one pass
        return sum(calls)

    return count


def _pixels(pipeline: SproutPipeline, request: GenerationRequest) -> bytes:
    return pipeline.decode(pipeline.latents(request, no_report)).tobytes()


@pytest.mark.parametrize("resolution", Resolution)
@pytest.mark.parametrize("ratio", AspectRatio)
def test_pictures_have_exactly_the_contracts_size(
    pipeline: SproutPipeline, ratio: AspectRatio, resolution: Resolution
) -> None:
    size = ratio.pixel_size(resolution)
    picture = pipeline.decode(pipeline.latents(replace(REQUEST, aspect_ratio=ratio), no_report))
    assert enlarge(picture, size).size == (size.width, size.height)


def test_the_same_request_gives_the_same_pixels_whatever_is_drawn_between(pipeline: SproutPipeline) -> None:
    first = _pixels(pipeline, REQUEST)
    for other in (replace(REQUEST, seed=8), replace(REQUEST, aspect_ratio=AspectRatio.PORTRAIT_2_3)):
        torch.manual_seed(99)
        assert _pixels(pipeline, other) != first
    assert _pixels(pipeline, REQUEST) == first


@pytest.mark.parametrize(
    "other",
    [
        GenerationRequest("a red cat", seed=8),
        GenerationRequest("a red dog", seed=7),
        GenerationRequest("a red cat", seed=7, guidance_scale=0),
    ],
    ids=str,
)
def test_seed_prompt_and_guidance_change_the_picture(pipeline: SproutPipeline, other: GenerationRequest) -> None:
    assert not torch.allclose(pipeline.latents(other, no_report), pipeline.latents(REQUEST, no_report), atol=1e-3)


def test_every_step_is_reported(pipeline: SproutPipeline) -> None:
    steps: list[tuple[int, int]] = []
    pipeline.latents(REQUEST, lambda step, total: steps.append((step, total)))
    assert steps == [(number, STEPS) for number in range(1, STEPS + 1)]


def test_a_cancelled_drawing_stops_at_its_step(pipeline: SproutPipeline) -> None:
    seen: list[int] = []

    def cancel(step: int, _steps: int) -> None:
        seen.append(step)
        if step == 2:
            raise GenerationCancelled("enough")

    with pytest.raises(GenerationCancelled, match="enough"):
        pipeline.latents(REQUEST, cancel)
    assert seen == [1, 2]


@pytest.mark.parametrize("steps", [1, 4, 12])
def test_without_guidance_each_step_is_one_prediction(passes: Callable[[float, int], int], steps: int) -> None:
    assert passes(0, steps) == steps


def test_guidance_costs_a_second_prediction_within_its_interval_only(passes: Callable[[float, int], int]) -> None:
    # Of the times 0/12 to 11/12, those from 2/12 to 7/12 are within 0.1 to 0.6.
    assert passes(2.5, 12) == 12 + 6
    assert passes(20, 12) == 12 + 6


@pytest.mark.parametrize("guidance_scale", [0, 2.5, 20])
def test_no_guidance_breaks_the_picture(pipeline: SproutPipeline, guidance_scale: float) -> None:
    latents = pipeline.latents(replace(REQUEST, guidance_scale=guidance_scale), no_report)
    assert latents.isfinite().all()
    assert latents.abs().max() < 100


def test_words_that_are_not_known_are_named_and_drawn_without(pipeline: SproutPipeline) -> None:
    assert pipeline.parse("a red zebra 🦓").ignored_words == ("zebra", "🦓")
    assert pipeline.parse("🦓").tokens == (NULL,)
    for prompt in ("a red zebra", "🦓", "?!", "a " * 2048):
        assert pipeline.latents(GenerationRequest(prompt, seed=1), no_report).isfinite().all()


def test_a_request_has_one_plan_for_its_canvas(pipeline: SproutPipeline) -> None:
    request = replace(REQUEST, aspect_ratio=AspectRatio.WIDESCREEN_16_9)
    plan = pipeline.plan(request)
    assert (plan.rows, plan.columns) == cell_grid(request.aspect_ratio)
    assert pipeline.plan(replace(request, guidance_scale=20)) == plan
    assert len({pipeline.plan(replace(request, seed=seed)) for seed in range(20)}) > 1


def test_without_a_seed_nothing_is_planned_or_drawn(pipeline: SproutPipeline) -> None:
    with pytest.raises(EngineError, match="seed"):
        pipeline.plan(replace(REQUEST, seed=None))
    with pytest.raises(EngineError, match="seed"):
        pipeline.latents(replace(REQUEST, seed=None), no_report)


def test_a_picture_is_cut_around_its_middle_and_never_stretched() -> None:
    wide = Image.new("RGB", (120, 60), "red")
    wide.paste("blue", (30, 0, 90, 60))
    for picture in (wide, wide.rotate(90, expand=True)):
        square = enlarge(picture, PixelSize(240, 240))
        # What was cut away may shine through at the very edge, as far as the filter reaches.
        assert square.crop((12, 12, 228, 228)).getextrema() == ((0, 0), (0, 0), (255, 255))
        assert np.asarray(square)[..., 2].min() > 127
    assert enlarge(wide, PixelSize(120, 60)).tobytes() == wide.tobytes()
