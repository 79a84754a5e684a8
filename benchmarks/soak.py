"""Whether the memory of a server stays flat: a steady load of tasks, polls, lists, downloads and webhooks for minutes.

Run by `python -m benchmarks.control_plane --soak MINUTES`.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web

from benchmarks.hardware import resident

__all__ = ["Load", "receiving", "soak"]

TASKS = "/v1/ai/text-to-image/seedream-v4"
ENDS = ("COMPLETED", "FAILED")
POLL_SECONDS = 0.25
SAMPLES = 120
"""How often the memory is looked at, in equal pauses."""
WARM_UP = 0.25
"""The share of the run that is left out: caches fill, pools grow to their size."""
FLAT = 0.03
"""A process is flat whose trend, over all that was not left out, adds no more than this share of its memory."""
PARTS = 10
GRACE_SECONDS = 120.0


@dataclass
class Load:
    """What was asked for and what came of it."""

    clients: int
    """How many there are; each has one task at a time, so that a slow machine gets fewer and none piles up."""
    posted: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    """Calls that were not answered, by the kind of error."""
    statuses: Counter[str] = field(default_factory=Counter)
    """How tasks ended."""
    told: Counter[str] = field(default_factory=Counter)
    """Webhooks by the status that they told."""
    longest: float = 0.0
    """Seconds from POST to the end, the most."""


async def soak(client: aiohttp.ClientSession, pid: int, load: Load, receiver: str, minutes: float) -> list[str]:
    """Hold the load for so long; the lines of the report."""
    samples: dict[str, list[tuple[float, float]]] = {}
    until = time.monotonic() + 60 * minutes
    clients = [ask(client, load, receiver, until) for _ in range(load.clients)]
    await asyncio.gather(watch(pid, 60 * minutes, samples), *clients)
    await all_told(load)
    return [*report(load, minutes), *memory(samples)]


async def ask(client: aiohttp.ClientSession, load: Load, receiver: str, until: float) -> None:
    """What one client does until then: one task after the other."""
    while time.monotonic() < until:
        try:
            await one(client, load, receiver)
        except (aiohttp.ClientError, TimeoutError) as error:
            load.failures[type(error).__name__] += 1


async def one(client: aiohttp.ClientSession, load: Load, receiver: str) -> None:
    """A task as a client has it: posted, polled, listed among others, downloaded."""
    started = time.monotonic()
    load.posted += 1
    async with client.post(TASKS, json={"prompt": "a cat", "seed": load.posted, "webhook_url": receiver}) as answer:
        answer.raise_for_status()
        task = (await answer.json())["data"]
    while task["status"] not in ENDS:
        await asyncio.sleep(POLL_SECONDS)
        async with client.get(f"{TASKS}/{task['task_id']}") as answer:
            task = (await answer.json())["data"]
    load.statuses[task["status"]] += 1
    load.longest = max(load.longest, time.monotonic() - started)
    for url in [f"{TASKS}?limit=50", *task["generated"]]:
        async with client.get(url) as answer:
            answer.raise_for_status()
            await answer.read()


async def all_told(load: Load) -> None:
    """Wait until all ends were told, or for as long as may be expected."""
    until = time.monotonic() + GRACE_SECONDS
    while sum(load.told[status] for status in ENDS) < load.statuses.total() and time.monotonic() < until:
        await asyncio.sleep(POLL_SECONDS)


@asynccontextmanager
async def receiving(load: Load) -> AsyncIterator[str]:
    """A receiver that counts; its address."""

    async def take(request: web.Request) -> web.Response:
        load.told[(await request.json())["status"]] += 1
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def watch(pid: int, seconds: float, samples: dict[str, list[tuple[float, float]]]) -> None:
    """Note the memory of a server's processes: (seconds since the beginning, MiB), by what each is."""
    started = time.monotonic()
    for number in range(1, SAMPLES + 1):
        await asyncio.sleep(max(0.0, started + number * seconds / SAMPLES - time.monotonic()))
        for name, process in family(pid).items():
            with suppress(OSError):  # it has just ended
                samples.setdefault(name, []).append((time.monotonic() - started, resident(process)))


def family(pid: int) -> dict[str, int]:
    """A server and its children, by what they are."""
    found = {f"server ({pid})": pid}
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                kind = "engine" if "engine" in (path / "cmdline").read_text() else "other child"
                found[f"{kind} ({path.name})"] = int(path.name)
    return found


def report(load: Load, minutes: float) -> list[str]:
    """What was done, as sentences."""
    ends = ", ".join(f"{count} {status}" for status, count in sorted(load.statuses.items()))
    told = ", ".join(f"{count} {status}" for status, count in sorted(load.told.items()))
    lost = ", ".join(f"{count} {kind}" for kind, count in sorted(load.failures.items())) or "none"
    rate = load.statuses.total() / (60 * minutes)
    asked = f"{minutes:g} minutes, {load.clients} clients, {rate:.1f} tasks a second: {load.posted} posted, {ends}"
    return [f"{asked}; slowest {load.longest:.1f} s; webhooks: {told}; calls without an answer: {lost}.", ""]


def memory(samples: dict[str, list[tuple[float, float]]]) -> list[str]:
    """The table of the memory."""
    head = "| process | samples | MiB first | MiB after warm-up | MiB last | most | MiB an hour | over the run | |"
    rows = [row(name, seen) for name, seen in samples.items()]
    return [head, "|---|---|---|---|---|---|---|---|---|", *rows, "", *(course(*each) for each in samples.items())]


def course(name: str, samples: list[tuple[float, float]]) -> str:
    """A process's memory after each part of the run: what fills and then stays does not look like what leaks."""
    ends = [samples[part * len(samples) // PARTS - 1][1] for part in range(1, PARTS + 1) if len(samples) >= PARTS]
    return f"{name.partition(' (')[0]}, MiB after each of {PARTS} parts: {', '.join(f'{mib:.1f}' for mib in ends)}"


def row(name: str, samples: list[tuple[float, float]]) -> str:
    """A process's row, with its verdict."""
    kept = samples[int(WARM_UP * len(samples)) :]
    first, warm, last = samples[0][1], kept[0][1], kept[-1][1]
    slope = trend(kept)
    share = slope * (kept[-1][0] - kept[0][0]) / warm
    verdict = "flat" if share <= FLAT else "grows"
    most = max(mib for _, mib in samples)
    figures = f"{first:.1f} | {warm:.1f} | {last:.1f} | {most:.1f} | {3600 * slope:+.2f} | {100 * share:+.2f} %"
    return f"| {name.partition(' (')[0]} | {len(samples)} | {figures} | {verdict} |"


def trend(samples: list[tuple[float, float]]) -> float:
    """MiB a second, by least squares; 0 where there is only one moment."""
    count = len(samples)
    middle, mean = sum(at for at, _ in samples) / count, sum(mib for _, mib in samples) / count
    spread = sum((at - middle) ** 2 for at, _ in samples)
    return sum((at - middle) * (mib - mean) for at, mib in samples) / spread if spread else 0.0
