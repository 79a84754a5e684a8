"""Seedbed beside what a user would build instead, in the same run: the same pictures, the same machine, in turn.

    python -m benchmarks.rivals [--tasks 300] [--connections 8] [--patience 60]

Needs redis-server (Debian's package) and `pip install -r benchmarks/requirements.txt`. Prints two Markdown tables:
how fast tasks are accepted and done, and what is left of them when what draws is killed with -9 and started again.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from benchmarks.control_plane import repeat
from benchmarks.hardware import describe
from benchmarks.rivals.cog import cog_crash, cog_speed
from benchmarks.rivals.deployments import CeleryService, Deployment, SeedbedService

POLL_SECONDS = 0.05
LATE_SECONDS = 15.0
CRASH_TASKS = 6
CRASH_PROMPT = "slow 1"
CRASH_AFTER = 1.5
"""Seconds after which what draws is killed: in the middle of the second task, on a quiet machine."""

Make = Callable[[Path], Deployment]


class Client:
    """Asks a deployment."""

    def __init__(self, deployment: Deployment, session: aiohttp.ClientSession) -> None:
        self._deployment = deployment
        self._session = session

    async def post(self, prompt: str, seed: int) -> str:
        """Have a task accepted; its id."""
        async with self._session.post(self._deployment.tasks, json={"prompt": prompt, "seed": seed}) as answer:
            answer.raise_for_status()
            return self._deployment.task_id(await answer.json())

    async def has_ended(self, task_id: str) -> bool:
        """Whether a task has ended; not, where nobody answers."""
        try:
            async with self._session.get(f"{self._deployment.tasks}/{task_id}") as answer:
                return self._deployment.status(await answer.json()) in self._deployment.ends
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def until_ended(self, task_ids: list[str], patience: float) -> list[str]:
        """Wait for tasks to end; those that did not."""
        until = time.monotonic() + patience
        left = list(task_ids)
        while left and time.monotonic() < until:
            if await self.has_ended(left[0]):
                left.pop(0)
            else:
                # One that is lost must not hide that others have ended.
                left = [*left[1:], left[0]]
                await asyncio.sleep(POLL_SECONDS)
        return left


@asynccontextmanager
async def asking(make: Make) -> AsyncIterator[tuple[Deployment, Client]]:
    """A deployment that is ready and warm, and its client."""
    with tempfile.TemporaryDirectory() as folder:
        deployment = make(Path(folder))
        try:
            url, timeout = f"http://127.0.0.1:{deployment.port}", aiohttp.ClientTimeout(60)
            async with aiohttp.ClientSession(url, headers=dict(deployment.headers), timeout=timeout) as session:
                await ready(session, deployment)
                client = Client(deployment, session)
                await client.until_ended([await client.post("warm", 0)], 120)
                yield deployment, client
        finally:
            deployment.close()


async def ready(session: aiohttp.ClientSession, deployment: Deployment) -> None:
    """Wait until it answers."""
    while True:
        try:
            async with session.get(deployment.ready) as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(POLL_SECONDS)


async def speed(make: Make, tasks: int, connections: int) -> list[str]:
    """The rows of one side's speed."""
    made: list[str] = []
    async with asking(make) as (deployment, client):

        async def post(seed: int) -> None:
            made.append(await client.post("a cat", seed))

        async def whole(seed: int) -> None:
            await client.until_ended([await client.post("a cat", seed)], 60)

        alone = await repeat(f"{deployment.name}: one task, idle", 10, 1, whole)
        started = time.perf_counter()
        posts = await repeat(f"{deployment.name}: POST, {connections} connections", tasks, connections, post)
        await client.until_ended(made[::-1], 600)
        rate = tasks / (time.perf_counter() - started)
        return [posts.row(), alone.row(), f"| {deployment.name}: POST to done, burst | {tasks} | {rate:.0f} | | |"]


async def crash(name: str, make: Make, patience: float) -> str:
    """The row of what one side does about a kill."""
    async with asking(make) as (deployment, client):
        made = [await client.post(CRASH_PROMPT, seed) for seed in range(CRASH_TASKS)]
        await asyncio.sleep(CRASH_AFTER)
        deployment.crash()
        killed = time.monotonic()
        left = await client.until_ended(made, patience)
        took = "-" if left else f"{time.monotonic() - killed:.1f} s"
        return f"| {name} | {len(made)} | {len(made) - len(left)} | {len(left)} | {took} |"


async def main(options: argparse.Namespace) -> None:
    """Measure all sides, and print."""
    sides: dict[str, Make] = {
        "Seedbed": SeedbedService,
        "Celery as it comes": CeleryService,
        f"Celery, acks_late, visibility timeout {LATE_SECONDS:g} s": lambda folder: CeleryService(folder, LATE_SECONDS),
    }
    print(f"{describe()}\n\n| what | calls | per second | p50 ms | p99 ms |\n|---|---|---|---|---|", flush=True)
    for side in (SeedbedService, CeleryService):
        print("\n".join(await speed(side, options.tasks, options.connections)), flush=True)
    print("\n".join(await cog_speed(options.tasks, options.connections)), flush=True)
    print(f"\n| killed with -9 in the middle of {CRASH_TASKS} tasks of a second each, and started again |", end="")
    print(f" accepted | done | not done {options.patience:g} s later | all done after |\n|---|---|---|---|---|")
    for name, make in sides.items():
        print(await crash(name, make, options.patience), flush=True)
    print(await cog_crash(CRASH_PROMPT, CRASH_TASKS, CRASH_AFTER, options.patience), flush=True)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait after the kill")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(parse()))
