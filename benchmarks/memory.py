"""What a server's memory is made of while tasks go through it: Python's objects, SQLite's caches, the allocator's rest.

    python -m benchmarks.memory [--marks 250,500,1000,2000,3000] [--clients 4]

Prints a Markdown table, a row for each number of tasks in `--marks`. `benchmarks.control_plane --soak` says whether the
memory stays flat; this says why it does not.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

import aiohttp

from benchmarks import soak
from benchmarks.control_plane import Options, served
from benchmarks.hardware import describe

COMMAND = [sys.executable, "-m", "benchmarks.inside", "serve"]
QUIET_SECONDS = 3.0


async def main(marks: list[int], clients: int) -> None:
    """Look at each mark, and print the table, row by row: a run that is broken off has said how far it came."""
    print(f"Engine noop, SQLite, MiB; {describe()}\n")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MEMORY_REPORT"] = str(Path(folder) / "report")
        options = Options(tasks=max(marks), connections=clients, poll_interval=0.05, stored=0, soak=0, clients=clients)
        async with served(Path(folder), options, COMMAND) as (client, pid):
            load = soak.Load(clients)
            async with soak.receiving(load) as receiver:
                for seen, mark in enumerate(marks):
                    await asyncio.gather(*(_until(client, load, receiver, mark) for _ in range(clients)))
                    await soak.all_told(load)
                    await asyncio.sleep(QUIET_SECONDS)
                    row = {"tasks": float(load.posted), **await _look(pid, Path(folder) / "report", seen)}
                    if not seen:
                        print(f"| {' | '.join(row)} |\n|{'---|' * len(row)}")
                    print(f"| {' | '.join(f'{value:,.5g}' for value in row.values())} |", flush=True)


async def _until(client: aiohttp.ClientSession, load: soak.Load, receiver: str, count: int) -> None:
    while load.posted < count:
        await soak.one(client, load, receiver)


async def _look(pid: int, report: Path, seen: int) -> dict[str, float]:
    os.kill(pid, signal.SIGUSR1)
    while not report.exists() or len(lines := report.read_text().splitlines()) == seen:
        await asyncio.sleep(QUIET_SECONDS / 10)
    found: dict[str, float] = json.loads(lines[-1])
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--marks", default="250,500,1000,2000,3000")
    parser.add_argument("--clients", type=int, default=4)
    given = parser.parse_args()
    asyncio.run(main([int(mark) for mark in given.marks.split(",")], given.clients))
