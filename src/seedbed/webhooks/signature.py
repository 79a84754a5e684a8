"""Signing webhooks as the contract says, and verifying them as a receiver does."""

import base64
import binascii
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from seedbed.errors import SignatureError

__all__ = ["TOLERANCE_SECONDS", "sign", "signed_headers", "standard_secret", "verify"]

TOLERANCE_SECONDS = 300
"""How far a receiver lets the timestamp lie from its own clock."""

_STANDARD_PREFIX = "whsec_"


def sign(secrets: Sequence[str], webhook_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: one `v1,…` signature for each key, separated by spaces.

    Args:
        secrets: each as configured; a `whsec_` secret gives two keys, see `_keys`.
        webhook_id: the event's id.
        timestamp: when this attempt is made, in Unix seconds.
        body: the raw body, UTF-8.
    """
    when = datetime.fromtimestamp(timestamp, tz=UTC)
    signatures = (Webhook(key).sign(webhook_id, when, body.decode()) for key in _keys(secrets))
    return " ".join(dict.fromkeys(signatures))


def signed_headers(secrets: Sequence[str], webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The contract's three headers for one attempt; arguments as of `sign`."""
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secrets, webhook_id, timestamp, body),
    }


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Raise `SignatureError` unless one of `secrets` signed `body` less than five minutes from `now`.

    The library has a `verify` too; it reads the clock by itself, so that no test can fix it, and lets
    a malformed header raise whatever it may.

    Args:
        secrets: those that may have signed; several during a rotation.
        headers: the request's headers, names in any case.
        body: the raw body, as received.
        now: the receiver's clock, in Unix seconds.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    webhook_id = lowered.get("webhook-id", "")
    timestamp = _timestamp(lowered.get("webhook-timestamp", ""))
    if abs(now - timestamp) > TOLERANCE_SECONDS:
        raise SignatureError("the timestamp is more than five minutes off")
    given = [part.encode() for part in lowered.get("webhook-signature", "").split()]
    expected = sign(secrets, webhook_id, timestamp, _checked(body)).encode().split()
    if not any(hmac.compare_digest(mine, theirs) for mine in expected for theirs in given):
        raise SignatureError("no signature matches")


def standard_secret(key: bytes) -> str:
    """`key` as a Standard Webhooks secret, which every library for receivers takes."""
    return _STANDARD_PREFIX + base64.b64encode(key).decode()


def _keys(secrets: Sequence[str]) -> Iterator[bytes]:
    """The hosts key with the secret's UTF-8 bytes, Standard Webhooks with a `whsec_` secret decoded.

    Signing with both satisfies every known receiver, because any one match passes.
    """
    for secret in secrets:
        yield secret.encode()
        if secret.startswith(_STANDARD_PREFIX) and (decoded := _decoded(secret)):
            yield decoded


def _decoded(secret: str) -> bytes:
    try:  # more padding than is needed does no harm; receivers' libraries add it as well
        return base64.b64decode(secret.removeprefix(_STANDARD_PREFIX) + "==")
    except binascii.Error:
        return b""


def _timestamp(header: str) -> int:
    if not (header.isascii() and header.isdigit() and len(header) <= 12):
        raise SignatureError("the timestamp is missing or no number of seconds")
    return int(header)


def _checked(body: bytes) -> bytes:
    try:
        body.decode()
    except UnicodeDecodeError:
        raise SignatureError("the body is not UTF-8") from None
    return body
