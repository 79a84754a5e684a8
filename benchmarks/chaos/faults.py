"""What is broken, how, and for how long."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Engine, text

from benchmarks.chaos.deployment import Deployment, Process
from benchmarks.chaos.ledger import Receiver

__all__ = ["Faults"]

LONG = 8.0
"""Seconds of a freeze that the others must notice; SEEDBED_TAKEOVER_AFTER is 6."""
SHORT = 2.0


class Faults:
    """Does one fault after the other, as the seed says; each is over when it returns, but for the receiver's mood.

    Args:
        deployment: what is broken.
        receiver: who gets moods.
        chance: decides.
        postgres: whose connections are cut; None where the database is SQLite.
    """

    def __init__(
        self, deployment: Deployment, receiver: Receiver, chance: random.Random, postgres: Engine | None
    ) -> None:
        self._deployment = deployment
        self._receiver = receiver
        self._chance = chance
        self._postgres = postgres
        self._kinds: dict[str, Callable[[], None]] = {
            "kill -9 the server": lambda: self._restart(deployment.server, signal.SIGKILL),
            "kill -9 a worker": lambda: self._restart(self._worker(), signal.SIGKILL, pause=LONG),
            "kill -9 a worker, back at once": lambda: self._restart(self._worker(), signal.SIGKILL),
            "end a worker (SIGTERM)": lambda: self._restart(self._worker(), signal.SIGTERM),
            "kill -9 an engine": self._kill_engine,
            "freeze a worker for 8 s": lambda: self._freeze(self._worker(), LONG),
            "freeze a worker for 2 s": lambda: self._freeze(self._worker(), SHORT),
            "freeze the server for 2 s": lambda: self._freeze(deployment.server, SHORT),
            "receivers fail": lambda: self._mood("failing"),
            "receivers hang": lambda: self._mood("hanging"),
            "receivers are fine": lambda: self._mood("fine"),
        }
        if postgres is not None:
            self._kinds["cut all connections to Postgres"] = self._cut

    def one(self) -> str:
        """Do one fault; which it was."""
        name = self._chance.choice(sorted(self._kinds))
        self._kinds[name]()
        return name

    def _worker(self) -> Process:
        return self._chance.choice(self._deployment.workers)

    def _restart(self, process: Process, number: signal.Signals, pause: float = 0.0) -> None:
        process.end(number)
        time.sleep(pause)
        process.start()

    def _freeze(self, process: Process, seconds: float) -> None:
        process.send(signal.SIGSTOP)
        time.sleep(seconds)
        process.send(signal.SIGCONT)

    def _kill_engine(self) -> None:
        engine = self._worker().child()
        if engine is not None:
            with suppress(ProcessLookupError):
                os.kill(engine, signal.SIGKILL)

    def _mood(self, mood: str) -> None:
        self._receiver.mood = mood

    def _cut(self) -> None:
        ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        if self._postgres is not None:
            with self._postgres.connect() as connection:
                connection.execute(text(f"{ours} AND datname = current_database()"))
