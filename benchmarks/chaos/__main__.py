"""The chaos run.

    python -m benchmarks.chaos [--faults 200] [--minutes N] [--seed 1] [--workers 3] [--postgres] [--keep FOLDER]

Prints a Markdown table. `--postgres` starts a cluster of its own from the machine's Postgres, and rclone as S3;
without it, SQLite and a folder. The seed decides which faults come in which order; what they hit is chance.
All counts but the first two must be 0. Only who may mount gets a small disk that fills.
"""

import argparse
import math
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos.backing import backing
from benchmarks.chaos.deployment import deployed
from benchmarks.chaos.faults import Faults
from benchmarks.chaos.ledger import ENDS, MOODS, Ledger, Receiver, receiving
from benchmarks.hardware import describe

SUBMITTERS = 3
PAUSE = 2.0
WORK = 5
"""Tasks to be accepted between two faults."""
RECOVERY = 60.0
"""Seconds after which the next fault comes all the same."""
PATIENCE = 600.0
"""Seconds without any task that ends or is told of, once nothing is broken any more; what is then open is stuck."""


@dataclass
class Counts:
    """The result."""

    faults: Counter[str] = field(default_factory=Counter)
    rows: dict[str, int] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    """Why tasks failed or were refused."""

    def table(self) -> str:
        """As Markdown."""
        lines = ["| | |", "|---|---|", *(f"| {name} | {count} |" for name, count in self.rows.items())]
        kinds = ", ".join(f"{name} ({count})" for name, count in sorted(self.faults.items()))
        why = "".join(f"\n{count} times: {reason}" for reason, count in self.reasons.most_common())
        return "\n".join(lines) + f"\n\nFaults: {kinds}.{why}"


def await_work(ledger: Ledger) -> None:
    """Wait until what the last fault hit works again: what breaks something idle breaks nothing."""
    revive(ledger)
    accepted, ended = len(ledger.accepted), len(ledger.ended)
    until = time.monotonic() + RECOVERY
    while len(ledger.accepted) < accepted + WORK or len(ledger.ended) < ended + 1:
        if time.monotonic() > until:
            return
        time.sleep(0.1)
        revive(ledger)


def revive(ledger: Ledger) -> None:
    """Start what has ended by itself."""
    for process in ledger.deployment.processes:
        process.revive()


def settle(ledger: Ledger, receiver: Receiver) -> dict[str, dict[str, object] | None]:
    """Wait for all that was accepted to end and to be told; how each task then stands."""
    until = time.monotonic() + PATIENCE
    tasks = {task_id: ledger.look(task_id) for task_id in ledger.accepted}
    done, before = 0, -1
    while done < 2 * len(tasks) and time.monotonic() < until:
        time.sleep(1)
        revive(ledger)
        tasks |= {task_id: ledger.look(task_id) for task_id, task in tasks.items() if not has_ended(task)}
        done = sum(map(has_ended, tasks.values())) + sum(is_told(receiver, task_id) for task_id in tasks)
        if done > before:
            # A busy machine may take long to tell of all that piled up; only where nothing goes on is anything stuck.
            before, until = done, time.monotonic() + PATIENCE
    return tasks


def is_told(receiver: Receiver, task_id: str) -> bool:
    """Whether the receiver took an end of a task."""
    return not set(ENDS).isdisjoint(receiver.told.get(task_id, ()))


def has_ended(task: dict[str, object] | None) -> bool:
    """Whether a task has one of the two ends."""
    return task is not None and task["status"] in ENDS


