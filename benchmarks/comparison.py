"""How long a picture takes here and with what one would otherwise run on a CPU, in the same run.

    pip install -r benchmarks/requirements.txt
    python -m benchmarks.comparison [--repeats 5] [--threads 2]

Prints a Markdown table: for Sprout (2K, four network steps, guidance) and for diffusers' pipelines at the shapes of
SD-Turbo and SDXS-512 (512 px, one network step, no guidance, random weights: time does not depend on them) the median
seconds of each stage, the peak memory, and how many times as long as Sprout they take. Each model runs in a process of
its own, so that its memory is its own; the models take turns, so that what else the machine does falls on all alike.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable

import torch

from benchmarks.hardware import describe

STAGES = ("text or plan", "network steps", "decode", "enlarge", "encode")
SPROUT = "Sprout"
MODELS = (SPROUT, "SD-Turbo", "SDXS-512 (approximate)")


def timed(name: str) -> Callable[[], dict[str, float]]:
    """What draws one picture with a model and says how long each stage took."""
    from seedbed.engine.jpeg import encode_jpeg

    if name != SPROUT:
        from benchmarks.pipelines import Baseline

        baseline = Baseline.of(name)
        return lambda: baseline.stages(lambda picture: encode_jpeg(picture, 92))
    from benchmarks.latency import stages
    from seedbed.engine.sprout_pipeline import SproutPipeline
    from seedbed.request import AspectRatio, Resolution
    from seedbed.sprout.checkpoint import Sprout

    pipeline = SproutPipeline(Sprout.from_pretrained())
    return lambda: stages(pipeline, AspectRatio.SQUARE_1_1, Resolution.TWO_K)


def serve(name: str, threads: int) -> None:
    """Be the process of one model: draw once for each line that comes in, say how long it took."""
    torch.set_num_threads(threads)
    draw = timed(name)
    draw()
    print("ready", flush=True)
    for _ in sys.stdin:
        taken = draw()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps({"stages": taken, "peak": peak}), flush=True)


def begin(name: str, threads: int) -> "subprocess.Popen[str]":
    """The process of one model, warm."""
    command = [sys.executable, "-m", "benchmarks.comparison", "--serve", name, "--threads", str(threads)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    if said(process) != "ready":
        raise SystemExit(f"{name} did not start")
    return process


def said(process: "subprocess.Popen[str]") -> str:
    """The next line of a process."""
    return process.stdout.readline().strip() if process.stdout else ""


def ask(process: "subprocess.Popen[str]") -> tuple[dict[str, float], float]:
    """One picture's seconds by stage, and the process's peak memory in GiB."""
    if process.stdin:
        process.stdin.write("draw\n")
        process.stdin.flush()
    answer = json.loads(said(process))
    return answer["stages"], answer["peak"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", choices=MODELS, default=list(MODELS))
    parser.add_argument("--serve", choices=MODELS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.threads)
        return
    print(f"{describe()}, {options.threads} threads, torch {torch.__version__}\n")
    processes = {name: begin(name, options.threads) for name in options.only}
    try:
        answers = [{name: ask(process) for name, process in processes.items()} for _ in range(options.repeats)]
    finally:
        for process in processes.values():
            process.terminate()
            process.communicate()
    print_table(answers)


def print_table(answers: list[dict[str, tuple[dict[str, float], float]]]) -> None:
    """Print medians; the ratio is the median of those within each round."""
    print(f"| model | {' | '.join(STAGES)} | whole image | times Sprout | peak memory |")
    print("|---" * (len(STAGES) + 4) + "|")
    for name in answers[0]:
        rounds = [answer[name][0] for answer in answers]
        shown = [statistics.median(one[stage] for one in rounds) if stage in rounds[0] else None for stage in STAGES]
        cells = ["" if seconds is None else f"{1000 * seconds:.0f} ms" for seconds in shown]
        whole = [sum(one.values()) for one in rounds]
        ratio = ""
        if SPROUT in answers[0]:
            own = [sum(answer[SPROUT][0].values()) for answer in answers]
            ratio = f"{statistics.median(other / ours for other, ours in zip(whole, own, strict=True)):.1f}"
        peak = max(answer[name][1] for answer in answers)
        print(f"| {name} | {' | '.join(cells)} | {statistics.median(whole):.2f} s | {ratio} | {peak:.1f} GiB |")


if __name__ == "__main__":
    main()
