"""Several models on one server, each in a process of its own."""

from collections.abc import Sequence

from seedbed.engine.engine import DrawnImage, ModelIdentity, OnStep, Viewer
from seedbed.engine.process import EngineProcess
from seedbed.errors import EngineError
from seedbed.request import GenerationRequest
from seedbed.settings import Settings

__all__ = ["EngineGroup", "open_engines"]


class EngineGroup:
    """The server's own model and its further ones: ready when all are, given up when one is."""

    def __init__(self, settings: Settings) -> None:
        self._own = EngineProcess(settings)
        self._further = {
            alias: EngineProcess(settings.model_copy(update={"model": model}))
            for alias, model in settings.model_aliases.items()
        }

    def start(self) -> None:
        """Start all processes; returns at once."""
        for engine in self._all:
            engine.start()

    @property
    def is_ready(self) -> bool:
        """Whether a drawing by any of them would begin at once."""
        return all(engine.is_ready for engine in self._all)

    @property
    def failure(self) -> str | None:
        """Why one of the models was given up; None while there is hope for all."""
        return next((engine.failure for engine in self._all if engine.failure is not None), None)

    @property
    def identity(self) -> ModelIdentity:
        """The server's own model. Raises `NotReady` until it was first loaded."""
        return self._own.identity

    def warm_up(self) -> None:
        """Wait for all to be ready. Raises `NotReady`."""
        for engine in self._all:
            engine.warm_up()

    def draw(self, request: GenerationRequest, on_step: OnStep, viewer: Viewer | None = None, /) -> DrawnImage:
        """Draw `request` with the model that it asks for. Raises `EngineError` when there is none of that alias."""
        return self._engine_of(request).draw(request, on_step, viewer)

    def draw_batch(
        self, requests: Sequence[GenerationRequest], on_step: OnStep, viewers: Sequence[Viewer | None] = (), /
    ) -> list[DrawnImage]:
        """Draw several at once, which all ask for the same model."""
        return self._engine_of(requests[0]).draw_batch(requests, on_step, viewers)

    def close(self) -> None:
        """Kill all processes."""
        for engine in self._all:
            engine.close()

    def _engine_of(self, request: GenerationRequest) -> EngineProcess:
        engine = self._further.get(request.model) if request.model else self._own
        if engine is None:
            raise EngineError(f"this server has no model called {request.model} any more")
        return engine

    @property
    def _all(self) -> tuple[EngineProcess, ...]:
        return (self._own, *self._further.values())


def open_engines(settings: Settings) -> EngineProcess | EngineGroup:
    """What draws for `settings`, not started yet: one process for each model."""
    return EngineGroup(settings) if settings.model_aliases else EngineProcess(settings)
