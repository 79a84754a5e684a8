"""Which workers there are: each beats in a table, and whoever is silent for long is taken for dead."""

from dataclasses import dataclass

from sqlalchemy import Connection, Double, cast, delete, func, insert, literal_column, select, update
from sqlalchemy.sql.elements import ColumnElement

from seedbed.store.schema import Database, workers

__all__ = ["WorkerRecord", "WorkerStore"]


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """A worker as the others see it."""

    worker_id: str
    """Its name."""
    draws: bool
    """Whether it has an engine."""
    silence: float
    """Seconds since its last beat."""


class WorkerStore:
    """The workers' beats. Only the database's clock counts: those of many machines differ."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._now = _now(database)

    def beat(self, worker_id: str, *, draws: bool) -> None:
        """Say that `worker_id` lives; only it says so, for its name is claimed."""
        values = {"draws": draws, "beat_at": self._now}
        with self._database.begin() as connection:
            known = connection.execute(update(workers).where(workers.c.worker_id == worker_id).values(values))
            if not known.rowcount:
                connection.execute(insert(workers).values(worker_id=worker_id, **values))

    def list(self) -> tuple[WorkerRecord, ...]:
        """Every worker that beat and did not take its leave, by name."""
        with self._database.read() as connection:
            return self._records(connection)

    def forget(self, worker_id: str) -> None:
        """Take a worker off the list: it ended, or has long been silent."""
        with self._database.begin() as connection:
            connection.execute(delete(workers).where(workers.c.worker_id == worker_id))

    def _records(self, connection: Connection) -> tuple[WorkerRecord, ...]:
        silence = (self._now - workers.c.beat_at).label("silence")
        query = select(workers.c.worker_id, workers.c.draws, silence).order_by(workers.c.worker_id)
        rows = connection.execute(query)
        return tuple(WorkerRecord(row.worker_id, bool(row.draws), max(0.0, float(row.silence))) for row in rows)


def _now(database: Database) -> ColumnElement[float]:
    if database.is_sqlite:
        # Days since noon of 24 November 4714 BC; SQLite's `unixepoch` knows whole seconds only.
        return literal_column("(julianday('now') - 2440587.5) * 86400.0")
    return cast(func.extract("epoch", func.clock_timestamp()), Double)
