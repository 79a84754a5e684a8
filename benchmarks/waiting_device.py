"""The engine's process with a device that one only waits for, as for a GPU: it takes its time for each picture.

    python -m benchmarks.waiting_device [--pictures 12] [--seconds 1] [--size 1024] [--resolution 2k]

Prints Markdown: seconds a picture takes of the device alone, through the engine's process when each is waited for
before the next is asked for, and when the next is drawn while one is finished; and for how long the device stands
still between two pictures then. What comes after drawing is all real.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise

import numpy as np
from PIL import Image

from benchmarks.hardware import describe
from seedbed.engine.child import main as child_main
from seedbed.engine.engine import Engine, Finish, ModelIdentity, OnStep, Viewer
from seedbed.engine.process import EngineProcess
from seedbed.engine.sketch import Sketch, finish
from seedbed.request import GenerationRequest
from seedbed.settings import Settings

STEP_SECONDS = 0.125
ROUNDS = 3
CALLERS = 3
"""As many tasks as a server has inside: one drawn, two finished or stored."""


class WaitingEngine(Engine):
    """Sleeps where a GPU would compute; its pictures have edges and noise, as a model's."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._steps = settings.num_inference_steps or 1
        side = int((settings.megapixels or 1.0) ** 0.5 * 1024)
        noise = np.random.default_rng(0).integers(0, 16, (side, side, 3), dtype=np.uint8)
        blocks = np.kron(np.random.default_rng(1).integers(0, 190, (8, 8, 3)), np.ones((side // 8, side // 8, 1)))
        self._picture = Image.fromarray((noise + blocks.astype(np.uint8)).astype(np.uint8))

    @property
    def identity(self) -> ModelIdentity:
        """No weights."""
        return ModelIdentity("waiting", "00")

    def warm_up(self) -> None:
        """There is nothing to warm."""

    def sketch(self, request: GenerationRequest, on_step: OnStep, _viewer: Viewer | None = None, /) -> Finish:
        """Wait, step by step."""
        wait(self._steps, on_step)
        return partial(finish, Sketch(self._picture, request, self.identity), self._settings)


def wait(steps: int, on_step: OnStep) -> None:
    """What the device takes."""
    for step in range(steps):
        time.sleep(STEP_SECONDS)
        on_step(step + 1, steps)


def ignore(_step: int, _steps: int) -> None:
    """No progress is shown while the clock runs."""


def ways(
    process: EngineProcess, steps: int, count: int, heard: list[list[float]]
) -> dict[str, Callable[[], list[float]]]:
    """Each way to have so many pictures; they answer when each was there.

    Args:
        process: draws.
        steps: of each picture.
        count: of pictures.
        heard: the last way adds the moments of all its steps.
    """
    requests = [GenerationRequest("a cat", seed=seed) for seed in range(count)]

    def alone(_request: GenerationRequest) -> float:
        wait(steps, ignore)
        return time.perf_counter()

    def draw(request: GenerationRequest, on_step: OnStep = ignore) -> float:
        process.draw(request, on_step)
        return time.perf_counter()

    def together() -> list[float]:
        heard.append(moments := [])
        note: OnStep = lambda _step, _steps: moments.append(time.perf_counter())  # noqa: E731
        with ThreadPoolExecutor(CALLERS) as callers:
            return list(callers.map(draw, requests, [note] * count))

    return {
        "the device alone": lambda: list(map(alone, requests)),
        "through the engine's process, each waited for": lambda: list(map(draw, requests)),
        "through the engine's process, the next drawn while one is finished": together,
    }


def measure(settings: Settings, count: int) -> None:
    """Print the table; the ways take turns."""
    process = EngineProcess(settings, "benchmarks.waiting_device")
    process.start()
    process.warm_up()
    taken: dict[str, list[float]] = {}
    steps, heard = settings.num_inference_steps or 1, list[list[float]]()
    try:
        for _ in range(ROUNDS):
            for name, work in ways(process, steps, count, heard).items():
                there = work()
                # From the first to the last: a server's queue does not end with each dozen.
                taken.setdefault(name, []).append((max(there) - min(there)) / (count - 1))
    finally:
        process.close()
    alone = statistics.median(taken["the device alone"])
    print("| what | seconds a picture | beside the device alone |\n|---|---|---|")
    for name, seconds in taken.items():
        print(
            f"| {name} | {statistics.median(seconds):.3f} | {100 * (statistics.median(seconds) / alone - 1):+.1f} % |"
        )
    print(standing_still(heard, steps))


def standing_still(heard: list[list[float]], steps: int) -> str:
    """What lies between one picture's last step and the next one's first, beyond what lies between two steps."""
    between, within = list[float](), list[float]()
    for moments in heard:
        for place, (one, next_one) in enumerate(pairwise(moments), 1):
            (within if place % steps else between).append(1000 * (next_one - one))
    usual = statistics.median(within)
    longer = sorted(milliseconds - usual for milliseconds in between)
    spread = f"median of {len(longer)}; {longer[0]:.1f} to {longer[-1]:.1f}"
    return (
        f"\nFrom step to step {usual:.1f} ms, of which the device takes {1000 * STEP_SECONDS:.0f}; from one picture"
        f" to the next {statistics.median(longer):.1f} ms more ({spread})"
    )


def main() -> None:
    """Measure and print, or be the process that is measured."""
    if len(sys.argv) == 2 and sys.argv[1].isdigit():
        child_main(int(sys.argv[1]), WaitingEngine)
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pictures", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--resolution", choices=("1k", "2k"), default="2k")
    options = parser.parse_args()
    print(f"{describe()}; {options.size}x{options.size} enlarged to {options.resolution}\n")
    megapixels = (options.size / 1024) ** 2
    steps = round(options.seconds / STEP_SECONDS)
    settings = Settings(model="noop", resolution=options.resolution, megapixels=megapixels, num_inference_steps=steps)
    measure(settings, options.pictures)


if __name__ == "__main__":
    main()
