"""Webhooks as a receiver wants them: verified first, then read."""

import json
import time
from collections.abc import Mapping, Sequence

from seedbed.client.results import RemoteTask
from seedbed.errors import ServerError
from seedbed.webhooks.signature import verify

__all__ = ["read_webhook"]


def read_webhook(
    secrets: str | Sequence[str], headers: Mapping[str, str], body: bytes, *, now: float | None = None
) -> RemoteTask:
    """The task that a webhook tells of.

    Args:
        secrets: what may have signed it; several during a rotation.
        headers: the request's headers, names in any case.
        body: the raw body, as received.
        now: the receiver's clock, in Unix seconds; by default the machine's.

    Raises `SignatureError` for what was not signed with a secret less than five minutes ago, `ServerError` for what
    was, and still is no task.
    """
    secrets = (secrets,) if isinstance(secrets, str) else secrets
    verify(secrets, headers, body, now=time.time() if now is None else now)
    try:
        return RemoteTask.from_answer(json.loads(body), {})
    except ValueError as error:
        raise ServerError("the webhook's body is no JSON") from error
