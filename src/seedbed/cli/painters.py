"""Who draws for `seedbed mcp`: a server, or an engine of our own; both tell of their steps and can be stopped."""

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from seedbed.cli.connection import reaching, server_address, server_key
from seedbed.errors import ConfigurationError, GenerationCancelled, TaskNotFound
from seedbed.request import GenerationRequest
from seedbed.settings import Settings

if TYPE_CHECKING:
    from seedbed.client.async_client import AsyncClient
    from seedbed.client.results import RemoteTask
    from seedbed.engine.engine import DrawnImage
    from seedbed.engine.process import EngineProcess

__all__ = ["LocalPainter", "OnProgress", "Painted", "Painter", "ServerPainter", "check_painter", "painter", "smaller"]

QUALITY: Final = 90
"""JPEG quality of a picture that was made smaller."""
OnProgress = Callable[[int, int], Awaitable[None]]
"""Called with (step, num_inference_steps) after each network step."""


@dataclass(frozen=True, slots=True)
class Painted:
    """A finished picture, and what there is to say of it."""

    jpeg: bytes
    """The whole JPEG file."""
    size: str
    """Width and height in pixels, as in 2048x2048."""
    seed: int | None
    """Where the noise started; None where another host does not tell."""
    model: str
    """What drew it."""
    ignored_words: tuple[str, ...]
    """Words that the model does not know and did not draw."""
    read_as: tuple[tuple[str, str], ...]
    """Misspelt words, each with what it was read as."""
    url: str | None = None
    """Where the whole picture is, for as long as its link holds."""


class Painter(Protocol):
    """Draws what is asked for, and knows what may be."""

    async def draw(self, request: GenerationRequest, on_progress: OnProgress) -> Painted:
        """Draw; to cancel the call is to cancel the drawing. Raises `SeedbedError`."""

    async def vocabulary(self) -> dict[str, Any]:
        """The words that the model was taught, by what they are for. Raises `SeedbedError`."""


def check_painter(settings: Settings, server: str | None) -> None:
    """Raise `ConfigurationError` where `painter` could not draw."""
    from seedbed.engine.models import check_model

    if server is None and settings.client_key is None:
        check_model(settings.model)
        return
    server_key(settings)
    server_address(settings, server)


@asynccontextmanager
async def painter(settings: Settings, server: str | None) -> AsyncIterator[Painter]:
    """A server where one is named or a key for one is set, an engine of our own else. Raises `ConfigurationError`."""
    check_painter(settings, server)
    if settings.client_key is None:
        async with _own_engine(settings) as engine:
            yield LocalPainter(settings, engine)
        return
    from seedbed.client.async_client import AsyncClient

    async with AsyncClient(server_address(settings, server), api_key=server_key(settings)) as client:
        yield ServerPainter(client)


@asynccontextmanager
async def _own_engine(settings: Settings) -> "AsyncIterator[EngineProcess]":
    from seedbed.engine.process import EngineProcess

    engine = EngineProcess(settings)
    # It loads while the assistant still thinks of what to draw.
    engine.start()
    try:
        yield engine
    finally:
        await asyncio.to_thread(engine.close)


class ServerPainter:
    """Draws with a server that speaks the contract."""

    def __init__(self, client: "AsyncClient") -> None:
        self._client = client

    async def draw(self, request: GenerationRequest, on_progress: OnProgress) -> Painted:
        """Submit, follow, download; a task that nobody waits for any more is cancelled."""
        with reaching():
            return await self._draw(request, on_progress)

    async def _draw(self, request: GenerationRequest, on_progress: OnProgress) -> Painted:
        task = await self._client.tasks.create(
            request.prompt,
            aspect_ratio=request.aspect_ratio,
            guidance_scale=request.guidance_scale,
            seed=request.seed,
        )
        try:
            ended = await self._ended(task.task_id, on_progress)
        except asyncio.CancelledError:
            with suppress(TaskNotFound):
                await asyncio.shield(self._client.tasks.cancel(task.task_id))
            raise
        picture = await self._client.download(ended)
        told = picture.task
        return Painted(
            picture.jpeg,
            str(told.size) if told.size else _measured(picture.jpeg),
            told.seed,
            told.model or "the server's model",
            told.ignored_words,
            told.read_as,
            told.generated[0],
        )

    async def _ended(self, task_id: str, on_progress: OnProgress) -> "RemoteTask":
        # Another host tells of no steps.
        with suppress(TaskNotFound):
            async with aclosing(self._client.tasks.watch(task_id)) as changes:
                async for change in changes:
                    if change.step and change.num_inference_steps:
                        await on_progress(change.step, change.num_inference_steps)
        return await self._client.tasks.wait(task_id)

    async def vocabulary(self) -> dict[str, Any]:
        """What the server tells. Raises `TaskNotFound` where it is none of ours."""
        from seedbed.client.exchange import Send

        with reaching():
            answer = await self._client.run(self._client.patience.send(Send("GET", "/v1/seedbed/vocabulary")))
        told: dict[str, Any] = answer.json()["data"]
        return told


class LocalPainter:
    """Draws with an engine of our own, one picture at a time."""

    def __init__(self, settings: Settings, engine: "EngineProcess") -> None:
        self._settings = settings
        self._engine = engine

    async def draw(self, request: GenerationRequest, on_progress: OnProgress) -> Painted:
        """Draw in a thread; a cancelled drawing ends at its next network step."""
        asked, given_up, loop = request.with_seed(), threading.Event(), asyncio.get_running_loop()

        def on_step(step: int, steps: int) -> None:
            if given_up.is_set():
                raise GenerationCancelled("cancelled by the assistant")
            asyncio.run_coroutine_threadsafe(_told(on_progress, step, steps), loop)

        try:
            drawn: DrawnImage = await asyncio.to_thread(self._draw, asked, on_step)
        except asyncio.CancelledError:
            given_up.set()
            raise
        corrections = tuple((said, read_as) for said, read_as in drawn.corrections)
        return Painted(drawn.jpeg, str(drawn.size), asked.seed, drawn.identity.name, drawn.ignored_words, corrections)

    def _draw(self, request: GenerationRequest, on_step: Callable[[int, int], None]) -> "DrawnImage":
        self._engine.wait_ready(self._settings.engine_start_timeout)
        if self._engine.failure is not None:
            raise ConfigurationError(self._engine.failure)
        return self._engine.draw(request, on_step)

    async def vocabulary(self) -> dict[str, Any]:
        """What our own model was taught."""
        from seedbed.service.vocabulary import vocabulary_of

        return vocabulary_of(self._settings.model).model_dump(mode="json")


async def _told(on_progress: OnProgress, step: int, steps: int) -> None:
    # Progress is news only: who has left need not hear it.
    with suppress(Exception):
        await on_progress(step, steps)


def _measured(jpeg: bytes) -> str:
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as picture:
        return f"{picture.width}x{picture.height}"


def smaller(jpeg: bytes, side: int) -> bytes:
    """The picture with its longer side at most `side` pixels; the same bytes where it is already, or `side` is 0."""
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as picture:
        if side == 0 or max(picture.size) <= side:
            return jpeg
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=QUALITY)
        return out.getvalue()
