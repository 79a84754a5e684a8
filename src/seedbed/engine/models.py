"""Which models there are, by name. Knows none of them, so that whoever must load no model may ask."""

from seedbed.errors import ConfigurationError

__all__ = ["MODELS", "check_model"]

MODELS = ("sprout", "noop", "noop-faulty")
"""What `SEEDBED_MODEL` may say; the last only to test what a failing model does to a server."""


def check_model(name: str) -> None:
    """Raise `ConfigurationError` unless a model is called `name`."""
    if name not in MODELS:
        raise ConfigurationError(f"SEEDBED_MODEL={name}: the models are sprout and noop")
