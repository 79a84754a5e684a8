"""A caller's promise that two requests are one, and how two bodies are told to be equal."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["IdempotencyKey", "body_digest"]


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's promise that two requests with this key are one."""

    key: str
    """The header's value; it belongs to the caller's API key alone."""
    body_digest: str
    """The body's `body_digest`."""


def body_digest(body: Mapping[str, object]) -> str:
    """SHA-256 of `body`, hexadecimal: the same however its JSON was spaced and ordered."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
