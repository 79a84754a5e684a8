import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from seedbed.engine.engine import ModelIdentity
from seedbed.engine.jpeg import ImageMetadata, encode_jpeg
from seedbed.request import AspectRatio, GenerationRequest
from seedbed.task import Remarks

PIXELS = np.random.default_rng(1).integers(0, 255, (16, 24, 3), np.uint8)
IDENTITY = ModelIdentity("sprout", "ab" * 32)


def metadata(prompt: str) -> ImageMetadata:
    return ImageMetadata(GenerationRequest(prompt, AspectRatio.STANDARD_3_2, 2.5, 7), IDENTITY)


def facts_of(jpeg: bytes) -> dict[str, str]:
    """What the XMP packet says."""
    packet = Image.open(io.BytesIO(jpeg)).info["xmp"]
    description = ElementTree.fromstring(packet).find(".//{*}Description")
    assert description is not None
    return {re.sub("{.*}", "", name): value for name, value in description.attrib.items()}


def test_pictures_and_arrays_give_the_same_file() -> None:
    assert encode_jpeg(PIXELS, 90) == encode_jpeg(Image.fromarray(PIXELS), 90)
    assert encode_jpeg(PIXELS, 90, metadata("a")) == encode_jpeg(PIXELS, 90, metadata("a"))


def test_quality_counts() -> None:
    assert len(encode_jpeg(PIXELS, 20)) < len(encode_jpeg(PIXELS, 95))


def test_the_pixels_come_back_nearly() -> None:
    flat = np.full((16, 24, 3), (200, 30, 90), np.uint8)
    back = np.asarray(Image.open(io.BytesIO(encode_jpeg(flat, 95))))
    assert back.shape == flat.shape
    assert np.abs(back.astype(int) - flat).max() <= 3


@pytest.mark.parametrize(
    "prompt",
    ["a cat", "Ärger & <Öl> \"quoted\" 'too'", "猫 🐈", "x\x01\x0b\uffffy", "tab\tand\nline", "é" * 4096],
)
def test_both_records_tell_the_whole_request(prompt: str) -> None:
    jpeg = encode_jpeg(PIXELS, 90, metadata(prompt))
    comment = Image.open(io.BytesIO(jpeg)).getexif().get_ifd(0x8769)[0x9286]
    assert comment.startswith(b"UNICODE\0")
    text = comment.removeprefix(b"UNICODE\0").decode("utf-16-le")
    assert text.startswith(f"prompt: {prompt}\nseed: 7\nguidance_scale: 2.5\n")
    assert f"model_digest: {IDENTITY.digest}" in text
    legal = re.sub("[\x01\x0b\uffff]", "\ufffd", prompt)
    assert facts_of(jpeg) == {
        "about": "",
        "prompt": legal,
        "seed": "7",
        "guidance_scale": "2.5",
        "aspect_ratio": "standard_3_2",
        "model": "sprout",
        "model_digest": IDENTITY.digest,
    }


def test_what_the_model_did_otherwise_is_told_too() -> None:
    remarks = Remarks(("guidance_scale", "seed"), 9.0, 12, "512x512")
    told = facts_of(encode_jpeg(PIXELS, 90, replace(metadata("a cat"), remarks=remarks)))
    plain = facts_of(encode_jpeg(PIXELS, 90, metadata("a cat")))
    assert dict(told.items() - plain.items()) == {
        "ignored_parameters": "guidance_scale, seed",
        "applied_guidance_scale": "9.0",
        "dropped_tokens": "12",
        "drawn_size": "512x512",
    }
    assert plain.keys() < told.keys()


def test_the_build_is_told_where_there_is_one() -> None:
    told = facts_of(
        encode_jpeg(PIXELS, 90, replace(metadata("a cat"), build="seedbed 0.1.0, torch 2.13.0, x86_64 AVX2"))
    )
    plain = facts_of(encode_jpeg(PIXELS, 90, metadata("a cat")))
    assert dict(told.items() - plain.items()) == {"build": "seedbed 0.1.0, torch 2.13.0, x86_64 AVX2"}


def test_without_metadata_the_file_tells_nothing() -> None:
    image = Image.open(io.BytesIO(encode_jpeg(PIXELS, 90)))
    assert "xmp" not in image.info
    assert not image.getexif()


def test_a_picture_with_transparency_is_flattened() -> None:
    rgba = Image.new("RGBA", (8, 8), (10, 20, 30, 0))
    assert Image.open(io.BytesIO(encode_jpeg(rgba, 90))).mode == "RGB"
