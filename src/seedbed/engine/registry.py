"""Which engine a model's name stands for."""

from importlib.util import find_spec
from pathlib import Path

import structlog

from seedbed.engine.catalogue import check_licence, licence_of
from seedbed.engine.engine import Engine
from seedbed.engine.hub import EXTRA, snapshot
from seedbed.engine.models import ModelKind, ModelSource, parse_model
from seedbed.errors import ConfigurationError
from seedbed.settings import Settings

__all__ = ["build_engine", "locate"]

log = structlog.get_logger(__name__)


def build_engine(settings: Settings) -> Engine:
    """The engine of `settings.model`, its weights loaded. Called in the engine's own process only.

    Each engine is imported where it is asked for, so that none pays for another's libraries.
    Raises `ConfigurationError` for an unknown name, `CheckpointError` for weights that do not load.
    """
    source = parse_model(settings.model)
    if source.kind is ModelKind.REMOTE:
        from seedbed.engine.remote_engine import RemoteEngine

        return RemoteEngine(settings, source)
    if source.kind in (ModelKind.FOLDER, ModelKind.HUB):
        return _with_diffusers(settings, source)
    if source.name == "sprout":
        from seedbed.engine.sprout_engine import SproutEngine

        return SproutEngine(settings)
    from seedbed.engine.noop import NoopEngine

    return NoopEngine(settings, faults=source.name == "noop-faulty")


def locate(settings: Settings, source: ModelSource) -> tuple[ModelSource, Path]:
    """A foreign model's folder on this machine, its licence looked at first.

    Raises `ConfigurationError` when it is not here, or nobody accepted its licence.
    """
    # What the catalogue knows is told before anybody pulls gigabytes.
    check_licence(source.name, licence_of(source.name, None), settings.accept_licences)
    source, path = snapshot(source) if source.kind is ModelKind.HUB else (source, Path(source.where))
    licence = licence_of(source.name, path)
    check_licence(source.name, licence, settings.accept_licences)
    if licence is None:
        log.warning("nobody says what this model's licence is", model=source.label)
    return source, path


def _with_diffusers(settings: Settings, source: ModelSource) -> Engine:
    if find_spec("diffusers") is None or find_spec("transformers") is None:
        raise ConfigurationError(EXTRA)
    source, path = locate(settings, source)
    from seedbed.engine.diffusers_engine import DiffusersEngine
    from seedbed.engine.diffusers_folder import PipelineFolder

    return DiffusersEngine(settings, source, PipelineFolder.read(path))
