import pytest

from seedbed.engine.families import family_named
from seedbed.engine.remote_request import RemoteRequest, refused_field
from seedbed.request import GenerationRequest, PixelSize


def asked(model: str, guidance: float = 2.5) -> RemoteRequest:
    request = GenerationRequest("a seed in the sun", guidance_scale=guidance, seed=7)
    return RemoteRequest(model, request, PixelSize(1024, 1024), family_named(model))


@pytest.mark.parametrize(
    ("model", "guidance", "field", "value", "applied"),
    [
        ("x/unheard-of", 2.5, "guidance_scale", 3.5, 2.5),
        ("x/unheard-of", 20.0, "guidance_scale", 20.0, 19.0),
        ("Tongyi-MAI/Z-Image", 20.0, "guidance_scale", 20.0, 20.0),
        ("Qwen/Qwen-Image", 0.0, "true_cfg_scale", 1.0, 0.0),
        ("black-forest-labs/FLUX.1-dev", 20.0, "guidance_scale", 5.0, 4.0),
    ],
)
def test_guidance_is_said_in_the_models_words(
    model: str, guidance: float, field: str, value: float, applied: float
) -> None:
    request = asked(model, guidance)
    assert request.body()[field] == value
    assert request.applied_guidance == applied


def test_what_is_left_out_is_missed() -> None:
    request = asked("Qwen/Qwen-Image")
    assert request.missing(()) == frozenset()
    assert request.missing({"seed", "size", "output_format"}) == {"seed", "aspect_ratio"}
    assert "seed" not in request.body({"seed"})


@pytest.mark.parametrize(
    ("reason", "field"),
    [
        ("Unknown parameter: 'generator_device'.", "generator_device"),
        ("[{'loc': ['body', 'output_format'], 'msg': 'Extra inputs are not permitted'}]", "output_format"),
        ("your prompt 'a seed in the sun' was refused", None),
        ("prompt is too rude", None),
    ],
)
def test_a_refusal_names_its_field_or_none(reason: str, field: str | None) -> None:
    assert refused_field(reason, asked("x/y").body()) == field
