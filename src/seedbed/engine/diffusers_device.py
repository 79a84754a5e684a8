"""Where a pipeline computes, in which numbers, and how it is fitted into the memory that there is."""

import os
from dataclasses import dataclass
from typing import Any

import torch

from seedbed.errors import ConfigurationError
from seedbed.settings import Offload, Settings

__all__ = ["Placement", "choose_offload", "is_out_of_memory", "place", "tile"]

WORKING_SPACE = 1.25
"""How much more than its weights a drawing needs, as a factor [a judgement, not measured on any GPU]."""
CPU_WORDS = ("can't allocate memory", "not enough memory")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where and how a pipeline computes."""

    device: str
    """As torch calls it."""
    dtype: torch.dtype
    """The numbers' format."""
    offload: Offload
    """What lies in the machine's memory while it is not needed; never AUTO."""

    @classmethod
    def of(cls, settings: Settings, weight_bytes: int, largest_part: int) -> "Placement":
        """What `settings` say, and where they leave it open, what fits.

        Args:
            settings: device, dtype and offload.
            weight_bytes: the size of all weights on disk.
            largest_part: the size of the largest component's.
        """
        device = _device(settings.device)
        dtype = _dtype(settings.dtype, device)
        if not device.startswith("cuda"):
            return cls(device, dtype, Offload.NONE)
        free, _ = torch.cuda.mem_get_info(device)
        chosen = settings.offload
        return cls(
            device, dtype, choose_offload(weight_bytes, largest_part, free) if chosen is Offload.AUTO else chosen
        )


def choose_offload(weight_bytes: int, largest_part: int, free_bytes: int) -> Offload:
    """The fastest way that fits into `free_bytes`: all there, one part at a time, or one layer at a time."""
    if weight_bytes * WORKING_SPACE <= free_bytes:
        return Offload.NONE
    return Offload.MODEL if largest_part * WORKING_SPACE <= free_bytes else Offload.SEQUENTIAL


def place(pipeline: Any, placement: Placement, settings: Settings) -> None:
    """Put a loaded pipeline where it shall compute, and make it repeat itself exactly."""
    # cuBLAS adds in an order that depends on what else runs, unless told so before its first product.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.set_num_threads(settings.num_threads or len(os.sched_getaffinity(0)))
    if placement.offload is Offload.MODEL:
        pipeline.enable_model_cpu_offload(device=placement.device)
    elif placement.offload is Offload.SEQUENTIAL:
        pipeline.enable_sequential_cpu_offload(device=placement.device)
    else:
        pipeline.to(placement.device)
    if settings.vae_tiling or placement.offload is not Offload.NONE:
        tile(pipeline)


def tile(pipeline: Any) -> None:
    """Let the autoencoder decode tile by tile, if it can: slower, in a fraction of the memory."""
    enable = getattr(getattr(pipeline, "vae", None), "enable_tiling", None)
    if enable is not None:
        enable()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory did not suffice, on whatever device."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in CPU_WORDS)


def _device(wanted: str) -> str:
    if wanted == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(0, device=wanted)
    # torch raises AssertionError where it was built without a device's kind.
    except (RuntimeError, AssertionError) as error:
        raise ConfigurationError(f"SEEDBED_DEVICE={wanted}: {str(error).splitlines()[0]}") from error
    return wanted


def _dtype(wanted: str, device: str) -> torch.dtype:
    if wanted == "auto":
        return torch.float32 if device == "cpu" else torch.bfloat16
    chosen: torch.dtype = getattr(torch, wanted)
    return chosen
