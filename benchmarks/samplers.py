"""How near few network steps come to many: every sampler at several numbers of steps, against one long walk.

    python -m benchmarks.samplers [--weights FOLDER] [--seeds 1]

Prints a Markdown table. The distance is that of the final latents to those of Heun's method with 50 steps (99 network
passes), as a share of the latter's spread, the median over prompts; beside it the share of prompts whose latents are
nearer than a tenth.
"""

import argparse
import statistics
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from benchmarks.hardware import describe
from seedbed.diffusion.samplers import Sampler, dpm_solver_2m, euler, heun
from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.request import GenerationRequest
from seedbed.sprout.checkpoint import PACKAGED, Sprout

PROMPTS = (
    "a cat to the left of a pizza on a light blue background",
    "three apples",
    "a red car",
    "a tiny owl in the top right corner",
    "a flat castle on a pink background",
    "a blue fox next to a yellow star",
)
SAMPLERS: dict[str, Sampler] = {"Euler": euler, "Heun": heun, "DPM-Solver++(2M)": dpm_solver_2m}
PASSES = (2, 3, 4, 6, 8, 12, 16)
REFERENCE_STEPS = 50
NEAR = 0.1


def steps_for(name: str, passes: int) -> int:
    """How many steps a sampler makes of so many network passes."""
    return (passes + 1) // 2 if name == "Heun" else passes


def walk(pipeline: SproutPipeline, request: GenerationRequest, sampler: Sampler, steps: int) -> Tensor:
    """The final latents."""
    other = replace(pipeline, sampler=sampler, num_inference_steps=steps)
    return other.latents(request, lambda _step, _steps: None)


def distances(pipeline: SproutPipeline, requests: list[GenerationRequest]) -> dict[tuple[str, int], list[float]]:
    """For each sampler and number of passes, how far each request's latents are from the reference."""
    found: dict[tuple[str, int], list[float]] = {}
    for request in requests:
        reference = walk(pipeline, request, heun, REFERENCE_STEPS)
        for name, sampler in SAMPLERS.items():
            for passes in PASSES:
                latents = walk(pipeline, request, sampler, steps_for(name, passes))
                distance = float((latents - reference).std() / reference.std())
                found.setdefault((name, passes), []).append(distance)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=PACKAGED)
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    pipeline = SproutPipeline(Sprout.from_pretrained(options.weights))
    asked = [GenerationRequest(prompt, seed=1) for prompt in PROMPTS]
    requests = [replace(one, seed=seed) for one in asked for seed in range(1, options.seeds + 1)]
    print(f"{describe()}\n\n{len(requests)} requests, weights {pipeline.sprout.digest[:12]}\n")
    found = distances(pipeline, requests)
    print(f"| network passes | {' | '.join(SAMPLERS)} |")
    print("|---" * (len(SAMPLERS) + 1) + "|")
    for passes in PASSES:
        cells = [found[name, passes] for name in SAMPLERS]
        shown = [f"{statistics.median(cell):.3f} ({_near(cell):.0f} % near)" for cell in cells]
        print(f"| {passes} | {' | '.join(shown)} |")


def _near(distances: list[float]) -> float:
    return 100 * sum(distance < NEAR for distance in distances) / len(distances)


if __name__ == "__main__":
    main()
