import pytest
import torch

from seedbed.engine.diffusers_device import Placement, choose_offload, is_out_of_memory, tile
from seedbed.settings import Offload, Settings

GIB = 2**30


@pytest.mark.parametrize(
    ("free", "chosen"),
    [(80, Offload.NONE), (76, Offload.NONE), (74, Offload.MODEL), (51, Offload.MODEL), (49, Offload.SEQUENTIAL)],
)
def test_what_fits_is_chosen_by_free_memory(free: int, chosen: Offload) -> None:
    # As Qwen-Image: 60 GiB of weights, of which 40 are the network's.
    assert choose_offload(60 * GIB, 40 * GIB, free * GIB) is chosen


@pytest.mark.parametrize(
    ("dtype", "expected"), [("auto", torch.float32), ("bfloat16", torch.bfloat16), ("float16", torch.float16)]
)
def test_a_processor_offloads_nothing_and_computes_in_float32_unless_told(dtype: str, expected: torch.dtype) -> None:
    settings = Settings(device="cpu", dtype=dtype, offload=Offload.SEQUENTIAL)
    assert Placement.of(settings, 60 * GIB, 40 * GIB) == Placement("cpu", expected, Offload.NONE)


def test_missing_memory_is_known_on_every_device() -> None:
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(raised.value)


def test_only_what_can_tile_is_told_to() -> None:
    class Decoder:
        is_tiled = False

        def enable_tiling(self) -> None:
            self.is_tiled = True

    class Pipeline:
        vae: object = Decoder()

    pipeline = Pipeline()
    tile(pipeline)
    assert isinstance(pipeline.vae, Decoder)
    assert pipeline.vae.is_tiled
    pipeline.vae = object()
    tile(pipeline)
