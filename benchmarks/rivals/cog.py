"""cog's own server beside the others: one prediction at a time, no queue, no poll; webhooks for who does not wait."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from benchmarks.control_plane import repeat
from benchmarks.rivals.deployments import Deployment
from benchmarks.soak import Load, receiving

__all__ = ["cog_crash", "cog_speed"]

PREDICTIONS = "/predictions"
POLL_SECONDS = 0.1
START_SECONDS = 180.0
OK = 200
ACCEPTED = 202


class CogService(Deployment):
    """`python -m cog.server.http`, which is what a container of cog's runs."""

    name = "cog"
    ready = "/health-check"

    @property
    def workplace(self) -> Path:
        """Where its own file says what to run."""
        return self.folder

    def start(self) -> subprocess.Popen[bytes]:
        """The server with its worker."""
        shutil.copy(Path(__file__).with_name("cog_predictor.py"), self.folder / "predict.py")
        (self.folder / "cog.yaml").write_text('predict: "predict.py:Predictor"\n')
        return self.start_worker()

    def start_worker(self) -> subprocess.Popen[bytes]:
        """The same."""
        # Its worker is the first python of the path.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return self.run(
            [sys.executable, "-m", "cog.server.http", "--host", "127.0.0.1"],
            PATH=path,
            PYTHONPATH=os.pathsep.join(filter(None, sys.path)),
            PORT=str(self.port),
            COG_PREDICT_TYPE_STUB="predict.py:Predictor",
        )

    def task_id(self, answer: Mapping[str, object]) -> str:
        """It has one, but nobody may ask for it."""
        return str(answer["id"])

    def status(self, answer: Mapping[str, object]) -> str:
        """As it answers."""
        return str(answer["status"])


@asynccontextmanager
async def asking() -> AsyncIterator[tuple[CogService, aiohttp.ClientSession]]:
    """The server, ready."""
    with tempfile.TemporaryDirectory() as folder:
        service = CogService(Path(folder))
        try:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{service.port}") as session:
                await ready(session, service)
                await predict(session, "warm", 0)
                yield service, session
        finally:
            service.close()


async def ready(session: aiohttp.ClientSession, service: CogService) -> None:
    """Wait until it has loaded. Raises `TimeoutError` when it does not."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                async with session.get(service.ready) as answer:
                    if (await answer.json())["status"] == "READY":
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(POLL_SECONDS)


async def predict(session: aiohttp.ClientSession, prompt: str, seed: int, webhook: str = "") -> int:
    """Ask for a picture, and wait for it or for its webhook; the answer's HTTP status."""
    body: dict[str, object] = {"input": {"prompt": prompt, "seed": seed}}
    if webhook:
        body |= {"webhook": webhook, "webhook_events_filter": ["completed"]}
    async with session.post(PREDICTIONS, json=body, headers={"Prefer": "respond-async"} if webhook else {}) as answer:
        await answer.read()
        return answer.status


async def cog_speed(calls: int, connections: int) -> list[str]:
    """Its rows: predictions one after the other, and how many are turned away when several come at once."""
    statuses: Counter[int] = Counter()

    async def call(seed: int) -> None:
        statuses[await predict(session, "a cat", seed)] += 1

    async with asking() as (_, session):
        alone = await repeat("cog: prediction, 1 connection", calls, 1, call)
        statuses.clear()
        many = await repeat(f"cog: prediction, {connections} connections", calls, connections, call)
        refused = f"cog: of those, turned away (409) | {statuses.total() - statuses[OK]} | | | |"
        return [alone.row(), many.row(), f"| {refused}"]


async def cog_crash(prompt: str, count: int, after: float, patience: float) -> str:
    """Its row of what is left after a kill."""
    load = Load(1)
    async with receiving(load) as webhook, asking() as (service, session):
        accepted = sum([await predict(session, prompt, seed, webhook) == ACCEPTED for seed in range(count)])
        await asyncio.sleep(min(after, 0.5))
        service.crash()
        until = time.monotonic() + patience
        while load.told.total() < accepted and time.monotonic() < until:
            await asyncio.sleep(POLL_SECONDS)
        told = load.told.total()
        return f"| cog, of {count} asked | {accepted} | {told} | {accepted - told} | - |"
