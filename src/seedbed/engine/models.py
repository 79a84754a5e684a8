"""What `SEEDBED_MODEL` may say. Knows no model, so that whoever must load none may ask."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from seedbed.errors import ConfigurationError

__all__ = ["MODELS", "ModelKind", "ModelSource", "check_model", "parse_model"]

MODELS = ("sprout", "noop", "noop-faulty")
"""The models that come with us; the last only to test what a failing model does to a server."""
REMOTE_SCHEME = re.compile("openai[+](https?)")
REPOSITORY = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(@(?P<revision>[\w.-]+))?", re.ASCII)
FOLDER_STARTS = ("/", "./", "../", "~")
SHORT = 12
"""Characters of a revision that tell it from every other."""


class ModelKind(StrEnum):
    """Where a model is."""

    BUILT_IN = "built in"
    """In the package."""
    FOLDER = "folder"
    """In a folder of this machine."""
    HUB = "hub"
    """In a repository of the Hugging Face hub, or what was pulled from it."""
    REMOTE = "remote"
    """Behind another server that speaks OpenAI's images API."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model as it was asked for."""

    kind: ModelKind
    """Where it is."""
    name: str
    """What it is called there; empty for the only one of a remote server."""
    where: str = ""
    """The remote server's address, or the folder."""
    revision: str | None = None
    """The hub's revision: a commit, a branch or a tag."""

    @property
    def label(self) -> str:
        """What images and headers call it."""
        return self.name if self.revision is None else f"{self.name}@{self.revision[:SHORT]}"


def parse_model(text: str, setting: str = "SEEDBED_MODEL") -> ModelSource:
    """The model that `text` stands for, as `setting` says. Raises `ConfigurationError` unless it can stand for one."""
    if text in MODELS:
        return ModelSource(ModelKind.BUILT_IN, text)
    if text.startswith("openai+"):
        return _remote(text, setting)
    if text.startswith(FOLDER_STARTS):
        return _folder(text, setting)
    repository = REPOSITORY.fullmatch(text)
    if repository is not None:
        return ModelSource(ModelKind.HUB, repository["name"], revision=repository["revision"])
    raise ConfigurationError(
        f"{setting}={text}: the models are sprout, a folder such as ./model, a repository such as "
        "Tongyi-MAI/Z-Image, openai+http(s)://host:port/model for a remote one, and noop"
    )


def check_model(text: str, setting: str = "SEEDBED_MODEL") -> None:
    """Raise `ConfigurationError`, which names the setting, unless `text` can stand for a model."""
    parse_model(text, setting)


def _folder(text: str, setting: str) -> ModelSource:
    path = Path(text).expanduser().resolve()
    if not path.is_dir():
        raise ConfigurationError(f"{setting}={text}: there is no such folder")
    return ModelSource(ModelKind.FOLDER, path.name, str(path))


def _remote(text: str, setting: str) -> ModelSource:
    url = urlsplit(text)
    scheme = REMOTE_SCHEME.fullmatch(url.scheme)
    if scheme is None or not url.hostname or not _has_sound_port(url):
        raise ConfigurationError(f"{setting}={text}: a remote model is openai+http(s)://host:port/model")
    if url.username or url.password:
        # It would stand in logs, in the process list and in every picture.
        raise ConfigurationError(f"{setting}: the remote server's key belongs into SEEDBED_REMOTE_API_KEY")
    if url.query or url.fragment:
        raise ConfigurationError(f"{setting}={text}: a remote model has neither ? nor #")
    return ModelSource(ModelKind.REMOTE, url.path.strip("/"), f"{scheme[1]}://{url.netloc}")


def _has_sound_port(url: SplitResult) -> bool:
    try:
        return url.port != 0
    except ValueError:
        return False
