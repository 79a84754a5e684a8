from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from seedbed.errors import SignatureError
from seedbed.webhooks.signature import sign, signed_headers, standard_secret, verify

BODY = (
    b'{"task_id":"046b6c7f-0b8a-43b9-b35d-6489e6daee91","status":"COMPLETED",'
    b'"generated":["https://example.com/a.jpeg"]}'
)
NOW = 1_700_000_000
STANDARD_SECRET = standard_secret(b"thirty-two bytes of test secret!")


def test_the_contracts_vector() -> None:
    assert sign(["test-secret"], "msg_1", NOW, BODY) == "v1,kf4lsQCWiXf55mIF0Z2DqG5xVH02VA0V1P4wJA9I3sw="


def test_each_secret_of_a_rotation_signs_once() -> None:
    both = sign(["old", "new", "old"], "msg_1", NOW, BODY).split(" ")
    assert both == [sign(["old"], "msg_1", NOW, BODY), sign(["new"], "msg_1", NOW, BODY)]


def test_a_whsec_secret_signs_in_both_readings() -> None:
    literal, decoded = sign([STANDARD_SECRET], "msg_1", NOW, BODY).split(" ")
    assert Webhook(STANDARD_SECRET.encode()).sign("msg_1", datetime.fromtimestamp(NOW, UTC), BODY.decode()) == literal
    assert Webhook(STANDARD_SECRET).sign("msg_1", datetime.fromtimestamp(NOW, UTC), BODY.decode()) == decoded


@pytest.mark.parametrize("secret", ["whsec_", "whsec_=", "whsec_a"])
def test_a_whsec_secret_that_is_no_base64_still_signs(secret: str) -> None:
    assert sign([secret], "msg_1", NOW, BODY).startswith("v1,")


@pytest.mark.parametrize("theirs", [STANDARD_SECRET, STANDARD_SECRET.encode(), b"other"])
def test_a_standard_webhooks_receiver_verifies_ours(theirs: str | bytes) -> None:
    now = int(datetime.now(UTC).timestamp())
    headers = signed_headers([STANDARD_SECRET, "other"], "msg_1", now, BODY)
    assert Webhook(theirs).verify(BODY, headers)["status"] == "COMPLETED"
    with pytest.raises(WebhookVerificationError):
        Webhook(b"another secret").verify(BODY, headers)


def test_verify_takes_any_matching_signature() -> None:
    headers = signed_headers(["new", "old"], "msg_1", NOW, BODY)
    verify(["old"], {name.upper(): value for name, value in headers.items()}, BODY, NOW + 299)
    verify(["wrong", "new"], headers, BODY, NOW - 299)


def test_verify_takes_a_sender_that_decodes_whsec() -> None:
    signature = Webhook(STANDARD_SECRET).sign("msg_1", datetime.fromtimestamp(NOW, UTC), BODY.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": signature}
    verify([STANDARD_SECRET], headers, BODY, NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": str(NOW + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "9" * 40},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,, ,é"},
        {"webhook-signature": "v2,kf4lsQCWiXf55mIF0Z2DqG5xVH02VA0V1P4wJA9I3sw="},
    ],
)
def test_verify_refuses_changed_headers(change: dict[str, str]) -> None:
    headers = signed_headers(["secret"], "msg_1", NOW, BODY) | change
    with pytest.raises(SignatureError):
        verify(["secret"], headers, BODY, NOW)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_verify_refuses_missing_headers(missing: str) -> None:
    headers = signed_headers(["secret"], "msg_1", NOW, BODY)
    del headers[missing]
    with pytest.raises(SignatureError):
        verify(["secret"], headers, BODY, NOW)


@pytest.mark.parametrize("now", [NOW - 301, NOW + 301])
def test_verify_refuses_what_is_five_minutes_off(now: float) -> None:
    with pytest.raises(SignatureError, match="five minutes"):
        verify(["secret"], signed_headers(["secret"], "msg_1", NOW, BODY), BODY, now)


@pytest.mark.parametrize("body", [BODY + b" ", BODY.replace(b"COMPLETED", b"FAILED"), b"\xff"])
def test_verify_refuses_a_changed_body(body: bytes) -> None:
    with pytest.raises(SignatureError):
        verify(["secret"], signed_headers(["secret"], "msg_1", NOW, BODY), body, NOW)
