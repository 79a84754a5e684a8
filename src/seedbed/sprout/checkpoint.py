"""Sprout as one thing on disk: its weights as safetensors, their shapes in the header, its vocabulary beside them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from seedbed.errors import CheckpointError
from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.sprout.lexicon import SLOTS
from seedbed.sprout.plan import Repertoire
from seedbed.sprout.planner import Planner, PlannerConfig
from seedbed.sprout.transformer import Transformer, TransformerConfig
from seedbed.sprout.vocabulary import Vocabulary

__all__ = ["PACKAGED", "Sprout", "save_pretrained"]

PACKAGED = Path(__file__).parent / "weights"
"""The weights that ship inside the package."""
_LOOKS = ("transformer.lexicon.looks", "transformer.sceneries.looks")
"""Half of all weights: stored in eight bits, with one scale for each token."""
_LEXICON = f"{_LOOKS[0]}.weight"
_LARGEST, _SMALLEST = 127, 1e-6
_WEIGHTS, _VOCABULARY = "sprout.safetensors", "vocabulary.json"


@dataclass(frozen=True)
class Sprout:
    """The trained networks and the words they know. `from_pretrained` reads them."""

    planner: Planner
    transformer: Transformer
    autoencoder: Autoencoder
    vocabulary: Vocabulary
    repertoire: Repertoire
    """What the numbers of plans stand for."""
    digest: str
    """SHA-256 of the weights file, hexadecimal. The file names its vocabulary's digest, so this covers both."""

    @classmethod
    def from_pretrained(cls, folder: Path = PACKAGED) -> "Sprout":
        """Read weights and vocabulary from `folder`, every tensor by its name and shape.

        Raises `CheckpointError` where a file is missing, damaged, or of another shape.
        """
        path = folder / _WEIGHTS
        metadata, tensors = _read(path)
        vocabulary = Vocabulary.from_pretrained(folder / _VOCABULARY)
        try:
            networks = _build(metadata)
            repertoire = Repertoire.from_json(json.loads(metadata["repertoire"]))
            networks.load_state_dict(_unpacked(tensors))
        except (RuntimeError, TypeError, ValueError, KeyError) as error:
            raise CheckpointError(f"{path} does not fit this version of Seedbed: {error}") from error
        if metadata.get("vocabulary") != vocabulary.digest:
            raise CheckpointError(f"the vocabulary in {folder} is not the one of its weights")
        networks.eval().requires_grad_(False)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return cls(networks.planner, networks.transformer, networks.autoencoder, vocabulary, repertoire, digest)


class _Networks(nn.Module):
    """The three networks under the names that their tensors have on disk."""

    def __init__(self, planner: Planner, transformer: Transformer, autoencoder: Autoencoder) -> None:
        super().__init__()
        self.planner = planner
        self.transformer = transformer
        self.autoencoder = autoencoder

    def metadata(self) -> dict[str, str]:
        """Each network's shape as JSON, by the network's name."""
        return {
            "planner": json.dumps(asdict(self.planner.config)),
            "transformer": json.dumps(asdict(self.transformer.config)),
            "autoencoder": json.dumps(asdict(self.autoencoder.config)),
        }


def save_pretrained(
    folder: Path,
    planner: Planner,
    transformer: Transformer,
    autoencoder: Autoencoder,
    vocabulary: Vocabulary,
    repertoire: Repertoire,
) -> None:
    """Write what `Sprout.from_pretrained` reads.

    Weights are stored in float16, looks in int8; computed is in float32.
    """
    folder.mkdir(parents=True, exist_ok=True)
    networks = _Networks(planner, transformer, autoencoder)
    tensors = _packed(networks.state_dict(), transformer.config)
    known = {"vocabulary": vocabulary.digest, "repertoire": json.dumps(asdict(repertoire))}
    (folder / _WEIGHTS).write_bytes(_in_order(save(tensors, {**networks.metadata(), **known})))
    vocabulary.save(folder / _VOCABULARY)


def _packed(tensors: Mapping[str, Tensor], config: TransformerConfig) -> dict[str, Tensor]:
    packed = {name: tensor.half().contiguous() for name, tensor in tensors.items()}
    for name, width in zip(_LOOKS, (config.looks_width, config.scenery_width), strict=True):
        looks = tensors[f"{name}.weight"].reshape(-1, width)
        # The rounded scale divides: so the largest number is 127 whatever it lost, and packing twice is packing once.
        scale = (looks.abs().amax(1, keepdim=True) / _LARGEST).clamp(min=_SMALLEST).half()
        packed[f"{name}.scale"] = scale
        packed[f"{name}.weight"] = (looks / scale.float()).round().clamp(-_LARGEST, _LARGEST).to(torch.int8)
    return packed


def _unpacked(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """As they were, but for rounding: unpacked and packed again, they are the same."""
    scales = {f"{name}.scale" for name in _LOOKS}
    unpacked = {name: tensor.float() for name, tensor in tensors.items() if name not in scales}
    for name in _LOOKS:
        unpacked[f"{name}.weight"] *= tensors[f"{name}.scale"].float()
    rows = unpacked[_LEXICON]
    unpacked[_LEXICON] = rows.view(-1, SLOTS * rows.shape[1])
    return unpacked


def _in_order(content: bytes) -> bytes:
    """A safetensors file with its header sorted: left to itself it differs from run to run, and so would the digest."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8:end]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[end:]


def _read(path: Path) -> tuple[Mapping[str, str], dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"cannot read the weights at {path}: {error}") from error


def _build(metadata: Mapping[str, str]) -> _Networks:
    autoencoder = json.loads(metadata["autoencoder"])
    autoencoder["widths"] = tuple(autoencoder["widths"])
    transformer = json.loads(metadata["transformer"])
    transformer["lookups"] = tuple(transformer["lookups"])
    return _Networks(
        Planner(PlannerConfig(**json.loads(metadata["planner"]))),
        Transformer(TransformerConfig(**transformer)),
        Autoencoder(AutoencoderConfig(**autoencoder)),
    )
