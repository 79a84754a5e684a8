"""Which engine a model's name stands for."""

from seedbed.engine.engine import Engine
from seedbed.engine.models import ModelKind, parse_model
from seedbed.settings import Settings

__all__ = ["build_engine"]


def build_engine(settings: Settings) -> Engine:
    """The engine of `settings.model`, its weights loaded. Called in the engine's own process only.

    Each engine is imported where it is asked for, so that none pays for another's libraries.
    Raises `ConfigurationError` for an unknown name, `CheckpointError` for weights that do not load.
    """
    source = parse_model(settings.model)
    if source.kind is ModelKind.REMOTE:
        from seedbed.engine.remote_engine import RemoteEngine

        return RemoteEngine(settings, source)
    if source.name == "sprout":
        from seedbed.engine.sprout_engine import SproutEngine

        return SproutEngine(settings)
    from seedbed.engine.noop import NoopEngine

    return NoopEngine(settings, faults=source.name == "noop-faulty")
