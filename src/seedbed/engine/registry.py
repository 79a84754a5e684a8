"""Which engine a model's name stands for."""

import logging
import os

from seedbed.engine.engine import Engine
from seedbed.engine.inspection import inspect_model
from seedbed.engine.models import ModelKind, ModelSource, parse_model
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
    found = inspect_model(settings, source)
    _quiet()
    from seedbed.engine.diffusers_engine import DiffusersEngine

    return DiffusersEngine(settings, found.source, found.folder)


def _quiet() -> None:
    """Keep libraries from telling, as they are loaded, which kernels for GPUs they do without."""
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.ERROR)
