"""Who trains: this process, its device, and its place among those that `torchrun` started together."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from seedbed.errors import ConfigurationError
from seedbed.learning.precision import bfloat16_pays

__all__ = ["ALONE", "CPU", "Worker", "join"]

CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Worker:
    """One process of a training; each draws its own share of every batch, and all make the same step."""

    device: torch.device = CPU
    """Where its network is."""
    rank: int = 0
    """Its number; the first one writes checkpoints and tells how it goes."""
    count: int = 1
    """How many there are."""
    agreed_precision: torch.dtype | None = None
    """What all of them compute products in; None where nobody else is to be agreed with."""

    @property
    def is_first(self) -> bool:
        """Whether it is the one that writes and tells."""
        return self.rank == 0

    @property
    def precision(self) -> torch.dtype:
        """The format of its matrix products: the faster one."""
        return self.agreed_precision or _faster(self.device)

    def number(self, step: int) -> int:
        """What its share of the step's batch is drawn by: another for each worker and step, alone the step itself."""
        return step * self.count + self.rank

    def share(self, batch_size: int) -> int:
        """How much of a batch is its own. Raises `ConfigurationError` where it cannot be shared out evenly."""
        if batch_size % self.count:
            raise ConfigurationError(f"a batch of {batch_size} cannot be shared by {self.count} processes")
        return batch_size // self.count

    def together(self, network: nn.Module) -> nn.Module:
        """`network` with its gradients averaged over all workers; alone, itself."""
        return network if self.count == 1 else DistributedDataParallel(network)

    def mean(self, loss: Tensor) -> float:
        """The mean of a scalar over all workers."""
        if self.count == 1:
            return float(loss.detach())
        total = loss.detach().clone()
        distributed.all_reduce(total)
        return float(total) / self.count

    def wait(self) -> None:
        """Return when all workers have come here."""
        if self.count > 1:
            distributed.barrier()


ALONE = Worker()
"""One process on the CPU."""


@contextmanager
def join(device: str = "auto") -> Iterator[Worker]:
    """This process as a worker, together with the others that `torchrun` started, if it did.

    device: "cpu", "cuda", or "auto" for a GPU where there is one. Raises `ConfigurationError` for one that is not
    there.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    place = _device(device, int(os.environ.get("LOCAL_RANK", "0")))
    if count == 1:
        yield Worker(place)
        return
    distributed.init_process_group("nccl" if place.type == "cuda" else "gloo")
    try:
        # Each would measure for itself, and two that round differently drift apart.
        agreed: list[object] = [_faster(place)]
        distributed.broadcast_object_list(agreed)
        (precision,) = (found for found in agreed if isinstance(found, torch.dtype))
        yield Worker(place, distributed.get_rank(), count, precision)
    finally:
        distributed.destroy_process_group()


def _device(name: str, local_rank: int) -> torch.device:
    if name not in ("auto", "cpu", "cuda"):
        raise ConfigurationError(f"no device is named {name}; there are auto, cpu and cuda")
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return CPU
    if local_rank >= torch.cuda.device_count():
        raise ConfigurationError(f"process {local_rank} of this machine needs a GPU of its own, and has none")
    place = torch.device("cuda", local_rank)
    torch.cuda.set_device(place)
    return place


def _faster(device: torch.device) -> torch.dtype:
    return torch.bfloat16 if bfloat16_pays(device) else torch.float32