def judge(ledger: Ledger, receiver: Receiver, tasks: dict[str, dict[str, object] | None]) -> dict[str, int]:
    """Count what went wrong."""
    listed = ledger.listed()
    ended = {task_id: task for task_id, task in tasks.items() if task is not None and has_ended(task)}
    images = {task_id: ledger.image(task) for task_id, task in ended.items() if task["status"] == "COMPLETED"}
    digests: dict[int, set[str | None]] = {}
    for task_id, digest in images.items():
        digests.setdefault(ledger.accepted[task_id], set()).add(digest)
    told = {task_id: receiver.told.get(task_id, []) for task_id in tasks}
    ends = {task_id: {status for status in statuses if status in ENDS} for task_id, statuses in told.items()}
    return {
        "tasks accepted": len(tasks),
        "of those drawn": len(images),
        "lost": sum(task is None for task in tasks.values()),
        "doubled (listed more than was asked for)": len(listed) - len(set(listed) & set(tasks)),
        "stuck": len(tasks) - len(ended) - sum(task is None for task in tasks.values()),
        "refused": len(ledger.refused),
        "failed": len(ended) - len(images),
        "changed after their end": len(set(ledger.changed)),
        "half-written images": sum(digest is None for digest in images.values()),
        "other bytes for the same seed": sum(len(found) - 1 for found in digests.values()),
        "ends not told": sum(not found for found in ends.values()),
        "ends told otherwise": sum(
            bool(found) and found != {str((tasks[task_id] or {}).get("status"))} for task_id, found in ends.items()
        ),
        "beginnings told after the end": sum(is_backwards(statuses) for statuses in told.values()),
    }


def is_backwards(statuses: list[str]) -> bool:
    """Whether a receiver took IN_PROGRESS after an end."""
    first_end = next((at for at, status in enumerate(statuses) if status in ENDS), len(statuses))
    return "IN_PROGRESS" in statuses[first_end:]


@contextmanager
def place(folder: Path | None) -> Iterator[Path]:
    """Where it happens: `folder`, which stays, or a temporary one."""
    if folder is not None:
        folder.mkdir(parents=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="seedbed-chaos-") as temporary:
        # Postgres is another user.
        Path(temporary).chmod(0o755)
        yield Path(temporary)


def run(faults: int, minutes: float, seed: int, workers: int, folder: Path, *, on_postgres: bool) -> Counts:
    """One run, with everything in `folder`: so many faults, or as many as there is time for."""
    counts, end = Counts(), time.monotonic() + 60 * minutes
    with (
        backing(folder, on_postgres=on_postgres) as stands_on,
        receiving() as receiver,
        deployed(stands_on.folder, workers, stands_on.variables) as deployment,
    ):
        ledger = Ledger(deployment, receiver)
        threads = [threading.Thread(target=ledger.submit) for _ in range(SUBMITTERS)]
        threads.append(threading.Thread(target=ledger.watch))
        for thread in threads:
            thread.start()
        chance = random.Random(seed)
        breaker = Faults(deployment, stands_on, receiver, chance)
        for number in range(faults):
            await_work(ledger)
            time.sleep(chance.uniform(0, PAUSE))
            if time.monotonic() > end:
                break
            counts.faults[breaker.one()] += 1
            if number % 10 == 9:
                print(f"{number + 1} faults, {len(ledger.accepted)} tasks", flush=True)
        receiver.mood = MOODS[0]
        ledger.stop.set()
        for thread in threads:
            thread.join()
        tasks = settle(ledger, receiver)
        counts.rows = judge(ledger, receiver, tasks)
        counts.reasons.update(ledger.refused)
        counts.reasons.update(str(task["error"]) for task in tasks.values() if task and task["status"] == "FAILED")
    return counts


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no fault later than that")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--keep", type=Path, help="where to leave the logs")
    options = parser.parse_args()
    with place(options.keep) as folder:
        limits = options.faults, options.minutes
        counts = run(*limits, options.seed, options.workers, folder, on_postgres=options.postgres)
    kind = "Postgres and S3" if options.postgres else "SQLite and a folder"
    made = counts.faults.total()
    print(f"\nOne server, {options.workers} workers, {kind}, {made} faults, seed {options.seed}; {describe()}\n")
    print(counts.table())


if __name__ == "__main__":
    main()
