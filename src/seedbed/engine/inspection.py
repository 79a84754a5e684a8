"""What can be said of a foreign model without loading it: where it is, its licence, and how it will be used."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import structlog

from seedbed.engine.catalogue import check_licence, licence_of
from seedbed.engine.diffusers_folder import PipelineFolder
from seedbed.engine.families import Family, choose_family
from seedbed.engine.hub import EXTRA, snapshot
from seedbed.engine.models import ModelKind, ModelSource
from seedbed.errors import ConfigurationError
from seedbed.settings import Settings

__all__ = ["Inspected", "inspect_folder", "inspect_model", "locate"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Inspected:
    """A model whose files are all here."""

    source: ModelSource
    """What it is called, with the very commit if it is the hub's."""
    folder: PipelineFolder
    """Its files."""
    family: Family
    """How it is used."""
    licence: str | None
    """Its licence; None where nobody says."""


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


def inspect_model(settings: Settings, source: ModelSource) -> Inspected:
    """Look through a foreign model that shall be drawn with.

    Raises `ConfigurationError` when it is not here, may not be used, or what runs it is not installed;
    `CheckpointError` when its files are not whole.
    """
    if find_spec("diffusers") is None or find_spec("transformers") is None:
        raise ConfigurationError(EXTRA)
    return inspect_folder(settings, *locate(settings, source))


def inspect_folder(settings: Settings, source: ModelSource, path: Path) -> Inspected:
    """Look through a folder. Raises `CheckpointError`, or `ConfigurationError` for a licence nobody accepted."""
    licence = licence_of(source.name, path)
    check_licence(source.name, licence, settings.accept_licences)
    folder = PipelineFolder.read(path)
    family = choose_family(folder.pipeline, source.name, folder.settings, settings.model_family)
    return Inspected(source, folder, family, licence)
