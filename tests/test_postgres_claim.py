"""On Postgres a claim is a session's, and sessions end. Runs where `test_postgres` does."""

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL, make_url
from structlog.testing import capture_logs

from seedbed.errors import ConfigurationError
from seedbed.settings import Settings
from seedbed.store.claim import claim_worker, claimed
from seedbed.store.schema import Database, open_database
from tests.process import serving

LOCK = int.from_bytes(hashlib.sha256(b"server").digest()[:8], signed=True)
"""What stands for the name; servers of all versions must agree on it."""
OF_LOCK = "FROM pg_locks WHERE locktype = 'advisory' AND (classid::bigint << 32 | objid::bigint) = :lock"
HOLDER = text(f"SELECT pid {OF_LOCK} AND granted")
WAITERS = text(f"SELECT count(*) {OF_LOCK} AND NOT granted")
END = text("SELECT pg_terminate_backend(:pid)")
TAKE = text("SELECT pg_advisory_lock(:lock)")


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = open_database(Settings(database_url=postgres_url))
    yield database
    database.close()


@contextmanager
def session(database: Database) -> Iterator[Connection]:
    """A session of the test's own."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def holder(database: Database) -> int | None:
    """The session that holds the claim of `server`."""
    with session(database) as connection:
        pid: int | None = connection.scalar(HOLDER, {"lock": LOCK})
        return pid


def is_free(database: Database, worker_id: str) -> bool:
    with claimed(database, worker_id) as is_ours:
        return is_ours


def rob(database: Database, thief: Connection) -> None:
    """End the session that holds the claim of `server`; `thief` has it next, whoever else is quick to ask.

    It waits for the lock before the session ends: asking afterwards, it could come second and wait for ever.
    """
    asking = threading.Thread(target=thief.execute, args=(TAKE, {"lock": LOCK}))
    asking.start()
    until = time.monotonic() + 30
    with session(database) as connection:
        while not connection.scalar(WAITERS, {"lock": LOCK}):
            assert time.monotonic() < until, "nobody waits for the claim"
            time.sleep(0.02)
        connection.execute(END, {"pid": holder(database)})
    asking.join(30)
    assert not asking.is_alive(), "the claim was not had"


def await_another_holder(database: Database, before: int | None) -> None:
    until = time.monotonic() + 30
    while holder(database) in (None, before):
        assert time.monotonic() < until, "the claim was not regained"
        time.sleep(0.1)


def test_a_second_server_of_the_name_is_refused_until_the_first_ends(database: Database) -> None:
    with claim_worker(database, "server"):
        assert not is_free(database, "server")
        assert is_free(database, "another")
        with pytest.raises(ConfigurationError, match="another server called server"), claim_worker(database, "server"):
            pass
    assert is_free(database, "server")


def test_a_claim_whose_session_was_ended_is_regained_and_the_log_says_so(database: Database) -> None:
    with capture_logs() as lines, claim_worker(database, "server") as claim:
        before = holder(database)
        with session(database) as connection:
            connection.execute(END, {"pid": before})
        await_another_holder(database, before)
        assert not is_free(database, "server")
        assert claim.failure is None
    assert [line["event"] for line in lines] == ["claim's connection broke", "claim lost", "claim regained"]
    assert is_free(database, "server")


def test_who_has_the_claim_for_a_moment_only_is_no_other_server(database: Database) -> None:
    """A survivor holds the claim of whom it takes for dead while it puts back what that one had."""
    with capture_logs() as lines, claim_worker(database, "server") as claim, session(database) as survivor:
        rob(database, survivor)
        until = time.monotonic() + 30
        while "claim lost" not in [line["event"] for line in lines]:
            assert time.monotonic() < until, lines
            time.sleep(0.02)
        time.sleep(0.5)  # it has tried, and found the survivor
        survivor.execute(text("SELECT pg_advisory_unlock_all()"))
        while "claim regained" not in [line["event"] for line in lines]:
            assert time.monotonic() < until, lines
            time.sleep(0.02)
        assert claim.failure is None


class Cut:
    """A way to Postgres that can be cut on our side, without Postgres hearing of it."""

    def __init__(self, target: URL, listener: socket.socket, held: ExitStack) -> None:
        self._target = target
        self._listener = listener
        self._held = held
        self._ends: list[tuple[socket.socket, socket.socket]] = []
        self._left: list[socket.socket] = []

    @property
    def url(self) -> str:
        return str(self._target.set(host="127.0.0.1", port=self._listener.getsockname()[1]))

    def cut(self) -> None:
        """End every connection, and leave Postgres believing in it."""
        ends, self._ends = self._ends, []
        self._left += [theirs for _, theirs in ends]
        for ours, _ in ends:
            ours.shutdown(socket.SHUT_RDWR)

    def accept(self) -> None:
        target = self._target
        with suppress(OSError):  # the test is over
            while True:
                ours = self._held.enter_context(self._listener.accept()[0])
                theirs = self._held.enter_context(socket.create_connection((target.host, target.port or 5432)))
                self._ends.append((ours, theirs))
                threading.Thread(target=self._pump, args=(ours, theirs)).start()
                threading.Thread(target=self._pump, args=(theirs, ours)).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):  # the way was cut
            while data := source.recv(65536):
                target.sendall(data)
            if target not in self._left:
                target.shutdown(socket.SHUT_WR)


@contextmanager
def cuttable(url: str) -> Iterator[Cut]:
    with ExitStack() as held:
        listener = held.enter_context(socket.create_server(("127.0.0.1", 0)))
        way = Cut(make_url(url), listener, held)
        thread = threading.Thread(target=way.accept)
        thread.start()
        try:
            yield way
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_claim_that_a_dead_session_of_ours_still_holds_is_regained(database: Database, postgres_url: str) -> None:
    with cuttable(postgres_url) as way:
        through = open_database(Settings(database_url=way.url))
        with capture_logs() as lines, claim_worker(through, "server") as claim:
            before = holder(database)
            way.cut()
            assert holder(database) == before
            await_another_holder(database, before)
            assert claim.failure is None
        through.close()
    assert [line["event"] for line in lines][-2:] == ["claim lost", "claim regained"]


def test_a_server_whose_name_another_took_ends_with_the_reason(
    tmp_path: Path, database: Database, postgres_url: str
) -> None:
    with serving(tmp_path, database_url=postgres_url) as server, session(database) as thief:
        rob(database, thief)
        assert server.process is not None
        assert server.process.wait(60) == 1
        thief.execute(text("SELECT pg_advisory_unlock_all()"))
    assert "another server called server took this database over" in (tmp_path / "log").read_text()
