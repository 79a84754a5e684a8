"""What both clients put into their requests."""

from typing import Any, Final
from urllib.parse import quote

from seedbed.client.exchange import TASKS
from seedbed.errors import ConfigurationError, InvalidKey, InvalidParam, InvalidRequest
from seedbed.request import DEFAULT_GUIDANCE_SCALE, AspectRatio, GenerationRequest
from seedbed.task import TaskStatus

__all__ = [
    "DEFAULT_URL",
    "HEADER",
    "REQUEST_TIMEOUT",
    "STREAM_TIMEOUT",
    "WAIT_TIMEOUT",
    "body_of",
    "event_path",
    "key_header",
    "list_params",
    "server_url",
]

DEFAULT_URL: Final = "http://127.0.0.1:8000"
HEADER: Final = "x-freepik-api-key"
REQUEST_TIMEOUT: Final = 30.0
"""Seconds that one request may take."""
STREAM_TIMEOUT: Final = 60.0
"""Seconds without a word after which a stream of events is taken for broken; the server speaks every 15."""
WAIT_TIMEOUT: Final = 600.0
"""Seconds that a task may take, waiting in the queue included."""


def server_url(base_url: str) -> str:
    """The server's address, whether it or that of the contract's route was given. Raises `ConfigurationError`."""
    if not base_url.startswith(("http://", "https://")):
        raise ConfigurationError(f"{base_url} is no server's address: write it as in {DEFAULT_URL}")
    return base_url.rstrip("/").removesuffix(TASKS)


def key_header(header: str, api_key: str) -> dict[str, str]:
    """The header that shows the key. Raises `InvalidKey` where no header could hold it."""
    if not (api_key.isascii() and api_key.isprintable()):
        raise InvalidKey("the API key holds characters that no key has")
    return {header: api_key}


def body_of(
    prompt: str,
    aspect_ratio: AspectRatio | str | None,
    guidance_scale: float | None,
    seed: int | None,
    webhook_url: str | None = None,
) -> dict[str, Any]:
    """The POST's body, without what was not said. Raises `InvalidRequest` before anything is sent."""
    shape = _shape(aspect_ratio)
    scale = DEFAULT_GUIDANCE_SCALE if guidance_scale is None else guidance_scale
    GenerationRequest(prompt, shape or AspectRatio.SQUARE_1_1, scale, seed)
    said = {
        "prompt": prompt,
        "aspect_ratio": shape and str(shape),
        "guidance_scale": guidance_scale,
        "seed": seed,
        "webhook_url": webhook_url,
    }
    return {name: value for name, value in said.items() if value is not None}


def _shape(aspect_ratio: AspectRatio | str | None) -> AspectRatio | None:
    try:
        return None if aspect_ratio is None else AspectRatio(aspect_ratio)
    except ValueError:
        raise InvalidRequest(InvalidParam("aspect_ratio", f"must be one of {', '.join(AspectRatio)}")) from None


def list_params(limit: int | None, cursor: str | None, status: TaskStatus | None) -> dict[str, Any]:
    """The list's query, without what was not said."""
    said = {"limit": limit, "cursor": cursor, "status": status and str(status)}
    return {name: value for name, value in said.items() if value is not None}


def event_path(task_id: str) -> str:
    """Where a Seedbed tells of a task's changes."""
    return f"/v1/seedbed/tasks/{quote(task_id, safe='')}/events"
