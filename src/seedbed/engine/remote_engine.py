"""A model that another server runs, behind our engine interface: that server draws, and we keep the promises.

No torch here. What the other server does not do as it is asked (seed, guidance, size) is found out and told.
"""

import asyncio
import hashlib
import time
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

import structlog
from PIL import Image

from seedbed.engine.engine import Engine, Finish, ModelIdentity, OnStep, Viewer
from seedbed.engine.families import Family, family_named
from seedbed.engine.models import ModelSource
from seedbed.engine.native_sizes import NativeSizes
from seedbed.engine.remote_request import OPTIONAL, RemoteRequest, refused_field
from seedbed.engine.remote_server import RemoteBusy, RemoteGone, RemoteRefusal, RemoteServer
from seedbed.engine.sketch import Sketch, finish
from seedbed.errors import ConfigurationError, EngineCrashed, EngineError
from seedbed.request import GenerationRequest, PixelSize
from seedbed.settings import Settings
from seedbed.task import Remarks

__all__ = ["RemoteEngine"]

SIGN_OF_LIFE = 0.25
"""Seconds between two signs that we still wait; also how late a cancellation is seen."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
"""Seconds between two tries: the first and the longest."""
PROBE = "a red apple on a white table"
THUMBNAIL = (32, 32)

T = TypeVar("T")
log = structlog.get_logger(__name__)


class RemoteEngine(Engine):
    """Draws by asking a server that speaks OpenAI's images API.

    Args:
        settings: its key, and how patient we are.
        source: its address, and the model's name there.
    """

    def __init__(self, settings: Settings, source: ModelSource) -> None:
        key = settings.remote_api_key
        self._settings = settings
        self._url = source.where
        self._server = RemoteServer(source.where, key.get_secret_value() if key else None, settings.remote_timeout)
        self._model = source.name
        self._is_known = False
        self._left_out: frozenset[str] = frozenset()
        self._without_effect: frozenset[str] = frozenset()

    @property
    def identity(self) -> ModelIdentity:
        """The model's name there; its weights are out of sight, so the digest is of its name and address."""
        return ModelIdentity(self._model, hashlib.sha256(f"{self._url}/{self._model}".encode()).hexdigest())

    def warm_up(self) -> None:
        """Wait for the server, see that it has the model, and find out what it makes of seed and guidance.

        Raises `ConfigurationError` when it has no such model, `EngineError` when it does not come up.
        """
        self._await_health()
        self._get_to_know()
        self._probe()
        log.info("remote model", model=self._model, ignored=sorted(self._ignored(GenerationRequest(PROBE, seed=0))))

    def sketch(self, request: GenerationRequest, on_step: OnStep, _viewer: Viewer | None = None, /) -> Finish:
        """Draw `request`, whose seed is set; such a server shows nothing before the end.

        Raises `EngineCrashed` when the server is gone, `ConfigurationError` when it has no such model.
        """
        if not self._is_known:
            # Who draws without warming up, as `seedbed generate`, pays for no pictures but his own.
            self._expect_health()
            self._get_to_know()
        asked = self._asked(request)
        picture = asyncio.run(_watched(self._insist(asked), on_step))
        on_step(1, 1)
        remarks = self._remarks(request, asked.size, picture)
        return partial(finish, Sketch(picture, request, self.identity, remarks=remarks), self._settings)

    @property
    def _family(self) -> Family | None:
        return family_named(self._model)

    def _asked(self, request: GenerationRequest) -> RemoteRequest:
        sizes = self._family.sizes if self._family else NativeSizes()
        return RemoteRequest(self._model, request, sizes.size(request.aspect_ratio), self._family)

    async def _insist(self, asked: RemoteRequest) -> Image.Image:
        """The picture, through busy times, passing failures and fields that the server refuses."""
        busy_until = time.monotonic() + self._settings.remote_timeout
        failures, pause = 0, FIRST_PAUSE
        while True:
            try:
                return await self._server.draw(asked.body(self._left_out))
            except RemoteBusy as busy:
                wait = pause if busy.retry_after is None else busy.retry_after
                if time.monotonic() + wait > busy_until:
                    raise EngineError(str(busy)) from busy
            except RemoteRefusal as refusal:
                self._leave_out(refusal, asked)
                continue
            except RemoteGone as gone:
                failures, wait = failures + 1, pause
                if failures > self._settings.remote_retries:
                    raise await self._verdict(gone) from gone
            await asyncio.sleep(wait)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _verdict(self, gone: RemoteGone) -> EngineError:
        """Whether the server is to blame, which may come back, or the request, which only it fails at."""
        return EngineError(str(gone)) if await self._server.is_healthy() else EngineCrashed(str(gone))

    def _leave_out(self, refusal: RemoteRefusal, asked: RemoteRequest) -> None:
        """Do without the field that the server names in its refusal; raises it when there is none to spare."""
        field = refused_field(refusal.reason, asked.body(self._left_out)) if refusal.is_about_fields else None
        if field is None:
            raise refusal
        log.warning("remote server refuses a field", field=field, reason=refusal.reason)
        self._left_out |= {field}

    def _await_health(self) -> None:
        until = time.monotonic() + self._settings.engine_start_timeout - 2 * LONGEST_PAUSE
        pause = FIRST_PAUSE
        while not asyncio.run(self._server.is_healthy()):
            if time.monotonic() > until:
                raise self._is_silent()
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _expect_health(self) -> None:
        if not asyncio.run(self._server.is_healthy()):
            raise self._is_silent()

    def _is_silent(self) -> EngineError:
        return EngineError(f"the remote server at {self._url} does not answer: start it, or mind its address")

    def _get_to_know(self) -> None:
        """Find out by its words which model and which fields it has."""
        self._choose_model(asyncio.run(self._server.models()))
        known = asyncio.run(self._server.known_fields())
        if known is not None:
            self._left_out = OPTIONAL - known
        self._is_known = True

    def _choose_model(self, models: tuple[str, ...]) -> None:
        if not self._model and len(models) == 1:
            self._model = models[0]
        # A server that names no models is taken at our word.
        if not self._model or (models and self._model not in models):
            there = ", ".join(models) or "nothing that it names"
            raise ConfigurationError(f"the remote server has no model {self._model!r}: it has {there}")

    def _probe(self) -> None:
        """Find out by pictures whether seed and guidance do anything: servers may ignore them without a word."""
        try:
            plain, again, other, strong = (
                self._thumbnail(GenerationRequest(PROBE, seed=seed, guidance_scale=guidance))
                for seed, guidance in ((1, 2.5), (1, 2.5), (2, 2.5), (1, 7.0))
            )
        except RemoteRefusal as refusal:
            # A wrong key, or no images at all: nothing that waiting mends.
            raise ConfigurationError(str(refusal)) from refusal
        noise, by_seed, by_guidance = (_distance(plain, one) for one in (again, other, strong))
        # A GPU's rounding may tell two equal requests apart, but never as far as another seed does.
        obeys_seed = noise <= by_seed / 2 and by_seed > 0
        # Where seeds do nothing, every two pictures differ and nothing can be said of guidance.
        obeys_guidance = not obeys_seed or by_guidance > 2 * noise
        self._without_effect = frozenset(
            name for name, obeys in (("seed", obeys_seed), ("guidance_scale", obeys_guidance)) if not obeys
        )

    def _thumbnail(self, request: GenerationRequest) -> bytes:
        picture = asyncio.run(self._insist(self._asked(request)))
        return picture.resize(THUMBNAIL, Image.Resampling.BOX).tobytes()

    def _ignored(self, request: GenerationRequest) -> frozenset[str]:
        return self._without_effect | self._asked(request).missing(self._left_out)

    def _remarks(self, request: GenerationRequest, asked: PixelSize, picture: Image.Image) -> Remarks:
        ignored = self._ignored(request)
        if picture.width * asked.height != picture.height * asked.width:
            ignored |= {"aspect_ratio"}
        applied = self._asked(request).applied_guidance
        limited = "guidance_scale" not in ignored and applied != request.guidance_scale
        return Remarks(tuple(sorted(ignored)), applied if limited else None)


async def _watched(work: Coroutine[Any, Any, T], on_step: OnStep) -> T:
    """What `work` gives, while `on_step` hears that it goes on and may end it."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=SIGN_OF_LIFE))[0]:
            on_step(0, 1)
        return task.result()
    finally:
        # Closes the connection, by which a server can tell that nobody waits any more.
        task.cancel()
        await asyncio.wait({task})


def _distance(one: bytes, two: bytes) -> float:
    """Mean difference of two thumbnails, 0 to 255."""
    return sum(abs(a - b) for a, b in zip(one, two, strict=True)) / len(one)
