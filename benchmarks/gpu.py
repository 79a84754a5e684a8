"""What open models of public shape take on one GPU, and whether they repeat themselves; with random weights.

    python -m benchmarks.gpu [--family "FLUX.2 klein"] [--minutes 8] [--tiny] [--steps N] [--repeats 3]

Nothing is downloaded and nothing is written: pipelines are built on the device (`benchmarks/public_shapes.py`, about
16 and 21 GB in bfloat16) and drawn with by the engine's own code. Prints Markdown: seconds of a picture of 1024x1024
beside diffusers alone, their share of the peak of matrix products measured in the same run, memory; whether its bytes
are the same again, beside neighbours, in a batch and built anew; what deterministic algorithms cost; batches; how long
a cancelled picture goes on; and compiled blocks. What no longer fits into --minutes is left out, and that is said.
--tiny tries all of it on the processor, with tiny networks: those figures mean nothing.
"""

import argparse
import gc
import hashlib
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import diffusers
import torch
from PIL import Image, ImageChops

from benchmarks.engine import BATCHES, Cost, bare, batches, cost_of, in_turn
from benchmarks.hardware import describe
from benchmarks.public_shapes import PUBLIC_SHAPES
from benchmarks.subject import Subject, forget_memory, memory, operations, parameters, peak, step_seconds
from seedbed.engine.diffusers_pipeline import first_line, quiet
from seedbed.engine.diffusers_speed import speed_up
from seedbed.engine.families import FAMILIES, Family
from seedbed.errors import GenerationCancelled
from seedbed.settings import Settings

TINY = {"megapixels": 0.06, "num_inference_steps": 3, "num_threads": 1, "device": "cpu"}
ASKED = (0.2, 0.5, 0.8)
"""When somebody cancels, as shares of the picture's time."""
COMPILING = 120.0
"""About how many seconds compiling a family's blocks takes [a guess, not measured on any GPU]."""
BUILDING, TINY_BUILDING = 30.0, 1.0
"""About how many seconds a pipeline is built in [a guess, not measured on any GPU]."""


def say(line: str = "") -> None:
    """Print at once: what was measured is to be seen also where the machine is taken away."""
    print(line, flush=True)


@dataclass
class Clock:
    """How much time is left, and whether all went well."""

    minutes: float
    has_failed: bool = False
    start: float = field(default_factory=time.monotonic)

    def part(self, title: str, seconds: float, work: Callable[[], None]) -> None:
        """Do one part if it fits, and say so where it does not or goes wrong; the next one is tried all the same."""
        left = 60 * self.minutes - (time.monotonic() - self.start)
        if seconds > left:
            say(f"\nNot measured, {title}: it needs about {seconds:.0f} s, {max(0.0, left):.0f} s were left.")
            return
        try:
            work()
        # Whatever it was: a machine is lent for minutes, and the other parts are worth having.
        except Exception as error:
            self.has_failed = True
            say(f"\nFailed, {title}: {type(error).__name__}: {first_line(error)}")


def report_picture(subject: Subject, repeats: int) -> None:
    """A picture of usual steps beside diffusers alone, and what share of the peak it reaches."""
    done, best = operations(subject), peak(subject)
    forget_memory(subject)
    works = {
        "diffusers alone": bare(subject.drawing.pipeline, subject.family, subject.size, subject.steps),
        "ours, up to the picture": lambda: subject.draw(steps=subject.steps),
    }
    costs = in_turn(works, repeats)
    alone = costs["diffusers alone"].seconds
    say(f"\n| {subject.size}, {subject.steps} steps | seconds a picture | beside alone | share of the peak |")
    say("|---|---|---|---|")
    for name, cost in costs.items():
        more, share = cost.seconds / alone - 1, done / cost.seconds / best
        say(f"| {name} | {cost.seconds:.3f} | {100 * more:+.1f} % | {100 * share:.1f} % |")
    say(f"\n{done / 1e12:.1f} tera-operations a picture; peak {best / 1e12:.1f} a second. Memory: {memory(subject)}.")


def difference(first: Image.Image, second: Image.Image) -> str:
    """Whether two pictures are the same, or by how much not."""
    extrema: Any = ImageChops.difference(first, second).getextrema()
    most = max(highest for _, highest in extrema)
    return "the same" if most == 0 else f"differs, by at most {most} of 255"


def digest(picture: Image.Image) -> str:
    """To compare it with another run's."""
    return hashlib.sha256(picture.tobytes()).hexdigest()[:16]


