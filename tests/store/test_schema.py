import os
import stat
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.types import TypeEngine

from seedbed.errors import ConfigurationError
from seedbed.settings import Settings
from seedbed.store.keys import KeyStore
from seedbed.store.schema import (
    POOL_SIZE,
    SCHEMA_VERSION,
    Database,
    _schema_version,
    metadata,
    open_database,
    secrets,
    tasks,
)
from tests.process import resident
from tests.store.dumps import FIRST_PROMPTS, restore


def pragma(database: Database, name: str) -> object:
    with database.read() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_a_fresh_folder_becomes_a_database_with_our_pragmas(tmp_path: Path) -> None:
    database = open_database(Settings(data_dir=tmp_path / "not" / "there"))
    # Secrets lie in it: none of the machine's other users may look.
    assert stat.S_IMODE((tmp_path / "not" / "there").stat().st_mode) == 0o700
    assert pragma(database, "journal_mode") == "wal"
    assert pragma(database, "synchronous") == 1
    assert pragma(database, "busy_timeout") == 30_000
    assert pragma(database, "foreign_keys") == 1
    database.close()


def test_connections_however_many_keep_little_of_the_database(tmp_path: Path) -> None:
    """With SQLite's and Python's own defaults it is 38 MiB of pages and 35 of statements."""
    database = open_database(Settings(data_dir=tmp_path))
    with database.begin() as connection:
        connection.execute(secrets.insert(), [{"name": str(number), "value": "v" * 2000} for number in range(2000)])
    with ExitStack() as stack:
        connections = [stack.enter_context(database.read()) for _ in range(POOL_SIZE)]
        before = resident(os.getpid())
        for connection in connections:
            assert connection.exec_driver_sql("SELECT max(length(value)) FROM secrets NOT INDEXED").scalar() == 2000
            for number in range(100):
                connection.exec_driver_sql(f"SELECT * FROM tasks JOIN secrets ON prompt = value LIMIT {number}").all()
        grown = resident(os.getpid()) - before
    database.close()
    print(f"grown by {grown:.1f} MiB")
    assert grown < 40


@pytest.fixture(params=["sqlite", "postgres"])
def database(tmp_path: Path, request: pytest.FixtureRequest) -> Database:
    url = request.getfixturevalue("postgres").fresh() if request.param == "postgres" else None
    return open_database(Settings(data_dir=tmp_path, database_url=url))


def test_a_connection_that_comes_back_after_the_end_is_closed(database: Database) -> None:
    with database.read() as late:
        late.scalar(text("SELECT 1"))
        driver = late.connection.driver_connection
        assert driver is not None
        database.close()
        assert late.scalar(text("SELECT 2")) == 2
    # Each driver has a word of its own for what is closed.
    with pytest.raises(Exception, match="closed"):
        driver.cursor()


def test_an_error_does_not_repeat_what_the_statement_was_given(database: Database) -> None:
    """It gets into logs, where no prompt, no secret and no receiver's URL belongs."""
    given = {"prompt": "a private wish", "url": "https://example.com/?token=hush"}
    with pytest.raises(DBAPIError) as caught, database.begin() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:prompt, :url)"), given)
    database.close()
    assert "nowhere" in str(caught.value)
    assert "private" not in str(caught.value)
    assert "hush" not in str(caught.value)


def test_full_synchronous_is_a_setting(tmp_path: Path) -> None:
    database = open_database(Settings(data_dir=tmp_path, sqlite_synchronous="FULL"))
    assert pragma(database, "synchronous") == 2
    database.close()


def test_opening_twice_keeps_what_is_there(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    first = open_database(settings)
    with first.begin() as connection:
        connection.execute(secrets.insert().values(name="a", value="b"))
    second = open_database(settings)
    with second.read() as connection:
        assert connection.execute(secrets.select()).one() == ("a", "b")
    first.close()
    second.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_database_of_the_first_version_gains_what_came_later(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    urls = [request.getfixturevalue("postgres").fresh() for _ in range(2)] if kind == "postgres" else [None, None]
    old, new = (
        Settings(data_dir=tmp_path / name, database_url=url) for name, url in zip(("old", "new"), urls, strict=True)
    )
    restore(kind, old)
    upgraded, fresh = open_database(old), open_database(new)
    assert layout(upgraded) == layout(fresh)
    record, key = KeyStore(upgraded).create("new", expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert KeyStore(upgraded).verify(key) == record
    with upgraded.read() as connection:
        assert connection.execute(select(tasks.c.prompt).order_by(tasks.c.sequence)).scalars().all() == FIRST_PROMPTS
        assert connection.scalar(select(_schema_version.c.version)) == SCHEMA_VERSION
    upgraded.close()
    fresh.close()


def layout(database: Database) -> dict[str, tuple[dict[str, object], dict[str, object]]]:
    """Of each of our tables: the columns with what they may hold, in no order, and the indexes.

    Only moments are called by two names, both of which mean the same to SQLite, and zero is written in two ways.
    """
    found = inspect(database.engine)
    return {
        name: (
            {c["name"]: (kind(c["type"]), c["nullable"], default(c["default"])) for c in found.get_columns(name)},
            {str(index["name"]): index["column_names"] for index in found.get_indexes(name)},
        )
        for name in metadata.tables
    }


def kind(found: TypeEngine[object]) -> str:
    return str(found).replace("NUMERIC", "DATETIME")


def default(found: str | None) -> str | None:
    return found and found.removesuffix("::bigint").strip("'")


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    database = open_database(settings)
    with database.begin() as connection:
        connection.execute(update(_schema_version).values(version=99))
    database.close()
    with pytest.raises(ConfigurationError, match="schema 99"):
        open_database(settings)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://a/b", "SQLite or Postgres, not mysql"),
        ("nonsense", "URL"),
        ("sqlite:////proc/x/y", "proc"),
        ("sqlite://", "file"),
    ],
)
def test_what_cannot_be_a_database_is_refused_in_one_sentence(url: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        open_database(Settings(database_url=url))


def test_an_error_rolls_everything_back(tmp_path: Path) -> None:
    database = open_database(Settings(data_dir=tmp_path))

    def write_and_break() -> None:
        with database.begin() as connection:
            connection.execute(secrets.insert().values(name="a", value="b"))
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        write_and_break()
    with database.read() as connection:
        assert connection.execute(secrets.select()).first() is None
    database.close()


def test_a_writer_holds_the_lock_from_its_first_line(tmp_path: Path) -> None:
    """Two that read before they write must not both act on what they read."""
    database = open_database(Settings(data_dir=tmp_path))
    begun, order = threading.Event(), []

    def second() -> None:
        begun.wait()
        with database.begin():
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with database.begin():
        begun.set()
        time.sleep(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    database.close()


def test_the_lock_is_the_databases_own_too(tmp_path: Path) -> None:
    """Another process knows nothing of our lock: SQLite itself must keep it out from the first line."""
    ours = open_database(Settings(data_dir=tmp_path))
    theirs = open_database(Settings(data_dir=tmp_path))
    with ours.begin(), theirs.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=10")
        with pytest.raises(OperationalError, match="locked"):
            connection.execute(secrets.insert().values(name="a", value="b"))
    ours.close()
    theirs.close()


def test_readers_wait_for_no_writer(tmp_path: Path) -> None:
    database = open_database(Settings(data_dir=tmp_path))
    with database.begin() as writer:
        writer.execute(secrets.insert().values(name="a", value="b"))
        with database.read() as reader:
            assert reader.execute(secrets.select()).first() is None
    database.close()
