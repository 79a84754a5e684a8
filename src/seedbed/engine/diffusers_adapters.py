"""LoRA adapters: small files that change what a foreign model draws, laid over its weights when it is loaded."""

import hashlib
import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from seedbed.errors import CheckpointError, ConfigurationError

__all__ = ["Adapter", "apply_adapters", "parse_adapters"]


@dataclass(frozen=True, slots=True)
class Adapter:
    """One adapter and how strongly it acts."""

    file: Path
    """Its safetensors file."""
    strength: float
    """1 as it was trained, 0 not at all."""

    def digest(self) -> str:
        """SHA-256 of its file and strength, hexadecimal."""
        return hashlib.sha256(self.file.read_bytes() + repr(self.strength).encode()).hexdigest()


def parse_adapters(texts: Iterable[str]) -> tuple[Adapter, ...]:
    """The adapters of `file.safetensors` or `file.safetensors=0.8`.

    Raises `ConfigurationError` for what is no such thing, `CheckpointError` for a file that is damaged.
    """
    return tuple(_adapter(text) for text in texts)


def apply_adapters(pipeline: Any, adapters: tuple[Adapter, ...]) -> None:
    """Lay `adapters` over a pipeline's weights. Raises `CheckpointError` where one does not fit."""
    if not adapters:
        return
    names = [f"adapter_{number}" for number in range(len(adapters))]
    for name, adapter in zip(names, adapters, strict=True):
        _load(pipeline, name, adapter)
    pipeline.set_adapters(names, [adapter.strength for adapter in adapters])


def _adapter(text: str) -> Adapter:
    path, _, strength = text.partition("=")
    file = Path(path).expanduser()
    if file.suffix != ".safetensors" or not file.is_file():
        raise ConfigurationError(f"SEEDBED_LORAS: there is no safetensors file {path}")
    adapter = Adapter(file, _strength(strength) if strength else 1.0)
    try:
        with safe_open(file, framework="np"):
            return adapter
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"the adapter {file.name} is damaged: {error}") from error


def _strength(text: str) -> float:
    try:
        strength = float(text)
    except ValueError:
        strength = math.nan
    if not math.isfinite(strength):
        raise ConfigurationError(f"SEEDBED_LORAS: {text} is no strength; 1 is as it was trained, 0 not at all")
    return strength


def _load(pipeline: Any, name: str, adapter: Adapter) -> None:
    load = getattr(pipeline, "load_lora_weights", None)
    if load is None:
        raise CheckpointError(f"a {type(pipeline).__name__} takes no adapters")
    try:
        with warnings.catch_warnings():
            # peft warns of a second adapter; several are meant.
            warnings.filterwarnings("ignore", message="Already found a `peft_config`")
            load(adapter.file.parent, weight_name=adapter.file.name, adapter_name=name, local_files_only=True)
    # peft and diffusers raise what they like where names or shapes do not fit.
    except Exception as error:
        first = str(error).strip().splitlines()[:1]
        raise CheckpointError(f"the adapter {adapter.file.name} does not fit: {''.join(first)}") from error
    # An adapter whose names match nothing is loaded without a word.
    if name not in {found for names in pipeline.get_list_adapters().values() for found in names}:
        raise CheckpointError(f"the adapter {adapter.file.name} does not fit: it changes nothing of this model")
