"""What our engine costs beside diffusers itself, on the same pipeline, the same machine and in the same run.

    python -m benchmarks.engine [--model FOLDER] [--family Z-Image] [--megapixels 0.6] [--steps 8] [--repeats 7]

Prints Markdown: seconds of a picture by diffusers alone, by our engine and through its process, taken in turn, and
what enlarging and JPEG take of them; seconds of a picture by the size of its batch; what loading takes; memory; and how
long a cancelled picture goes on. Without --model, a tiny one is made.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tests.engine.tiny_pipelines import BUILDERS, save_tiny

from benchmarks.hardware import describe, resident
from seedbed.engine.diffusers_engine import DiffusersEngine
from seedbed.engine.diffusers_pipeline import FamilyPipeline
from seedbed.engine.enlarge import enlarge
from seedbed.engine.families import Family
from seedbed.engine.jpeg import ImageMetadata, encode_jpeg
from seedbed.engine.process import EngineProcess
from seedbed.engine.registry import build_engine
from seedbed.errors import GenerationCancelled
from seedbed.request import GenerationRequest, PixelSize
from seedbed.settings import Settings

REQUEST = GenerationRequest("a cat to the left of a pizza on a light blue background", seed=7)


BATCHES = (1, 2, 4)
"""How many pictures are drawn at once."""


def ignore(_step: int, _steps: int) -> None:
    """No progress is shown while the clock runs."""


@dataclass(frozen=True)
class Cost:
    """What one call takes."""

    seconds: float
    """By the clock on the wall: includes what other programs take."""
    cpu_seconds: float
    """Of this process alone: with one thread, what the wall's clock shows on a quiet machine."""


def cost_of(work: Callable[[], object]) -> Cost:
    """Run `work` once."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - processor)


def bare(pipeline: Any, family: Family, size: PixelSize, steps: int) -> Callable[[], object]:
    """The same picture by the pipeline alone, as its documentation calls it."""
    arguments = {**dict(family.arguments), **family.guidance.arguments(REQUEST.guidance_scale)}

    def draw() -> object:
        return pipeline(
            prompt=REQUEST.prompt,
            width=size.width,
            height=size.height,
            num_inference_steps=steps,
            generator=torch.Generator("cpu").manual_seed(7),
            **arguments,
        )

    return draw


def in_turn(works: dict[str, Callable[[], object]], repeats: int) -> dict[str, Cost]:
    """The median costs of each work; all take turns, so that a busy machine is busy for all of them."""
    taken: dict[str, list[Cost]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            taken[name].append(cost_of(work))
    return {name: median(costs) for name, costs in taken.items()}


def median(costs: list[Cost]) -> Cost:
    """The median of each figure by itself."""
    wall = statistics.median(cost.seconds for cost in costs)
    return Cost(wall, statistics.median(cost.cpu_seconds for cost in costs))


def finishing(engine: DiffusersEngine, settings: Settings) -> dict[str, Callable[[], object]]:
    """What becomes of a picture once diffusers has drawn it, part by part."""
    size = engine.family.sizes.size(REQUEST.aspect_ratio, settings.megapixels)
    ((picture, _),) = engine._pipeline.draw((REQUEST,), size, 1, ignore)
    contract = REQUEST.aspect_ratio.pixel_size(settings.resolution)
    large = enlarge(picture, contract)
    metadata = ImageMetadata(REQUEST, engine.identity)
    return {
        f"enlarging {size} to {contract}": lambda: enlarge(picture, contract),
        "JPEG with metadata": lambda: encode_jpeg(large, settings.jpeg_quality, metadata),
        "JPEG without": lambda: encode_jpeg(large, settings.jpeg_quality),
    }


def batches(pipeline: FamilyPipeline, size: PixelSize, steps: int) -> dict[int, Callable[[], object]]:
    """Drawing so many pictures at once, up to the pixels."""

    def draw(count: int) -> Callable[[], object]:
        requests = [GenerationRequest(REQUEST.prompt, seed=seed) for seed in range(count)]
        return lambda: pipeline.draw(requests, size, steps, ignore)

    return {count: draw(count) for count in BATCHES}


def cancel_seconds(engine: EngineProcess, repeats: int) -> float:
    """Median seconds from the moment somebody cancels, after the first step, until the engine is free."""
    taken = []
    for _ in range(repeats):
        asked = 0.0

        def cancel(_step: int, _steps: int) -> None:
            nonlocal asked
            asked = time.perf_counter()
            raise GenerationCancelled

        try:
            engine.draw(REQUEST, cancel)
        except GenerationCancelled:
            taken.append(time.perf_counter() - asked)
    return statistics.median(taken)


@contextmanager
def model_folder(given: Path | None, family: str) -> Iterator[Path]:
    """The model to measure: the one given, or a tiny one for as long as the block lasts."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        yield save_tiny(family, Path(folder) / family.replace(" ", "-"))


