"""One server of a name at a time: a second would take up the tasks that the first is drawing."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from seedbed.errors import ConfigurationError
from seedbed.store.schema import Database

__all__ = ["claim_worker", "claimed"]


@contextmanager
def claim_worker(database: Database, worker_id: str) -> Iterator[None]:
    """Be the only server called `worker_id` on this database, for as long as the context lasts.

    The claim dies with the process, however that ends. Raises `ConfigurationError` when another has it.
    """
    with claimed(database, worker_id) as is_ours:
        if not is_ours:
            raise ConfigurationError(f"another server called {worker_id} uses this database")
        yield


@contextmanager
def claimed(database: Database, worker_id: str) -> Iterator[bool]:
    """Claim the name for as long as the context lasts, if nobody has it: whether nobody had."""
    claim = _file_lock if database.is_sqlite else _advisory_lock
    with claim(database, worker_id) as is_ours:
        yield is_ours


@contextmanager
def _file_lock(database: Database, worker_id: str) -> Iterator[bool]:
    path = Path(f"{database.engine.url.database}.{worker_id}.lock")
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def _advisory_lock(database: Database, worker_id: str) -> Iterator[bool]:
    number = int.from_bytes(hashlib.sha256(worker_id.encode()).digest()[:8], signed=True)
    # Without autocommit the connection would stay idle in a transaction, which holds back vacuum.
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        claimed = connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": number})
        try:
            yield bool(claimed)
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": number})