def report_exactness(subject: Subject) -> None:
    """Whether one request's pixels are the same whatever was drawn before it and beside it."""
    (first,) = subject.draw()
    rows = {"again": subject.draw()[0]}
    for seed in (1, 2):
        subject.draw((seed,))
    rows["after others' pictures (batches of one: `exact`)"] = subject.draw()[0]
    for count in BATCHES[1:]:
        rows[f"in a batch of {count} (`throughput`)"] = subject.draw((7, *range(1, count)))[0]
    say(f"\n| the same request, {subject.few} steps | its pixels |\n|---|---|")
    for name, picture in rows.items():
        say(f"| {name} | {difference(first, picture)} |")
    levels = len(set(first.convert("L").tobytes()))
    say(f"\nDigest of its pixels, to compare with another run's: {digest(first)} ({levels} levels of grey).")


@dataclass(frozen=True)
class Exactness:
    """What torch is told."""

    deterministic: bool
    filled: bool
    searched: bool


EXACTNESS = {
    "as our engine draws: deterministic": Exactness(deterministic=True, filled=True, searched=False),
    "new memory not filled first": Exactness(deterministic=True, filled=False, searched=False),
    "not deterministic": Exactness(deterministic=False, filled=False, searched=False),
    "not deterministic, convolutions searched": Exactness(deterministic=False, filled=False, searched=True),
}


@contextmanager
def told(exactness: Exactness) -> Iterator[None]:
    """Tell torch, and tell it afterwards what the engine tells it."""
    try:
        _tell(exactness)
        yield
    finally:
        _tell(next(iter(EXACTNESS.values())))