def measure(settings: Settings, repeats: int) -> None:
    """Print what was measured for one model."""
    start = time.perf_counter()
    engine = build_engine(settings)
    loaded = time.perf_counter() - start
    if not isinstance(engine, DiffusersEngine):
        raise TypeError("only a model of diffusers can be measured against diffusers")
    process = EngineProcess(settings)
    start = time.perf_counter()
    process.start()
    process.warm_up()
    warm = time.perf_counter() - start
    try:
        pipeline = engine._pipeline
        size, steps = engine.family.sizes.size(REQUEST.aspect_ratio, settings.megapixels), engine._steps
        alone = bare(pipeline.pipeline, engine.family, size, steps)
        works: dict[str, Callable[[], object]] = {
            "diffusers alone": alone,
            "ours, up to the picture": lambda: pipeline.draw((REQUEST,), size, steps, ignore),
            "ours, with enlarging and JPEG": lambda: engine.draw(REQUEST, ignore),
            "ours, through the engine's process": lambda: process.draw(REQUEST, ignore),
        }
        in_turn(works, 1)
        report(in_turn(works, repeats))
        report_parts(in_turn(finishing(engine, settings), 3 * repeats))
        curve = {str(count): work for count, work in batches(pipeline, size, steps).items()}
        report_batches(in_turn(curve, repeats))
        print(f"\n{engine.family.name}, {size}, {steps} steps; loaded in {loaded:.2f} s; ", end="")
        print(
            f"process started, loaded and warm at seven shapes in {warm:.1f} s, "
            f"it holds {resident(process.pid or 0):.0f} MiB; "
        )
        step = cost_of(alone).seconds / steps
        cancel = cancel_seconds(process, repeats)
        print(f"a cancelled picture goes on for {1000 * cancel:.0f} ms (a step: {1000 * step:.0f} ms)")
    finally:
        process.close()


def report(medians: dict[str, Cost]) -> None:
    """Print the table; the processor's seconds only where all of the work is this process's."""
    alone = medians["diffusers alone"]
    print("| what | seconds a picture | processor seconds | beside diffusers alone |\n|---|---|---|---|")
    for name, cost in medians.items():
        more = f"{cost.cpu_seconds:.3f} | {100 * (cost.cpu_seconds / alone.cpu_seconds - 1):+.1f} %"
        print(f"| {name} | {cost.seconds:.3f} | {'- | -' if 'process' in name else more} |")


def report_parts(medians: dict[str, Cost]) -> None:
    """Print what is done after drawing."""
    print("\n| after drawing | processor milliseconds | milliseconds |\n|---|---|---|")
    for name, cost in medians.items():
        print(f"| {name} | {1000 * cost.cpu_seconds:.1f} | {1000 * cost.seconds:.1f} |")


def report_batches(medians: dict[str, Cost]) -> None:
    """Print what a picture takes by the size of its batch, beside one drawn alone."""
    alone = medians["1"].cpu_seconds
    print("\n| pictures at once | processor seconds a picture | beside one alone |\n|---|---|---|")
    for count, cost in medians.items():
        each = cost.cpu_seconds / int(count)
        print(f"| {count} | {each:.3f} | {each / alone:.2f} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--family", default="Z-Image", choices=sorted(BUILDERS))
    parser.add_argument("--megapixels", type=float, default=0.6)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    print(describe(), end="\n\n")
    with model_folder(options.model, options.family) as folder:
        settings = Settings(
            model=str(folder.resolve()),
            megapixels=options.megapixels,
            num_inference_steps=options.steps,
            num_threads=1,
            engine_timeout=600.0,
            engine_start_timeout=1200.0,
        )
        measure(settings, options.repeats)


if __name__ == "__main__":
    main()
