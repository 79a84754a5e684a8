"""Which engine a model's name stands for."""

import logging
import os
from importlib.util import find_spec

from seedbed.engine.engine import Engine
from seedbed.engine.hub import EXTRA
from seedbed.engine.inspection import locate
from seedbed.engine.models import ModelKind, ModelSource, parse_model
from seedbed.errors import ConfigurationError
from seedbed.settings import Settings

__all__ = ["build_engine"]

LOUD = ("torchao", "torch.utils._pytree")


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


def _with_diffusers(settings: Settings, source: ModelSource) -> Engine:
    if find_spec("diffusers") is None or find_spec("transformers") is None:
        raise ConfigurationError(EXTRA)
    source, path = locate(settings, source)
    _quiet()
    from seedbed.engine.diffusers_engine import DiffusersEngine
    from seedbed.engine.diffusers_folder import PipelineFolder

    return DiffusersEngine(settings, source, PipelineFolder.read(path))


def _quiet() -> None:
    """Keep libraries from telling, as they are loaded, which kernels for GPUs they do without."""
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.ERROR)