def _tell(exactness: Exactness) -> None:
    torch.use_deterministic_algorithms(exactness.deterministic, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = exactness.filled  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = exactness.searched


def report_determinism(subject: Subject, repeats: int) -> None:
    """What it costs that pictures are exact, and whether they are without."""

    def draw(exactness: Exactness) -> Callable[[], object]:
        def work() -> object:
            with told(exactness):
                return subject.draw()

        return work

    works = {name: draw(exactness) for name, exactness in EXACTNESS.items()}
    in_turn(works, 1)
    costs = in_turn(works, repeats)
    (ours,) = subject.draw()
    exact = next(iter(costs.values())).seconds
    say(f"\n| {subject.few} steps | seconds a picture | beside ours | pixels |\n|---|---|---|---|")
    for name, cost in costs.items():
        with told(EXACTNESS[name]):
            (picture,) = subject.draw()
        say(
            f"| {name} | {cost.seconds:.3f} | {100 * (cost.seconds / exact - 1):+.1f} % | {difference(ours, picture)} |"
        )
    say("\ncuBLAS's workspace is fixed in all of them: torch reads CUBLAS_WORKSPACE_CONFIG but once.")


def report_batches(subject: Subject, repeats: int) -> None:
    """Seconds of a picture by how many are drawn at once."""
    works = {str(count): work for count, work in batches(subject.drawing, subject.size, subject.few).items()}
    forget_memory(subject)
    in_turn(works, 1)
    costs: dict[str, Cost] = in_turn(works, repeats)
    say(f"\n| pictures at once, {subject.few} steps | seconds a picture | beside one alone |\n|---|---|---|")
    for count, cost in costs.items():
        each = cost.seconds / int(count)
        say(f"| {count} | {each:.3f} | {each / costs['1'].seconds:.2f} |")
    say(f"\nMemory: {memory(subject)}.")


def goes_on(subject: Subject, after: float) -> float:
    """Seconds from the moment somebody cancels, `after` so many, until the device is idle."""
    asked = time.perf_counter() + after

    def cancel(_step: int, _steps: int) -> None:
        if time.perf_counter() >= asked:
            raise GenerationCancelled

    try:
        subject.draw(on_step=cancel)
    except GenerationCancelled:
        subject.wait()
    return time.perf_counter() - asked


def report_cancel(subject: Subject) -> None:
    """How long a cancelled picture goes on, wherever it was cancelled."""
    whole = cost_of(subject.draw).seconds
    taken = [1000 * goes_on(subject, share * whole) for share in ASKED]
    step = 1000 * step_seconds(subject)
    say(
        f"\nCancelled at {', '.join(f'{100 * share:.0f} %' for share in ASKED)} of its time, a picture goes on for "
        f"{', '.join(f'{each:.0f}' for each in taken)} ms (a step: {step:.0f} ms)."
    )


def report_compiled(subject: Subject, repeats: int) -> None:
    """The same pictures with compiled blocks. The subject stays compiled."""
    plain = in_turn({"plain": subject.draw}, repeats)["plain"].seconds
    (before,) = subject.draw()
    speed_up(subject.drawing.pipeline, subject.settings.model_copy(update={"compile": True}))
    first = cost_of(subject.draw).seconds
    (once,) = subject.draw()
    compiled = in_turn({"compiled": subject.draw}, repeats)["compiled"].seconds
    say(f"\n| {subject.few} steps | seconds a picture |\n|---|---|")
    say(f"| plain | {plain:.3f} |\n| compiled blocks | {compiled:.3f} ({100 * (compiled / plain - 1):+.1f} %) |")
    say(
        f"\nThe first compiled picture took {first:.1f} s. Beside the plain one: {difference(before, once)}; "
        f"drawn again: {difference(once, subject.draw()[0])}."
    )


def built_anew(family: Family, settings: Settings, *, is_tiny: bool) -> tuple[Subject, list[str]]:
    """A subject, and which of its operations torch says are not deterministic."""
    start = time.perf_counter()
    subject = Subject.build(family, settings, is_tiny=is_tiny)
    subject.wait()
    say(f"\nBuilt in {time.perf_counter() - start:.1f} s: {parameters(subject.drawing.pipeline)}.")
    return subject, warned_of(subject)


def warned_of(subject: Subject) -> list[str]:
    """What torch says of operations that are not deterministic, while a picture is drawn."""
    # Otherwise it says each but once a process, and the second family would look better than the first.
    torch.set_warn_always(True)
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            subject.draw(steps=1)
    finally:
        torch.set_warn_always(False)
    return sorted({str(each.message).splitlines()[0] for each in said if "determinis" in str(each.message)})


def measure(family: Family, settings: Settings, clock: Clock, options: argparse.Namespace) -> None:
    """Print what was measured of one family."""
    say(f"\n### {family.name}")
    picture = measure_first(family, settings, clock, options)
    # The next one needs the first one's memory.
    gc.collect()
    torch.cuda.empty_cache()
    seconds = TINY_BUILDING if options.tiny else BUILDING
    clock.part("built anew", seconds, lambda: measure_anew(family, settings, picture, clock, options))


def measure_first(family: Family, settings: Settings, clock: Clock, options: argparse.Namespace) -> Image.Image:
    """All that needs one pipeline as the engine draws with it. Returns a picture."""
    subject, warned = built_anew(family, settings, is_tiny=options.tiny)
    say("Not deterministic, says torch: " + ("; ".join(warned) or "nothing."))
    step, repeats = step_seconds(subject), options.repeats
    # Text encoder and autoencoder take about as long as two steps [a guess].
    whole, few = step * (subject.steps + 2), step * (subject.few + 2)
    clock.part("a picture", 2 * repeats * whole + 4 * few, lambda: report_picture(subject, repeats))
    clock.part("exactness", 11 * few, lambda: report_exactness(subject))
    clock.part("determinism", len(EXACTNESS) * (repeats + 2) * few, lambda: report_determinism(subject, repeats))
    clock.part("batches", sum(BATCHES) * (repeats + 1) * few, lambda: report_batches(subject, repeats))
    clock.part("cancelling", 5 * few, lambda: report_cancel(subject))
    return subject.draw()[0]


def measure_anew(
    family: Family, settings: Settings, picture: Image.Image, clock: Clock, options: argparse.Namespace
) -> None:
    """The same pipeline built anew, as after a restart: whether it draws the same, and then compiled."""
    subject, _ = built_anew(family, settings, is_tiny=options.tiny)
    few = cost_of(subject.draw).seconds
    say(f"\nBuilt anew from the same seed, beside the first's picture: {difference(picture, subject.draw()[0])}.")
    seconds = COMPILING + 2 * (options.repeats + 2) * few
    clock.part("compiled blocks", seconds, lambda: report_compiled(subject, options.repeats))


def machine() -> str:
    """What it was measured on."""
    versions = f"torch {torch.__version__}, diffusers {diffusers.__version__}"
    if not torch.cuda.is_available():
        return f"{describe()}; no GPU; {versions}"
    return f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}; {describe()}; {versions}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status tells whether a part failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", choices=PUBLIC_SHAPES, help="default: FLUX.2 klein, then Z-Image")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    if not (options.tiny or torch.cuda.is_available()):
        parser.error("there is no GPU; --tiny tries it on the processor")
    quiet()
    clock = Clock(options.minutes)
    settings = Settings.model_validate(TINY if options.tiny else {"device": "cuda"})
    if options.steps:
        settings = settings.model_copy(update={"num_inference_steps": options.steps})
    say(machine())
    known = {family.name: family for family in FAMILIES}
    for name in [options.family] if options.family else ["FLUX.2 klein", "Z-Image"]:
        clock.part(name, 0.0, partial(measure, known[name], settings, clock, options))
    return int(clock.has_failed)


if __name__ == "__main__":
    sys.exit(main())
