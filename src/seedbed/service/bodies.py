"""Request bodies: so many bytes each, and so many bytes of all of them at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.requests import Request

from seedbed.errors import BodyTooLarge, ServerBusy

__all__ = ["FREE_BYTES", "Room", "received_body"]

FREE_BYTES = 64 * 1024
"""A body up to this size takes no room: the server holds as much of any request before somebody reads it."""
PATIENCE = 10.0
"""Seconds that a large body waits for room before its sender is asked to come again."""


class Room:
    """Memory for large bodies, given out in the order of asking.

    A body takes all that it may need before it is read on. Were it to take what has come so far, bodies that are
    half there could wait for each other for ever. What waits stays with its sender: a socket that nobody reads is
    flow control. All on one event loop, so nothing here needs a lock against threads.

    Args:
        size: bytes at a time.
        patience: seconds that one waits.
    """

    def __init__(self, size: int, patience: float = PATIENCE) -> None:
        self._free = size
        self._patience = patience
        self._door = asyncio.Lock()
        self._left = asyncio.Event()

    @asynccontextmanager
    async def take(self, count: int) -> AsyncIterator[None]:
        """Hold `count` bytes. Raises `ServerBusy` when they are not to be had in time."""
        try:
            async with asyncio.timeout(self._patience):
                await self._enter(count)
        except TimeoutError:
            raise ServerBusy("too many large bodies are under way") from None
        try:
            yield
        finally:
            self._free += count
            self._left.set()

    async def _enter(self, count: int) -> None:
        async with self._door:
            while count > self._free:
                self._left.clear()
                await self._left.wait()
            self._free -= count


@asynccontextmanager
async def received_body(request: Request, limit: int, room: Room) -> AsyncIterator[bytearray]:
    """The request's whole body, which counts against `room` as long as the context lasts.

    The announced length lets us refuse early, and take no more room than is needed; chunked bodies announce none.
    Starlette's own limit would answer in plain text, even in place of our 401.

    Args:
        request: whose body nobody has read yet.
        limit: bytes of one body.
        room: bytes of all large ones.

    Raises `BodyTooLarge` as soon as it is known to exceed the limit, and `ServerBusy` when there is no room.
    """
    needed = _announced(request, limit)
    body = bytearray()
    async with AsyncExitStack() as held:
        is_large = False
        async for chunk in request.stream():
            if not is_large and len(body) + len(chunk) > FREE_BYTES:
                is_large = True
                await held.enter_async_context(room.take(needed))
            body += chunk
            if len(body) > limit:
                raise BodyTooLarge(f"at most {limit} bytes")
        yield body


def _announced(request: Request, limit: int) -> int:
    """How long the body says it is; as long as it may be if it does not say."""
    announced = request.headers.get("content-length", "")
    if not announced.isdigit():
        return limit
    if int(announced[:20]) > limit:
        raise BodyTooLarge(f"at most {limit} bytes")
    return int(announced[:20])
