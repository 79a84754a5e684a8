"""What is broken, how, and for how long."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from tests.postgres import OwnCluster
from tests.s3 import Bucket

from benchmarks.chaos.backing import Backing, Disk
from benchmarks.chaos.deployment import Deployment, Process
from benchmarks.chaos.ledger import MOODS, Receiver

__all__ = ["Faults"]

LONG = 8.0
"""Seconds of a freeze that the others must notice; SEEDBED_TAKEOVER_AFTER is 6."""
SHORT = 2.0

Fault = Callable[[], None]


class Faults:
    """Does one fault after the other, as the seed says; each is over when it returns.

    But for the receiver's mood: that lasts until the next fault is over, so that two things are wrong at once.

    Args:
        deployment: what is broken.
        backing: what it stands on, which is broken, too.
        receiver: who gets moods.
        chance: decides.
    """

    def __init__(self, deployment: Deployment, backing: Backing, receiver: Receiver, chance: random.Random) -> None:
        self._deployment = deployment
        self._receiver = receiver
        self._chance = chance
        self._postgres = backing.postgres
        self._kinds = {**self._of_processes(), **self._of_receivers(), **self._of_backing(backing)}

    def one(self) -> str:
        """Do one fault; which it was."""
        name = self._chance.choice(sorted(self._kinds))
        mood = self._receiver.mood
        self._kinds[name]()
        if self._receiver.mood == mood:
            self._receiver.mood = MOODS[0]
        return name

    def _of_processes(self) -> dict[str, Fault]:
        server = self._deployment.server
        return {
            "kill -9 the server": lambda: self._restart(server, signal.SIGKILL),
            "kill -9 a worker": lambda: self._restart(self._worker(), signal.SIGKILL, pause=LONG),
            "kill -9 a worker, back at once": lambda: self._restart(self._worker(), signal.SIGKILL),
            "end a worker (SIGTERM)": lambda: self._restart(self._worker(), signal.SIGTERM),
            "kill -9 an engine": self._kill_engine,
            "freeze a worker for 8 s": lambda: _freeze(self._worker(), LONG),
            "freeze a worker for 2 s": lambda: _freeze(self._worker(), SHORT),
            "freeze the server for 8 s": lambda: _freeze(server, LONG),
            "freeze the server for 2 s": lambda: _freeze(server, SHORT),
        }

    def _of_receivers(self) -> dict[str, Fault]:
        return {f"receivers: {mood}": partial(self._mood, mood) for mood in MOODS[1:]}

    def _of_backing(self, backing: Backing) -> dict[str, Fault]:
        kinds: dict[str, Fault] = {}
        disk, postgres, engine, bucket = backing.disk, backing.postgres, backing.engine, backing.bucket
        if disk is not None:
            kinds["fill the disk for 4 s"] = lambda: self._fill(disk, 2 * SHORT)
        if postgres is not None and engine is not None:
            kinds["cut all connections to Postgres"] = lambda: _cut(engine)
            kinds["restart Postgres"] = lambda: _restart_postgres(postgres, signal.SIGINT)
            kinds["crash Postgres, back after 2 s"] = lambda: _restart_postgres(postgres, signal.SIGQUIT, SHORT)
        if bucket is not None:
            kinds["kill -9 S3, back after 4 s"] = lambda: _cut_store(bucket, 2 * SHORT)
            kinds["freeze S3 for 8 s"] = lambda: _freeze(bucket, LONG)
        return kinds

    def _worker(self) -> Process:
        return self._chance.choice(self._deployment.workers)

    def _restart(self, process: Process, number: signal.Signals, pause: float = 0.0) -> None:
        process.end(number)
        time.sleep(pause)
        process.start()

    def _kill_engine(self) -> None:
        engine = self._worker().child()
        if engine is not None:
            with suppress(ProcessLookupError):
                os.kill(engine, signal.SIGKILL)

    def _mood(self, mood: str) -> None:
        self._receiver.mood = mood

    def _fill(self, disk: Disk, seconds: float) -> None:
        disk.fill()
        time.sleep(seconds)
        disk.free()
        # What has no room for its journal ends; whoever runs it starts it again.
        time.sleep(SHORT)
        if self._postgres is not None and not self._postgres.is_running:
            self._postgres.start()


def _freeze(process: Process | Bucket, seconds: float) -> None:
    process.send(signal.SIGSTOP)
    time.sleep(seconds)
    process.send(signal.SIGCONT)


def _cut(postgres: Engine) -> None:
    ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with suppress(SQLAlchemyError), postgres.connect() as connection:
        connection.execute(text(f"{ours} AND datname = current_database()"))


def _restart_postgres(postgres: OwnCluster, number: signal.Signals, pause: float = 0.0) -> None:
    postgres.stop(number)
    time.sleep(pause)
    postgres.start()


def _cut_store(bucket: Bucket, seconds: float) -> None:
    bucket.stop()
    time.sleep(seconds)
    bucket.start()
