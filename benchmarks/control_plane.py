"""How fast the server is around the model: the real `seedbed serve` with an engine that draws nothing.

    python -m benchmarks.control_plane [--tasks 1000] [--connections 8] [--poll-interval 0.05] [--stored 1000000]
    python -m benchmarks.control_plane --soak MINUTES [--clients 3]

Prints a Markdown table. With `--stored`, so many ended tasks lie in the
database before anything is measured. With `--soak`, it holds a load for so long and watches the memory instead.
Client and server share the machine, so the true figures are a little better.
"""

import argparse
import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.hardware import describe
from benchmarks.soak import Load, receiving, soak

KEY = "the-benchmarks-own-key"
TASKS = "/v1/ai/text-to-image/seedream-v4"
COMMAND = [sys.executable, "-c", "from seedbed.cli.main import app; app()", "serve"]
ENDS = ("COMPLETED", "FAILED")
POLL_SECONDS = 0.02
STORE = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count),
ids AS (SELECT n, lower(hex(randomblob(16))) AS id FROM numbers)
INSERT INTO tasks (task_id, key_id, status, prompt, aspect_ratio, guidance_scale, seed, created_at, finished_at, rank,
                   step, num_inference_steps, attempts, cancel_requested, error)
SELECT substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4) || '-' || substr(id, 17, 4) || '-'
       || substr(id, 21), (SELECT key_id FROM api_keys), 'FAILED', 'a cat on a blue background', 'square_1_1', 2.5, n,
       '2026-01-01 00:00:00.000000', '2026-01-01 00:00:01.000000', n, 4, 4, 1, 0, 'stored by the benchmark'
