import math
from typing import Any

import pytest

from seedbed.errors import InvalidRequest
from seedbed.request import AspectRatio, GenerationRequest, PixelSize, Resolution, draw_seed

CONTRACT = {
    "square_1_1": ("2048x2048", "1024x1024"),
    "widescreen_16_9": ("2560x1440", "1280x720"),
    "social_story_9_16": ("1440x2560", "720x1280"),
    "portrait_2_3": ("1664x2496", "832x1248"),
    "traditional_3_4": ("1728x2304", "864x1152"),
    "standard_3_2": ("2496x1664", "1248x832"),
    "classic_4_3": ("2304x1728", "1152x864"),
}


def test_the_sizes_are_those_of_the_contract() -> None:
    sizes = {
        str(ratio): (str(ratio.pixel_size(Resolution.TWO_K)), str(ratio.pixel_size(Resolution.ONE_K)))
        for ratio in AspectRatio
    }
    assert sizes == CONTRACT


def test_an_empty_wish_is_the_contracts_defaults() -> None:
    request = GenerationRequest("a cat")
    assert (request.aspect_ratio, request.guidance_scale, request.seed) == ("square_1_1", 2.5, None)


@pytest.mark.parametrize("prompt", ["", " \t\n", "\u3000", "a\0b", "\ud800", "a" * 4097])
def test_a_prompt_that_says_nothing_too_much_or_no_text_is_refused(prompt: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^prompt: "):
        GenerationRequest(prompt)


@pytest.mark.parametrize("prompt", ["a", "a" * 4096, "😀" * 4096, " a "])
def test_every_other_prompt_is_fine(prompt: str) -> None:
    assert GenerationRequest(prompt).prompt == prompt


@pytest.mark.parametrize("scale", [-0.01, 20.01, math.nan, math.inf, -math.inf])
def test_guidance_has_its_range(scale: float) -> None:
    with pytest.raises(InvalidRequest, match=r"^guidance_scale: "):
        GenerationRequest("a", guidance_scale=scale)


@pytest.mark.parametrize("seed", [-1, 2147483648])
def test_a_seed_has_its_range(seed: int) -> None:
    with pytest.raises(InvalidRequest, match=r"^seed: "):
        GenerationRequest("a", seed=seed)


@pytest.mark.parametrize(("scale", "seed"), [(0.0, 0), (20.0, 2147483647)])
def test_the_ranges_include_their_ends(scale: float, seed: int) -> None:
    assert GenerationRequest("a", guidance_scale=scale, seed=seed).with_seed().seed == seed


def test_everything_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(InvalidRequest) as refused:
        GenerationRequest(" ", guidance_scale=21, seed=-1)
    assert [param.field for param in refused.value.params] == ["body.prompt", "body.guidance_scale", "body.seed"]


@pytest.mark.parametrize(("field", "value"), [("prompt", None), ("guidance_scale", "5"), ("seed", "7"), ("seed", 7.0)])
def test_another_type_is_named_as_well(field: str, value: Any) -> None:
    with pytest.raises(InvalidRequest, match=f"^{field}: "):
        GenerationRequest(**{"prompt": "a cat", field: value})


def test_a_drawn_seed_is_a_seed_and_hardly_ever_the_same() -> None:
    seeds = {draw_seed() for _ in range(100)}
    assert len(seeds) > 90
    assert all(GenerationRequest("a", seed=seed) for seed in seeds)
    assert GenerationRequest("a").with_seed().seed is not None


def test_a_size_reads_as_people_write_it() -> None:
    assert str(PixelSize(2048, 1024)) == "2048x1024"
