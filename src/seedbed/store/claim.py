"""One server of a name at a time: a second would take up the tasks that the first is drawing."""

import fcntl
import hashlib
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from seedbed.errors import ConfigurationError
from seedbed.store.schema import Database

__all__ = ["Claim", "claim_worker", "claimed"]

WATCH_SECONDS = 2.0
"""How long the loss of a claim may go unnoticed, once the connection is known to be gone."""
STRANGER_SIGHTINGS = 3
"""How often in a row, `WATCH_SECONDS` apart, another session must have our claim until it counts as a server's."""

log = structlog.get_logger(__name__)


class Claim:
    """That a name is ours; on Postgres it can be lost, with the connection that holds it."""

    failure: str | None = None
    """Why the name is not ours any more, for good."""


@contextmanager
def claim_worker(database: Database, worker_id: str) -> Iterator[Claim]:
    """Be the only server called `worker_id` on this database, for as long as the context lasts.

    The claim dies with the process, however that ends. If it is lost before, the log says so, and it is regained or
    has a `failure`. Raises `ConfigurationError` when another has it.
    """
    with ExitStack() as held:
        lock = held.enter_context(_lock(database, worker_id))
        if not lock.take():
            raise ConfigurationError(
                f"another server called {worker_id} uses this database; SEEDBED_WORKER_ID names them apart"
            )
        yield held.enter_context(_watched(lock, worker_id)) if isinstance(lock, _AdvisoryLock) else Claim()


@contextmanager
def claimed(database: Database, worker_id: str) -> Iterator[bool]:
    """Claim the name for as long as the context lasts, if nobody has it: whether nobody had. For a moment only."""
    with _lock(database, worker_id) as lock:
        yield lock.take()


def _lock(database: Database, worker_id: str) -> "closing[_FileLock | _AdvisoryLock]":
    return closing(_FileLock(database, worker_id) if database.is_sqlite else _AdvisoryLock(database, worker_id))


class _FileLock:
    """A lock on a file beside the SQLite database; gone when the process is."""

    def __init__(self, database: Database, name: str) -> None:
        self._file = Path(f"{database.engine.url.database}.{name}.lock").open("w")  # noqa: SIM115

    def take(self) -> bool:
        """Whether the lock is ours, now."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Let the lock go."""
        self._file.close()


class _AdvisoryLock:
    """A Postgres advisory lock, held by a session of its own; gone with it, without a word.

    Args:
        database: Postgres.
        name: what is locked; nothing stands for it in the database.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        self._connection: Connection | None = None
        self._pid: int | None = None

    def take(self) -> bool:
        """Whether the lock is ours, now, in a new session. Raises `SQLAlchemyError`."""
        self.close()
        # Without autocommit the connection would stay idle in a transaction, which holds back vacuum.
        connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._connection = connection
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": self._number}):
            return False
        self._pid = connection.scalar(text("SELECT pg_backend_pid()"))
        return True

    def is_held(self) -> bool:
        """Whether the session that took the lock still lives; SQLAlchemy would put another in its place."""
        if self._connection is None:
            return False
        try:
            return bool(self._connection.scalar(text("SELECT pg_backend_pid()")) == self._pid)
        except SQLAlchemyError as error:
            log.warning("claim's connection broke", reason=str(error).splitlines()[0])
            return False

    def stranger(self) -> int | None:
        """The session that holds the lock and is not our last one; that one, if Postgres thinks it alive, is ended.

        Raises `SQLAlchemyError`.
        """
        holder = text(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND (classid::bigint << 32 | objid::bigint) = :number"
        )
        with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            found: int | None = connection.scalar(holder, {"number": self._number})
            if found is None or found != self._pid:
                return found
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": found})
        return None

    def close(self) -> None:
        """End the session, and the lock with it: back in the pool, both would live on."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


@contextmanager
def _watched(lock: _AdvisoryLock, worker_id: str) -> Iterator[Claim]:
    """The claim that `lock`, which is taken, stands for; looked after as long as the context lasts."""
    claim = _WatchedClaim(lock, worker_id)
    try:
        yield claim
    finally:
        claim.stop()


class _WatchedClaim(Claim):
    """A claim with a thread that looks after it."""

    def __init__(self, lock: _AdvisoryLock, worker_id: str) -> None:
        self._lock = lock
        self._worker_id = worker_id
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="claim", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look after it no more."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_SECONDS) and self.failure is None:
            if not self._lock.is_held():
                log.error("claim lost", worker=self._worker_id)
                self._regain()

    def _regain(self) -> None:
        """Try until it is ours again or another's; no longer than the database is away."""
        seen: list[int | None] = []
        while not self._stop.is_set():
            try:
                if self._lock.take():
                    log.warning("claim regained", worker=self._worker_id)
                    return
                seen.append(self._lock.stranger())
            except SQLAlchemyError as error:
                log.warning("claim not regained yet", reason=str(error).splitlines()[0])
            if _stays(seen):
                self.failure = f"another server called {self._worker_id} took this database over"
                log.error("claim taken by another", worker=self._worker_id)
                return
            self._stop.wait(WATCH_SECONDS)


def _stays(seen: list[int | None]) -> bool:
    """Whether one stranger was seen so often that it is no survivor who takes over what a silent worker had."""
    last = seen[-STRANGER_SIGHTINGS:]
    return len(last) == STRANGER_SIGHTINGS and last[0] is not None and len(set(last)) == 1
