"""Models of the Hugging Face hub: pulled once to the hub's own cache, and served from there without a network."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from seedbed.engine.catalogue import check_licence
from seedbed.engine.hub_files import fetch
from seedbed.engine.models import ModelSource
from seedbed.errors import CheckpointError, ConfigurationError

__all__ = ["EXTRA", "pull", "snapshot", "wanted_files"]

EXTRA = "a foreign model needs the extra: pip install 'seedbed[diffusers]'"
INDEX = "model_index.json"
CARD = "README.md"
BRANCH = "main"
"""What the hub takes where no revision is asked for."""
WEIGHTS = ".safetensors"
WANTED = ("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja")
VARIANTS = ("*.fp16.*", "*.fp32.*", "*.bf16.*", "*.non_ema.*", "*flax*", "*openvino*")
"""Weights that are there a second time in another form."""


def snapshot(source: ModelSource) -> tuple[ModelSource, Path]:
    """Where a pulled model lies, and its source with the very commit. Raises `ConfigurationError` if it is not here."""
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise ConfigurationError(EXTRA) from error
    try:
        # Of the whole repository, most is never pulled; whether what is needed is here, `PipelineFolder` sees.
        found = snapshot_download(source.name, revision=source.revision, local_files_only=True, allow_patterns=[INDEX])
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError, ValueError) as error:
        asked = source.name if source.revision is None else f"{source.name}@{source.revision}"
        raise ConfigurationError(f"{asked} is not on this machine: run `seedbed models pull {asked}`") from error
    path = Path(found)
    # The hub's cache names each snapshot by its commit.
    return replace(source, revision=path.name), path


def pull(source: ModelSource, accept_licences: Collection[str] = ()) -> tuple[ModelSource, Path]:
    """Download what drawing needs, and nothing else, from where an earlier pull stopped.

    Raises `CheckpointError` when the repository is not there, needs an account, or is no pipeline, and before
    anything large comes `ConfigurationError` when its licence is not among the open or accepted ones.
    """
    try:
        from huggingface_hub import HfApi, hf_hub_download, snapshot_download
    except ImportError as error:
        raise ConfigurationError(EXTRA) from error
    try:
        info = HfApi().model_info(source.name, revision=source.revision)
        pinned = replace(source, revision=info.sha)
        check_licence(source.name, _licence(info.card_data or {}), accept_licences)
        files = [sibling.rfilename for sibling in info.siblings or ()]
        if INDEX not in files:
            raise CheckpointError(f"it has no {INDEX}, so it is no model in diffusers' layout")
        index = hf_hub_download(source.name, INDEX, revision=info.sha)
        chosen = wanted_files(files, json.loads(Path(index).read_text(encoding="utf-8")))
        weights = [file for file in chosen if file.endswith(WEIGHTS)]
        # What is small and tells whether the rest is worth it comes first; the last call only links what is there.
        snapshot_download(source.name, revision=info.sha, allow_patterns=[f for f in chosen if f not in weights])
        for file in weights:
            fetch(source.name, file, info.sha)
        path = Path(snapshot_download(source.name, revision=info.sha, allow_patterns=chosen))
        _remember(path, source.revision or BRANCH)
    except ConfigurationError:
        raise
    # The hub's client raises its own errors, its HTTP library's and the system's.
    except Exception as error:
        raise CheckpointError(f"{source.name} cannot be pulled: {_why(error)}") from error
    return pinned, path


def _why(error: Exception) -> str:
    """What went wrong with a download, and what mends it, in a part of a sentence."""
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    said = (str(error).strip() or repr(error)).splitlines()[0]
    # Both are errors of repositories that are not found; what the hub says of the first is in its later lines.
    if isinstance(error, GatedRepoError):
        return (
            "it is for accounts that accepted its terms; do so on its page at the hub, and set HF_TOKEN to your token"
        )
    if isinstance(error, RepositoryNotFoundError):
        return "the hub has no such repository, or a private one; look at its name, or set HF_TOKEN to your token"
    if isinstance(error, RevisionNotFoundError):
        return "it has no such revision; leave out what follows the @ for its newest"
    if isinstance(error, HTTPError) and not isinstance(error, HfHubHTTPError):
        return f"the hub is not reached ({said}); try again, or copy the model here and say SEEDBED_MODEL=./folder"
    return said


def _remember(snapshot_path: Path, revision: str) -> None:
    """Say in the hub's cache that a branch's or tag's name means this commit: who asked by commit is never told."""
    commit = snapshot_path.name
    if revision != commit:
        reference = snapshot_path.parent.parent / "refs" / revision
        reference.parent.mkdir(parents=True, exist_ok=True)
        reference.write_text(commit, encoding="utf-8")


def _licence(card: Mapping[str, Any]) -> str | None:
    """The licence that a model's card names, as the hub itself read it."""
    licence = card.get("license")
    return card.get("license_name") or licence if licence == "other" else licence


def wanted_files(files: Iterable[str], index: Mapping[str, object]) -> list[str]:
    """Of a repository's files, those that its pipeline loads: no pickles, no code, no second form of the weights."""
    parts = {name for name, value in index.items() if isinstance(value, list) and value[0] is not None}
    return [file for file in files if file in (INDEX, CARD) or _is_wanted(file, parts)]


def _is_wanted(file: str, parts: set[str]) -> bool:
    folder, _, name = file.rpartition("/")
    matches = any(fnmatch(name, pattern) for pattern in WANTED)
    return folder in parts and matches and not any(fnmatch(name, pattern) for pattern in VARIANTS)
