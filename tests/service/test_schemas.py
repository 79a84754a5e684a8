import json

import pytest

from seedbed.errors import InvalidRequest
from seedbed.request import AspectRatio, GenerationRequest
from seedbed.service.schemas import MAX_VALUES, Submission, parse_generation


def parse(**fields: object) -> Submission:
    return parse_generation(json.dumps({"prompt": "a cat", **fields}).encode())


def wrong(body: bytes) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as raised:
        parse_generation(body)
    return {param.field: param.reason for param in raised.value.params}


def test_a_prompt_alone_gets_the_contracts_defaults() -> None:
    assert parse().request == GenerationRequest("a cat", AspectRatio.SQUARE_1_1, 2.5, None)


def test_every_field_is_taken_as_it_is() -> None:
    body = parse(aspect_ratio="portrait_2_3", guidance_scale=7, seed=2147483647, webhook_url="https://h/x?y=ü")
    assert body.request == GenerationRequest("a cat", AspectRatio.PORTRAIT_2_3, 7.0, 2147483647)
    assert body.webhook_url == "https://h/x?y=ü"


def test_null_means_the_default() -> None:
    body = parse(aspect_ratio=None, guidance_scale=None, seed=None, webhook_url=None)
    assert body.request == GenerationRequest("a cat")


@pytest.mark.parametrize("guidance_scale", [0, 0.0, -0.0, 20, 20.0, 1e-300])
def test_guidance_reaches_from_0_to_20(guidance_scale: float) -> None:
    assert parse(guidance_scale=guidance_scale).request.guidance_scale == guidance_scale


def test_unknown_fields_are_kept_apart_and_named() -> None:
    body = parse(num_images=4, reference_images=["x"], **{"ünknown": None})
    assert body.ignored_fields == ("num_images", "reference_images", "ünknown")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", '"7"'),
        ("seed", "true"),
        ("seed", "1.5"),
        ("seed", "1.0"),
        ("seed", "NaN"),
        ("seed", "1e400"),
        ("seed", "-1"),
        ("seed", "2147483648"),
        ("seed", "9" * 400),
        ("seed", "[]"),
        ("guidance_scale", '"2.5"'),
        ("guidance_scale", "true"),
        ("guidance_scale", "NaN"),
        ("guidance_scale", "Infinity"),
        ("guidance_scale", "1e400"),
        ("guidance_scale", "-0.1"),
        ("guidance_scale", "20.1"),
        ("guidance_scale", "{}"),
        ("aspect_ratio", '"square"'),
        ("aspect_ratio", '"SQUARE_1_1"'),
        ("aspect_ratio", '""'),
        ("aspect_ratio", "1"),
        ("prompt", '""'),
        ("prompt", '" \\n\\t\\u3000"'),
        ("prompt", '"a\\u0000b"'),
        ("prompt", "null"),
        ("prompt", "7"),
        ("prompt", '["a cat"]'),
        ("prompt", json.dumps("x" * 4097)),
        ("webhook_url", '"not a url"'),
        ("webhook_url", '""'),
        ("webhook_url", '"ftp://h/x"'),
        ("webhook_url", '"https://"'),
        ("webhook_url", '"https://h:99999/"'),
        ("webhook_url", '"https://[::1/"'),
        ("webhook_url", '"https://h/ x"'),
        ("webhook_url", json.dumps("https://h/" + "x" * 2048)),
        ("webhook_url", "7"),
    ],
)
def test_what_breaks_the_contract_is_refused_and_named(field: str, value: str) -> None:
    fields = {"prompt": '"a cat"', field: value}
    body = "{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}"
    assert list(wrong(body.encode())) == [f"body.{field}"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"a cat"',
        b'{"prompt":"a cat"} x',
        b'{"prompt":"\xff"}',
        b'{"prompt":"\\ud800"}',
        b'{"prompt":"\\udc00\\ud800"}',
        '{"prompt":"a cat"}'.encode("utf-16"),
        b'{"prompt":"a cat","x":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"[" * 100_000,
        b'{"prompt":"a cat","seed":' + b"9" * 5000 + b"}",
        b'{"prompt":"a cat","x":[' + b"[]," * MAX_VALUES + b"0]}",
        b'{"prompt":"a cat"' + b"".join(b',"%x":{}' % n for n in range(MAX_VALUES // 2)) + b"}",
    ],
)
def test_what_is_no_json_object_is_refused_as_a_whole(body: bytes) -> None:
    assert list(wrong(body)) == ["body"]


def test_every_wrong_field_is_named_at_once() -> None:
    assert list(wrong(b'{"prompt":" ","seed":-1,"guidance_scale":"1"}')) == [
        "body.prompt",
        "body.guidance_scale",
        "body.seed",
    ]
    assert wrong(b"{}") == {"body.prompt": "Field required"}


def test_a_prompt_of_4096_characters_fits_however_many_bytes_it_has() -> None:
    assert parse(prompt="😀" * 4096).request.prompt == "😀" * 4096


def test_a_digest_is_made_of_all_fields_on_request_and_only_then() -> None:
    body = b'{"prompt":"a cat","x":["y", 1.0]}'
    same = b'{ "x" : ["y",1.0], "seed":null, "prompt":"a c\\u0061t" }'
    assert parse_generation(body).digest is None
    assert parse_generation(body, with_digest=True).digest == parse_generation(same, with_digest=True).digest
    other = body.replace(b"y", b"z")
    assert parse_generation(body, with_digest=True).digest != parse_generation(other, with_digest=True).digest


def test_images_that_nobody_asked_for_leave_nothing_but_their_fields_name() -> None:
    images = ["data:image/png;base64," + "iVBORw0KGgo=" * 50_000] * 5
    assert parse(reference_images=images) == parse_generation(b'{"prompt":"a cat","reference_images":0}')
