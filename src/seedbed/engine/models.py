"""What `SEEDBED_MODEL` may say. Knows no model, so that whoever must load none may ask."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from seedbed.errors import ConfigurationError

__all__ = ["MODELS", "ModelKind", "ModelSource", "check_model", "parse_model"]

MODELS = ("sprout", "noop", "noop-faulty")
"""The models that come with us; the last only to test what a failing model does to a server."""
REMOTE_SCHEME = re.compile("openai[+](https?)")


class ModelKind(StrEnum):
    """Where a model is."""

    BUILT_IN = "built in"
    """In the package."""
    REMOTE = "remote"
    """Behind another server that speaks OpenAI's images API."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model as it was asked for."""

    kind: ModelKind
    """Where it is."""
    name: str
    """What it is called there; empty for the only one of a remote server."""
    url: str = ""
    """The remote server's address."""


def parse_model(text: str) -> ModelSource:
    """The model that `text` stands for. Raises `ConfigurationError` unless it can stand for one."""
    if text in MODELS:
        return ModelSource(ModelKind.BUILT_IN, text)
    if text.startswith("openai+"):
        return _remote(text)
    raise ConfigurationError(
        f"SEEDBED_MODEL={text}: the models are sprout, openai+http(s)://host:port/model for a remote one, and noop"
    )


def check_model(text: str) -> None:
    """Raise `ConfigurationError` unless `text` can stand for a model."""
    parse_model(text)


def _remote(text: str) -> ModelSource:
    url = urlsplit(text)
    scheme = REMOTE_SCHEME.fullmatch(url.scheme)
    if scheme is None or not url.hostname or not _has_sound_port(url):
        raise ConfigurationError(f"SEEDBED_MODEL={text}: a remote model is openai+http(s)://host:port/model")
    if url.username or url.password:
        # It would stand in logs, in the process list and in every picture.
        raise ConfigurationError("SEEDBED_MODEL: the remote server's key belongs into SEEDBED_REMOTE_API_KEY")
    if url.query or url.fragment:
        raise ConfigurationError(f"SEEDBED_MODEL={text}: a remote model has neither ? nor #")
    return ModelSource(ModelKind.REMOTE, url.path.strip("/"), f"{scheme[1]}://{url.netloc}")


def _has_sound_port(url: SplitResult) -> bool:
    try:
        return url.port != 0
    except ValueError:
        return False
