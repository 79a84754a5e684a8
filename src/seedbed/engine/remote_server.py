"""Another server that draws, as seen from here: OpenAI's images API over HTTP, one call at a time.

SGLang Diffusion, vLLM-Omni and others speak it, with further fields for seed and guidance.
"""

import asyncio
import base64
import binascii
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from ssl import SSLContext
from typing import Any
from urllib.parse import urljoin, urlsplit

from httpx2 import AsyncClient, HTTPError, InvalidURL, Response, Timeout, create_ssl_context
from PIL import Image

from seedbed.errors import EngineError

__all__ = ["RemoteBusy", "RemoteGone", "RemoteRefusal", "RemoteServer"]

CONNECT_SECONDS = 10.0
LOOK_SECONDS = 10.0
"""How long a question about the server's state may take."""
MAX_ANSWER_BYTES = 96 * 2**20
MAX_PIXELS = 64 * 2**20
BUSY = (425, 429, 503)
FIELDS_REFUSED = (400, 422)
MAX_REASON = 300
PICTURES = ("PNG", "JPEG", "WEBP")
IMAGES = "/v1/images/generations"

Body = Mapping[str, Any]


class RemoteGone(EngineError):
    """The server did not answer, or not with what one of its kind answers: another try may help."""


class RemoteBusy(EngineError):
    """The server has too much to do."""

    def __init__(self, reason: str, retry_after: float | None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        """Seconds that it asks us to wait."""


class RemoteRefusal(EngineError):
    """The server does not want this request, now or later."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"the remote server refused the picture: {reason} (HTTP {status})")
        self.reason = reason
        """Its own words."""
        self.is_about_fields = status in FIELDS_REFUSED
        """Whether leaving a field out may help."""


@dataclass(frozen=True, slots=True)
class RemoteServer:
    """One address."""

    url: str
    """Scheme, host and port."""
    key: str | None = None
    """Its Bearer token."""
    timeout: float = 600.0
    """Seconds that a picture may take."""

    async def is_healthy(self) -> bool:
        """Whether it answers; a server that has no health route is healthy when it answers at all."""
        try:
            async with self._client(LOOK_SECONDS) as client:
                answer = await client.get("/health")
        except HTTPError:
            return False
        return answer.status_code < 500

    async def models(self) -> tuple[str, ...]:
        """The models that it says it has; empty where it does not say."""
        found = await self._look("/v1/models")
        entries = found.get("data") if isinstance(found, dict) else None
        named = [entry.get("id") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
        return tuple(name for name in named if isinstance(name, str))

    async def known_fields(self) -> frozenset[str] | None:
        """The request's fields that its own OpenAPI document knows; None where there is none to read."""
        document = await self._look("/openapi.json")
        try:
            schema = document["paths"][IMAGES]["post"]["requestBody"]["content"]["application/json"]["schema"]
            name = schema.get("$ref", "").rpartition("/")[2]
            fields = document["components"]["schemas"][name] if name else schema
            return None if fields.get("additionalProperties") else frozenset(fields["properties"])
        except (KeyError, TypeError, AttributeError):
            return None

    async def draw(self, body: Body) -> Image.Image:
        """The picture for a request. Raises `RemoteBusy`, `RemoteGone` or `RemoteRefusal`."""
        try:
            # httpx's own limit is on each wait for bytes; this one is on the picture.
            async with asyncio.timeout(self.timeout), self._client(self.timeout) as client:
                answer = await _read(client, "POST", IMAGES, json=body)
                _check(answer)
                return _picture(await self._image_bytes(client, answer))
        except TimeoutError as error:
            raise RemoteGone(f"the remote server took longer than {self.timeout:g} seconds") from error
        except (HTTPError, InvalidURL) as error:
            raise RemoteGone(f"the remote server did not answer: {_name(error)}") from error

    async def _look(self, path: str) -> Any:
        try:
            async with self._client(LOOK_SECONDS) as client:
                answer = await _read(client, "GET", path)
            return answer.json() if answer.status_code == 200 else None
        except (HTTPError, ValueError, RemoteGone):
            return None

    async def _image_bytes(self, client: AsyncClient, answer: Response) -> bytes:
        try:
            item = answer.json()["data"][0]
            encoded, url = item.get("b64_json"), item.get("url")
            if encoded:
                return base64.b64decode(encoded, validate=True)
        except (ValueError, LookupError, TypeError, AttributeError, binascii.Error) as error:
            raise RemoteGone("the remote server's answer holds no picture") from error
        return await self._fetched(client, url)

    async def _fetched(self, client: AsyncClient, url: object) -> bytes:
        """A picture that the server only points to; nobody but itself is asked for it."""
        target = urljoin(self.url, url) if isinstance(url, str) and url else None
        if target is None or urlsplit(target)[:2] != urlsplit(self.url)[:2]:
            raise RemoteGone("the remote server's answer holds no picture")
        answer = await _read(client, "GET", target)
        _check(answer)
        return answer.content

    @asynccontextmanager
    async def _client(self, timeout: float) -> AsyncIterator[AsyncClient]:
        headers = {"authorization": f"Bearer {self.key}"} if self.key else {}
        limits = Timeout(timeout, connect=CONNECT_SECONDS)
        client = AsyncClient(
            base_url=self.url, headers=headers, timeout=limits, trust_env=False, verify=_certificates(self.url)
        )
        async with client:
            yield client


@cache
def _certificates(url: str) -> SSLContext | bool:
    """Whom we trust to be that server. Reading the certificates takes longer than a call: once is enough."""
    return create_ssl_context() if url.startswith("https:") else False


async def _read(client: AsyncClient, method: str, path: str, **more: Any) -> Response:
    """The whole answer, but never more of it than a picture can be."""
    async with client.stream(method, path, **more) as answer:
        content = bytearray()
        async for part in answer.aiter_bytes():
            content += part
            if len(content) > MAX_ANSWER_BYTES:
                raise RemoteGone(f"the remote server's answer is larger than {MAX_ANSWER_BYTES} bytes")
        headers = {name: value for name, value in answer.headers.items() if name == "retry-after"}
        return Response(answer.status_code, content=bytes(content), headers=headers)


def _check(answer: Response) -> None:
    if answer.status_code == 200:
        return
    reason = _reason(answer)
    if answer.status_code in BUSY:
        raise RemoteBusy(f"the remote server is busy: {reason}", _retry_after(answer))
    if answer.status_code >= 500 or answer.status_code == 408:
        raise RemoteGone(f"the remote server failed: {reason} (HTTP {answer.status_code})")
    raise RemoteRefusal(answer.status_code, reason)


def _reason(answer: Response) -> str:
    """What an error's body says: OpenAI's shape, FastAPI's, or just text."""
    try:
        body = answer.json()
    except ValueError:
        body = answer.text
    if isinstance(body, dict):
        error = body.get("error") or body.get("detail") or body.get("message") or body
        body = error.get("message", error) if isinstance(error, dict) else error
    return str(body)[:MAX_REASON] or "no reason given"


def _retry_after(answer: Response) -> float | None:
    told = answer.headers.get("retry-after", "")
    # A date, or nothing: our own patience decides.
    return float(told) if told.isdecimal() else None


def _picture(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=PICTURES) as image:
            if image.width * image.height > MAX_PIXELS:
                raise RemoteGone(f"the remote server's picture is too large: {image.width}x{image.height}")
            return image.convert("RGB")
    # Pillow's decoders raise what they like on damaged files.
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise RemoteGone("the remote server's picture cannot be read") from error


def _name(error: Exception) -> str:
    return str(error) or type(error).__name__
