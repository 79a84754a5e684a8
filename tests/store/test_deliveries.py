from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seedbed.errors import DeliveryNotFound
from seedbed.settings import Settings
from seedbed.store.deliveries import DeliveryLog, DeliveryOutcome, DeliveryRecord
from seedbed.store.schema import open_database

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
FAILED = DeliveryRecord(
    "msg_t1_completed", "t1", "key_a", 1, NOON, 0.25, DeliveryOutcome.FAILED, "500", NOON + timedelta(seconds=14)
)
DELIVERED = replace(FAILED, number=2, outcome=DeliveryOutcome.DELIVERED, detail="200", next_at=None)
DEAD = replace(DELIVERED, webhook_id="msg_t2_failed", task_id="t2", outcome=DeliveryOutcome.GIVEN_UP, detail="410")
FOREIGN = replace(DEAD, webhook_id="msg_t3_failed", task_id="t3", key_id="key_b")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[DeliveryLog]:
    database = open_database(Settings(data_dir=tmp_path))
    log = DeliveryLog(database)
    for record in (FAILED, DELIVERED, DEAD, FOREIGN):
        log.note(record)
    yield log
    database.close()


def plain(*records: DeliveryRecord) -> list[DeliveryRecord]:
    return [replace(record, sequence=0) for record in records]


def test_the_log_is_read_newest_first_by_key_task_and_outcome(log: DeliveryLog) -> None:
    assert plain(*log.page()) == [FOREIGN, DEAD, DELIVERED, FAILED]
    assert plain(*log.page(key_id="key_a", limit=2)) == [DEAD, DELIVERED]
    assert plain(*log.page(task_id="t1")) == [DELIVERED, FAILED]
    assert plain(*log.page(outcome=DeliveryOutcome.GIVEN_UP, key_id="key_b")) == [FOREIGN]


def test_a_page_begins_behind_the_one_before(log: DeliveryLog) -> None:
    first = log.page(limit=3)
    assert plain(*log.page(before=first[-1].sequence)) == [FAILED]


def test_an_event_has_its_attempts_and_belongs_to_its_key(log: DeliveryLog) -> None:
    assert plain(*log.event("msg_t1_completed", key_id="key_a")) == [DELIVERED, FAILED]
    for wrong in (("msg_t1_completed", "key_b"), ("msg_t9_completed", "key_a")):
        with pytest.raises(DeliveryNotFound):
            log.event(wrong[0], key_id=wrong[1])
