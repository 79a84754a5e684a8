import pytest

from seedbed.errors import InvalidRequest
from seedbed.request import AspectRatio
from seedbed.service.openai_schemas import nearest_shape, parse_images


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ("auto", AspectRatio.SQUARE_1_1),
        ("1024x1024", AspectRatio.SQUARE_1_1),
        ("256x256", AspectRatio.SQUARE_1_1),
        ("1536x1024", AspectRatio.STANDARD_3_2),
        ("1024x1536", AspectRatio.PORTRAIT_2_3),
        ("1792x1024", AspectRatio.WIDESCREEN_16_9),
        ("1024x1792", AspectRatio.SOCIAL_STORY_9_16),
        ("800x600", AspectRatio.CLASSIC_4_3),
        ("600x800", AspectRatio.TRADITIONAL_3_4),
        ("99999x1", AspectRatio.WIDESCREEN_16_9),
    ],
)
def test_a_size_chooses_the_nearest_shape(size: str, shape: AspectRatio) -> None:
    assert nearest_shape(size) is shape


def test_what_is_missing_has_its_default() -> None:
    first, second = parse_images(b'{"prompt": "a cat", "n": 2, "seed": 5, "size": null}').requests()
    assert (first.seed, second.seed) == (5, 6)
    assert (first.guidance_scale, first.aspect_ratio) == (2.5, AspectRatio.SQUARE_1_1)
    (alone,) = parse_images(b'{"prompt": "a cat", "n": null}').requests()
    assert alone.seed is not None


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"prompt": 1}', b'{"prompt": "a", "seed": "1"}'])
def test_what_is_wrong_is_named(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        parse_images(body)


def test_a_number_without_a_fraction_is_whole_however_it_is_written() -> None:
    (request,) = parse_images(b'{"prompt": "an owl", "n": 1.0, "seed": 7.0}').requests()
    assert request.seed == 7
    with pytest.raises(InvalidRequest):
        parse_images(b'{"prompt": "an owl", "n": 1.5}')
