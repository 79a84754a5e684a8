"""One attempt to deliver one webhook: a POST with a deadline that follows no redirect."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from seedbed.webhooks.guard import AddressRefused, check_url, guarded_connector

__all__ = ["Delivered", "Outcome", "Rejected", "Sender"]

MAX_RESPONSE_BYTES = 16 * 1024
GONE = 410


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver took it."""

    status: int
    """Its HTTP status, 200 to 299."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The receiver did not take it, or could not be reached."""

    reason: str
    """What happened, for the log."""
    retryable: bool
    """Whether a later attempt could fare better."""


Outcome = Delivered | Rejected


class Sender:
    """Posts webhooks, each over a connection of its own; any number of threads may.

    Args:
        timeout: seconds that a receiver may take, from the name's lookup to the answer's end.
        allow_private: whether http and private addresses are allowed.
    """

    def __init__(self, timeout: float, *, allow_private: bool) -> None:
        self._timeout = timeout
        self._allow_private = allow_private
        self._posting: set[tuple[asyncio.AbstractEventLoop, asyncio.Task[Outcome]]] = set()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Post `body` to `url`; whatever goes wrong out there comes back as `Rejected`.

        Args:
            url: the receiver.
            headers: the signature's; ours are added.
            body: compact JSON.

        Raises `asyncio.CancelledError`, which is no `Exception`, when `abort` broke it off.
        """
        if refusal := check_url(url, allow_private=self._allow_private):
            return Rejected(f"URL {refusal}", retryable=False)
        # A loop for each attempt: a name server that hangs for one receiver then blocks no other's lookup,
        # which a shared loop with its few resolver threads would do.
        return asyncio.run(self._tracked(url, headers, body))

    def abort(self) -> None:
        """Break off every post that is under way."""
        for loop, task in tuple(self._posting):
            with contextlib.suppress(RuntimeError):  # its loop has just ended by itself
                loop.call_soon_threadsafe(task.cancel)

    async def _tracked(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        # An ASCII URL goes out as it was given: yarl would decode %2F, which a receiver may have signed.
        post = asyncio.ensure_future(self._post(URL(url, encoded=url.isascii()), headers, body))
        entry = (asyncio.get_running_loop(), post)
        self._posting.add(entry)
        try:
            return await post
        finally:
            self._posting.discard(entry)

    async def _post(self, url: URL, headers: Mapping[str, str], body: bytes) -> Outcome:
        try:
            async with (
                self._session() as session,
                session.post(url, data=body, headers=_all(headers), allow_redirects=False) as response,
            ):
                # A short answer is read to its end so that the receiver is not cut off; more is not wanted.
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    await response.content.read(MAX_RESPONSE_BYTES)
                return _judge(response.status)
        except TimeoutError:
            return Rejected(f"no answer within {self._timeout:g} s", retryable=True)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return _explain(error)

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=guarded_connector(allow_private=self._allow_private),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # a small compressed answer could otherwise fill our memory
            trust_env=False,  # a proxy would connect for us, past the guard
        )


def _all(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        **headers,
        "content-type": "application/json",
        "user-agent": "Seedbed",
        "accept-encoding": "identity",
    }


def _judge(status: int) -> Outcome:
    if 200 <= status < 300:
        return Delivered(status)
    if 300 <= status < 400:
        return Rejected(f"answered {status}; redirects are not followed", retryable=True)
    return Rejected(f"answered {status}", retryable=status != GONE)


def _explain(error: Exception) -> Rejected:
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, AddressRefused):
        return Rejected(str(error.os_error), retryable=False)
    if isinstance(error, aiohttp.InvalidURL):
        return Rejected("the URL is not valid", retryable=False)
    if isinstance(error, aiohttp.ClientResponseError):
        # Its own text ends with the whole URL, which may hold the receiver's secret.
        return Rejected(f"no HTTP: {error.message.partition(chr(10))[0]}", retryable=True)
    return Rejected(f"{type(error).__name__}: {error}", retryable=True)
