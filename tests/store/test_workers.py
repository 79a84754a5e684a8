import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedbed.settings import Settings
from seedbed.store.schema import Database, open_database
from seedbed.store.workers import WorkerRecord, WorkerStore


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    database = open_database(Settings(data_dir=tmp_path, database_url=url))
    yield database
    database.close()


def test_silence_counts_from_the_last_beat(database: Database) -> None:
    workers = WorkerStore(database)
    workers.beat("a", draws=True)
    time.sleep(0.3)
    workers.beat("b", draws=False)
    first, second = workers.list()
    assert (first.worker_id, first.draws, second.worker_id, second.draws) == ("a", True, "b", False)
    assert 0.25 < first.silence - second.silence < 30
    workers.beat("a", draws=True)
    renewed, second = workers.list()
    assert renewed.silence <= second.silence


def test_whoever_took_its_leave_is_on_the_list_no_more(database: Database) -> None:
    workers = WorkerStore(database)
    workers.beat("a", draws=True)
    workers.forget("a")
    workers.forget("never seen")
    assert workers.list() == ()


def test_a_clock_that_went_back_makes_no_negative_silence(database: Database) -> None:
    workers = WorkerStore(database)
    workers.beat("a", draws=True)
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE workers SET beat_at = beat_at + 1000")
    assert workers.list() == (WorkerRecord("a", True, 0.0),)