FROM ids
"""
AT_ONCE = 20_000
"""Tasks that are stored by one statement."""
TIMEOUT = aiohttp.ClientTimeout(60)


@dataclass(frozen=True)
class Options:
    """What is measured, and how much of it."""

    tasks: int
    connections: int
    poll_interval: float
    stored: int
    soak: float
    clients: int


@dataclass(frozen=True)
class Measured:
    """Calls of one kind: how long all took, and each."""

    name: str
    seconds: float
    latencies: list[float]

    def row(self) -> str:
        """Its row of the table."""
        ordered = sorted(self.latencies)
        p50, p99 = (1000 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
        return f"| {self.name} | {len(ordered)} | {len(ordered) / self.seconds:.0f} | {p50:.1f} | {p99:.1f} |"


async def repeat(name: str, count: int, connections: int, call: Callable[[int], Awaitable[None]]) -> Measured:
    """Make `count` calls, `connections` at a time."""
    numbers, latencies = iter(range(count)), list[float]()

    async def work() -> None:
        for number in numbers:
            started = time.perf_counter()
            await call(number)
            latencies.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(connections)))
    return Measured(name, time.perf_counter() - started, latencies)


async def measure(client: aiohttp.ClientSession, options: Options) -> list[str]:
    """The rows of the table."""
    made: list[str] = []

    async def post(number: int) -> None:
        async with client.post(TASKS, json={"prompt": "a cat", "seed": number}) as answer:
            answer.raise_for_status()
            made.append((await answer.json())["data"]["task_id"])

    async def get(number: int) -> None:
        async with client.get(f"{TASKS}/{made[number % len(made)]}") as answer:
            answer.raise_for_status()
            await answer.read()

    async def end_to_end(number: int) -> None:
        before = len(made)
        await post(number)
        await ended(client, made[before])

    n, many = options.tasks, options.connections
    alone = await repeat("one task, POST to COMPLETED, idle server", 20, 1, end_to_end)
    posts_alone = await repeat("POST, 1 connection", n // 4, 1, post)
    await ended(client, made[-1])
    started = time.perf_counter()
    posts = await repeat(f"POST, {many} connections", n, many, post)
    await ended(client, made[-1])
    tasks_per_second = n / (time.perf_counter() - started)
    gets_alone = await repeat("GET, 1 connection", n, 1, get)
    gets = await repeat(f"GET, {many} connections", n * 2, many, get)
    rows = [measured.row() for measured in (posts_alone, posts, gets_alone, gets, alone)]
    return [*rows, f"| tasks from POST to COMPLETED, burst | {n} | {tasks_per_second:.0f} | | |"]


async def lists(client: aiohttp.ClientSession, folder: Path, options: Options) -> list[str]:
    """The rows for listing among the stored tasks: the newest, from the middle on, and by status."""
    if not options.stored:
        return []
    with closing(sqlite3.connect(folder / "seedbed.sqlite")) as connection:
        middle = connection.execute(f"SELECT task_id FROM tasks WHERE sequence = {options.stored // 2}").fetchone()[0]
    queries = {
        "list, newest 50": "limit=50",
        "list, 50 from the middle": f"limit=50&cursor={middle}",
        "list, newest 50 that were drawn": "limit=50&status=COMPLETED",
    }

    async def page(query: str) -> None:
        async with client.get(f"{TASKS}?{query}") as answer:
            answer.raise_for_status()
            await answer.read()

    measured = [await repeat(name, 200, 1, lambda _, q=query: page(q)) for name, query in queries.items()]  # type: ignore[misc]
    return [each.row() for each in measured]


def store(folder: Path, count: int) -> None:
    """Put so many ended tasks of the only key into the database; the server writes in between."""
    with closing(sqlite3.connect(folder / "seedbed.sqlite", timeout=60)) as connection:
        for begun in range(0, count, AT_ONCE):
            with connection:
                connection.execute(STORE, {"count": min(AT_ONCE, count - begun)})


async def ended(client: aiohttp.ClientSession, task_id: str) -> None:
    """Wait until a task has ended; the last of a burst ends last."""
    while True:
        async with client.get(f"{TASKS}/{task_id}") as answer:
            if (await answer.json())["data"]["status"] in ENDS:
                return
        await asyncio.sleep(POLL_SECONDS)


@asynccontextmanager
async def served(
    folder: Path, options: Options, command: Sequence[str] = COMMAND
) -> AsyncIterator[tuple[aiohttp.ClientSession, int]]:
    """A server with its data in `folder`, ready: a client for it, and its process id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "SEEDBED_DATA_DIR": str(folder),
        "SEEDBED_MODEL": "noop",
        "SEEDBED_API_KEYS": KEY,
        "SEEDBED_POLL_INTERVAL": str(options.poll_interval),
        "SEEDBED_QUEUE_LIMIT": str(2 * options.tasks),
        "SEEDBED_RATE_LIMIT": "100000000",
        "SEEDBED_WEBHOOK_ALLOW_PRIVATE": "true",
        "SEEDBED_LOG_LEVEL": "WARNING",
    }
    process = subprocess.Popen([*command, "--port", str(port)], env={**os.environ, **settings})
    headers, timeout = {"x-freepik-api-key": KEY}, aiohttp.ClientTimeout(60)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers, timeout=timeout) as client:
            await ready(client)
            yield client, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


async def ready(client: aiohttp.ClientSession) -> None:
    """Wait until the server says that it is ready."""
    while True:
        try:
            async with client.get("/readyz") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(POLL_SECONDS)
        await asyncio.sleep(POLL_SECONDS)


async def main(options: Options) -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        async with served(Path(folder), options) as (client, pid):
            if options.soak:
                await soaked(client, pid, options)
                return
            if options.stored:
                store(Path(folder), options.stored)
            rows = [*await measure(client, options), *await lists(client, Path(folder), options)]
    facts = f"poll {options.poll_interval} s, {options.stored} tasks stored before"
    print(f"Engine noop, SQLite (WAL, synchronous=NORMAL), {facts}; {describe()}\n")
    print("| what | calls | per second | p50 ms | p99 ms |\n|---|---|---|---|---|")
    print("\n".join(rows))


async def soaked(client: aiohttp.ClientSession, pid: int, options: Options) -> None:
    """Hold a load, and print what became of it and of the memory."""
    load = Load(options.clients)
    async with receiving(load) as receiver:
        lines = await soak(client, pid, load, receiver, options.soak)
    print(f"Engine noop, SQLite (WAL, synchronous=NORMAL); {describe()}\n")
    print("\n".join(lines))


def parse() -> Options:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--poll-interval", type=float, default=0.05)
    parser.add_argument("--stored", type=int, default=0)
    parser.add_argument("--soak", type=float, default=0.0, help="minutes")
    parser.add_argument("--clients", type=int, default=3, help="of the soak; each has one task at a time")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    asyncio.run(main(parse()))
