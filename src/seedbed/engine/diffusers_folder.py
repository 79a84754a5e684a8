"""A model's folder in diffusers' layout, looked through before anything in it is loaded. Nothing in it is ever run."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from seedbed.errors import CheckpointError

__all__ = ["PipelineFolder"]

INDEX = "model_index.json"
PICKLES = {".bin", ".ckpt", ".msgpack", ".pickle", ".pkl", ".pt", ".pth"}
"""Files that run code when they are read, or may."""
WITHOUT_WEIGHTS = ("Scheduler", "Tokenizer", "TokenizerFast", "Processor", "ProcessorFast", "FeatureExtractor")
"""How the classes of components end that have only settings."""
TOLD_APART_BY = ("transformer", "unet")
"""Components whose settings tell families apart."""
DIGESTED = {".json", ".model", ".safetensors", ".txt", ".jinja"}
BLOCK = 2**22
AGAIN = "copy or pull it again"
WHOLE = "copy or pull all of the model"
"""What mends a folder."""


@dataclass(frozen=True, slots=True)
class PipelineFolder:
    """A folder that holds a whole pipeline, as safetensors."""

    path: Path
    """Where it is."""
    pipeline: str
    """The class of diffusers that runs it."""
    components: tuple[str, ...]
    """Its parts, each a folder."""
    settings: dict[str, Any]
    """The pipeline's settings, and its network's as `component.setting`."""

    @classmethod
    def read(cls, path: Path) -> "PipelineFolder":
        """Look through a folder. Raises `CheckpointError` unless all of it is there, sound and free of code."""
        index = _json(path / INDEX, f"{path.name} is no model that diffusers can run")
        pipeline = index.get("_class_name")
        if not isinstance(pipeline, str):
            # A list names a file with code of the model's own.
            raise CheckpointError(f"{path.name} brings code of its own, which is never run")
        components = {name: value for name, value in index.items() if isinstance(value, list) and len(value) == 2}
        present = {name: value for name, value in components.items() if value[0] is not None}
        for name, (library, class_name) in present.items():
            _check_component(path, name, str(library), str(class_name))
        settings = {name: value for name, value in index.items() if name not in components}
        for name in TOLD_APART_BY:
            if name in present:
                inner = _json(path / name / "config.json", f"{path.name}: {name} has no settings")
                settings |= {f"{name}.{key}": value for key, value in inner.items()}
        return cls(path, pipeline, tuple(present), settings)

    @property
    def weight_bytes(self) -> int:
        """How large its weights are."""
        return sum(file.stat().st_size for file in self._files() if file.suffix == ".safetensors")

    @property
    def largest_component_bytes(self) -> int:
        """How large the weights of its largest part are."""
        sizes = dict.fromkeys(self.components, 0)
        for file in self._files():
            if file.suffix == ".safetensors" and file.parent.name in sizes:
                sizes[file.parent.name] += file.stat().st_size
        return max(sizes.values(), default=0)

    def digest(self) -> str:
        """SHA-256 over all weights and settings, hexadecimal: the same for the same files, wherever they lie."""
        whole = hashlib.sha256()
        for file in self._files():
            whole.update(f"{file.relative_to(self.path)} {_digest(file)}\n".encode())
        return whole.hexdigest()

    def _files(self) -> Iterator[Path]:
        yield self.path / INDEX
        for name in sorted(self.components):
            yield from sorted(file for file in (self.path / name).iterdir() if file.suffix in DIGESTED)


def _check_component(path: Path, name: str, library: str, class_name: str) -> None:
    folder = path / name
    if not folder.is_dir():
        raise CheckpointError(f"{path.name}: the part {name} is missing; {WHOLE}")
    if (folder / f"{library}.py").exists():
        raise CheckpointError(f"{path.name}: {name} brings code of its own, which is never run")
    for file in sorted(folder.glob("*.json")):
        _parsed(file, f"{path.name}: {name} is damaged")
    if class_name.endswith(WITHOUT_WEIGHTS):
        if not any(file.suffix in DIGESTED for file in folder.iterdir()):
            raise CheckpointError(f"{path.name}: the part {name} is empty; {WHOLE}")
        return
    if not (folder / "config.json").is_file():
        raise CheckpointError(f"{path.name}: {name} has no settings, config.json; {WHOLE}")
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        pickled = [file.name for file in sorted(folder.iterdir()) if file.suffix in PICKLES]
        if not pickled:
            raise CheckpointError(f"{path.name}: {name} has no weights; {WHOLE}")
        raise CheckpointError(
            f"{path.name}: {name} has only pickled weights ({pickled[0]}), which may run code; safetensors are needed"
        )
    _check_shards(path, folder)
    for file in weights:
        _check_weights(path, file)


def _check_shards(path: Path, folder: Path) -> None:
    for index in folder.glob("*.safetensors.index.json"):
        wanted = _json(index, f"{path.name}: {folder.name} has a damaged index").get("weight_map", {})
        missing = sorted(name for name in set(wanted.values()) if not (folder / name).is_file())
        if missing:
            raise CheckpointError(f"{path.name}: {folder.name} lacks {missing[0]}; {WHOLE}")


def _check_weights(path: Path, file: Path) -> None:
    """Read the header, which says how long the file must be; the numbers themselves stay on disk."""
    try:
        with safe_open(file, framework="np"):
            pass
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path.name}: {file.parent.name}/{file.name} is damaged ({error}); {AGAIN}") from error


def _parsed(file: Path, otherwise: str) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(f"{otherwise}: there is no {file.name}") from error
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{otherwise}: {file.name} cannot be read; {AGAIN}") from error


def _json(file: Path, otherwise: str) -> dict[str, Any]:
    content = _parsed(file, otherwise)
    if not isinstance(content, dict):
        raise CheckpointError(f"{otherwise}: {file.name} is no JSON object")
    return content


def _digest(file: Path) -> str:
    # The hub's cache names large files by their own SHA-256, and checked it when they came.
    stored = file.resolve().name
    if file.is_symlink() and re.fullmatch("[0-9a-f]{64}", stored):
        return stored
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
