"""Where a pipeline computes, in which numbers, and how it is fitted into the memory that there is."""

import os
from dataclasses import dataclass
from typing import Any

import torch

from seedbed.errors import ConfigurationError
from seedbed.settings import Offload, Quantisation, Settings

__all__ = [
    "Placement",
    "choose_offload",
    "choose_quantisation",
    "is_out_of_memory",
    "is_tiled",
    "kind_of",
    "place",
    "tile",
]

WORKING_SPACE = 1.25
"""How much more than its weights a drawing needs, as a factor [a judgement, not measured on any GPU]."""
SHARES = {Quantisation.NONE: 1.0, Quantisation.INT8: 0.5, Quantisation.NF4: 0.28}
"""What becomes of 16-bit weights' size; four bits have scales besides [arithmetic, not measured on any GPU]."""
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
    quantisation: Quantisation = Quantisation.NONE
    """In how many bits the weights lie; never AUTO."""

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
            return cls(device, dtype, Offload.NONE, _on_a_processor(settings.quantisation))
        free, total = torch.cuda.mem_get_info(device)
        quantisation = settings.quantisation
        if quantisation is Quantisation.AUTO:
            quantisation = choose_quantisation(largest_part, total)
        offload = settings.offload
        if offload is Offload.AUTO:
            share = SHARES[quantisation]
            offload = choose_offload(round(share * weight_bytes), round(share * largest_part), free)
        _check_together(offload, quantisation)
        return cls(device, dtype, offload, quantisation)

    def words(self) -> str:
        """What of it decides a picture's numbers."""
        numbers = str(self.dtype).removeprefix("torch.")
        return numbers if self.quantisation is Quantisation.NONE else f"{numbers} {self.quantisation}"


def choose_offload(weight_bytes: int, largest_part: int, free_bytes: int) -> Offload:
    """The fastest way that fits into `free_bytes`: all there, one part at a time, or one layer at a time."""
    if weight_bytes * WORKING_SPACE <= free_bytes:
        return Offload.NONE
    return Offload.MODEL if largest_part * WORKING_SPACE <= free_bytes else Offload.SEQUENTIAL


def choose_quantisation(largest_part: int, total_bytes: int) -> Quantisation:
    """Eight bits where only they make the largest part fit by itself; less than that is for its operator to choose.

    By the device's whole memory, not by what is free: pictures depend on it, and shall not on what else runs.
    """
    fits = largest_part * WORKING_SPACE <= total_bytes
    fits_in_half = SHARES[Quantisation.INT8] * largest_part * WORKING_SPACE <= total_bytes
    return Quantisation.INT8 if fits_in_half and not fits else Quantisation.NONE


def kind_of(device: str) -> str:
    """What kind of device it is: the same request has the same bytes on all of one kind."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return torch.backends.cpu.get_cpu_capability() if device == "cpu" else device


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
    if is_tiled(placement, settings):
        tile(pipeline)


def is_tiled(placement: Placement, settings: Settings) -> bool:
    """Whether every picture is decoded tile by tile: where memory is short, or it was said."""
    return settings.vae_tiling or placement.offload is not Offload.NONE


def tile(pipeline: Any, *, on: bool = True) -> None:
    """Let the autoencoder decode tile by tile, if it can: slower, in far less memory, and not quite the same."""
    switch = getattr(getattr(pipeline, "vae", None), "enable_tiling" if on else "disable_tiling", None)
    if switch is not None:
        switch()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory did not suffice, on whatever device."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in CPU_WORDS)


def _on_a_processor(wanted: Quantisation) -> Quantisation:
    if wanted is Quantisation.NF4:
        raise ConfigurationError("SEEDBED_QUANTISATION=nf4 needs a GPU; int8 does not")
    return Quantisation.NONE if wanted is Quantisation.AUTO else wanted


def _check_together(offload: Offload, quantisation: Quantisation) -> None:
    # Layers that come and go one by one are copied number by number, which quantised weights are not made of.
    if offload is Offload.SEQUENTIAL and quantisation is not Quantisation.NONE:
        raise ConfigurationError(
            f"SEEDBED_QUANTISATION={quantisation} and layer by layer do not go together: say SEEDBED_OFFLOAD=model, "
            "or SEEDBED_QUANTISATION=none"
        )


def _device(wanted: str) -> str:
    if wanted == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(0, device=wanted)
    # torch raises AssertionError where it was built without a device's kind.
    except (RuntimeError, AssertionError) as error:
        said = str(error).splitlines()[0]
        raise ConfigurationError(f"SEEDBED_DEVICE={wanted}: {said}; auto takes what there is") from error
    return wanted


def _dtype(wanted: str, device: str) -> torch.dtype:
    if wanted == "auto":
        return torch.float32 if device == "cpu" else torch.bfloat16
    chosen: torch.dtype = getattr(torch, wanted)
    return chosen
