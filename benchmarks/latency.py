"""How long a picture of the embedded model takes, stage by stage, and how much of the machine it uses.

    python -m benchmarks.latency [--repeats 5] [--resolution 2k]

Prints Markdown tables: warm seconds per image and ratio with the stages, the network's share of the matrix-product
peak measured in the same run, and the cold start of `seedbed generate`.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.hardware import describe
from seedbed.engine.enlarge import enlarge
from seedbed.engine.jpeg import encode_jpeg
from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.request import AspectRatio, GenerationRequest, Resolution
from seedbed.sprout.canvas import latent_grid
from seedbed.sprout.cells import cells_of
from seedbed.sprout.checkpoint import Sprout

PROMPT = "a cat to the left of a pizza on a light blue background"
COMMAND = [sys.executable, "-c", "from seedbed.cli.main import app; app()", "generate", PROMPT, "--seed", "7"]


def ignore(_step: int, _steps: int) -> None:
    """No progress is shown while the clock runs."""


def stages(pipeline: SproutPipeline, aspect_ratio: AspectRatio, resolution: Resolution) -> dict[str, float]:
    """Seconds that each stage of one picture takes."""
    request = GenerationRequest(PROMPT, aspect_ratio, seed=7)
    clock = [time.perf_counter()]

    def lap() -> None:
        clock.append(time.perf_counter())

    pipeline.plan(request)
    lap()
    latents = pipeline.latents(request, ignore)
    lap()
    picture = pipeline.decode(latents)
    lap()
    enlarged = enlarge(picture, aspect_ratio.pixel_size(resolution))
    lap()
    encode_jpeg(enlarged, 92)
    lap()
    names = ("text or plan", "network steps", "decode", "enlarge", "encode")
    taken = {name: after - before for name, before, after in zip(names, clock, clock[1:], strict=False)}
    # The plan is made again before the network steps: it is shown by itself, and counted once.
    taken["network steps"] -= taken["text or plan"]
    return taken


def latency_table(pipeline: SproutPipeline, resolution: Resolution, repeats: int) -> None:
    """Print the median seconds of each stage at every ratio."""
    names = list(stages(pipeline, AspectRatio.SQUARE_1_1, resolution))
    print(f"| ratio | {' | '.join(names)} | whole image |")
    print("|---" * (len(names) + 2) + "|")
    for aspect_ratio in AspectRatio:
        stages(pipeline, aspect_ratio, resolution)
        runs = [stages(pipeline, aspect_ratio, resolution) for _ in range(repeats)]
        medians = [statistics.median(run[name] for run in runs) for name in names]
        whole = statistics.median(sum(run.values()) for run in runs)
        print(f"| {aspect_ratio} | {' | '.join(f'{1000 * m:.0f} ms' for m in medians)} | {whole:.2f} s |")


def best_seconds(work: Callable[[], object], repeats: int = 10) -> float:
    """The shortest of several runs: what the machine can do when nothing disturbs it."""
    work()
    seconds: list[float] = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def peak_flops(dtype: torch.dtype, side: int = 2048) -> float:
    """Floating-point operations a second of one large matrix product."""
    left, right = torch.randn(side, side).to(dtype), torch.randn(side, side).to(dtype)
    return 2.0 * side**3 / best_seconds(lambda: left @ right)


@torch.inference_mode()
def share_table(pipeline: SproutPipeline) -> None:
    """Print how much of the matrix-product peak one pass of the transformer reaches."""
    transformer = pipeline.sprout.transformer
    plan = pipeline.plan(GenerationRequest(PROMPT, seed=7))
    cells = cells_of([plan], plan.rows, plan.columns, transformer.config.sizes)
    latents = torch.randn(1, transformer.config.latent_channels, *latent_grid(AspectRatio.SQUARE_1_1))
    timesteps = torch.full((1,), 0.5)

    def one_pass() -> object:
        return transformer(latents, timesteps, cells)

    with FlopCounterMode(display=False) as counter:
        one_pass()
    seconds = best_seconds(one_pass)
    reached = counter.get_total_flops() / seconds
    print(f"one network pass: {1000 * seconds:.1f} ms, {reached / 1e9:.0f} GFLOP/s")
    for dtype in (torch.float32, torch.bfloat16):
        peak = peak_flops(dtype)
        print(f"- {dtype} matrix-product peak {peak / 1e9:.0f} GFLOP/s: the pass reaches {100 * reached / peak:.0f} %")


def cold_start(repeats: int) -> float:
    """Median seconds of `seedbed generate` as a new process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*COMMAND, "-o", str(Path(folder) / "image.jpeg")]
        seconds: list[float] = []
        for _ in range(repeats):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--resolution", type=Resolution, choices=list(Resolution), default=Resolution.TWO_K)
    options = parser.parse_args()
    print(describe(), end="\n\n")
    pipeline = SproutPipeline(Sprout.from_pretrained())
    latency_table(pipeline, options.resolution, options.repeats)
    print()
    share_table(pipeline)
    print(f"\ncold start of `seedbed generate`: {cold_start(options.repeats):.2f} s")


if __name__ == "__main__":
    main()
