import math
from typing import Any

import pytest

from seedbed.engine.families import FAMILIES, Family, family_named, family_of
from seedbed.engine.guidance_map import GuidanceKind
from seedbed.request import AspectRatio, Resolution

each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@each_family
def test_every_family_is_found_by_what_tells_it(family: Family) -> None:
    name = f"someone/model-{family.marks[0].upper()}" if family.marks else "someone/model"
    assert family_of(family.pipeline, name, dict(family.settings)) == family


@each_family
def test_native_sizes_are_near_our_shapes_and_fit_their_multiple(family: Family) -> None:
    for ratio in AspectRatio:
        size, ours = family.sizes.size(ratio), ratio.pixel_size(Resolution.TWO_K)
        assert size.width % family.sizes.multiple == size.height % family.sizes.multiple == 0
        # What is cut off is less than a tenth of the picture.
        assert abs(math.log(size.width / size.height * ours.height / ours.width)) < 0.1


@each_family
def test_the_default_guidance_lands_where_makers_put_theirs(family: Family) -> None:
    applied = family.guidance.apply(2.5)
    expected = {GuidanceKind.AS_IS: 2.5, GuidanceKind.ONE_PLUS: 3.5, GuidanceKind.NONE: family.guidance.off}
    if family.guidance.kind is GuidanceKind.EMBEDDED:
        assert family.guidance.lowest <= applied.value <= family.guidance.highest
    else:
        assert applied.value == expected[family.guidance.kind]


@pytest.mark.parametrize(
    ("pipeline", "name", "settings", "expected"),
    [
        ("ZImagePipeline", "Tongyi-MAI/Z-Image-Turbo", {}, "Z-Image-Turbo"),
        ("ZImagePipeline", "Tongyi-MAI/Z-Image", {}, "Z-Image"),
        ("FluxPipeline", "black-forest-labs/FLUX.1-schnell", {"transformer.guidance_embeds": False}, "FLUX.1 schnell"),
        ("FluxPipeline", "black-forest-labs/FLUX.1-dev", {"transformer.guidance_embeds": True}, "FLUX.1 dev"),
        ("Flux2KleinPipeline", "black-forest-labs/FLUX.2-klein-4B", {"is_distilled": True}, "FLUX.2 klein"),
        ("Flux2KleinPipeline", "x", {"is_distilled": False}, "FLUX.2 klein base"),
        ("NoSuchPipeline", "x", {}, None),
    ],
)
def test_siblings_are_told_apart(pipeline: str, name: str, settings: dict[str, Any], expected: str | None) -> None:
    found = family_of(pipeline, name, settings)
    assert (found and found.name) == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("Qwen/Qwen-Image-2512", "Qwen-Image"),
        ("Tongyi-MAI/Z-Image-Turbo", "Z-Image-Turbo"),
        ("black-forest-labs/FLUX.2-klein-base-4B", "FLUX.2 klein base"),
        ("black-forest-labs/FLUX.1-dev", "FLUX.1 dev"),
        ("stabilityai/stable-diffusion-3.5-large", "Stable Diffusion 3"),
        ("somebody/unheard-of", None),
    ],
)
def test_a_name_alone_tells_the_family_where_it_can(model: str, expected: str | None) -> None:
    found = family_named(model)
    assert (found and found.name) == expected
