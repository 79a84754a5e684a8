from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from seedbed.service.doctor import Severity, examine
from seedbed.settings import Settings
from seedbed.store.deliveries import DeliveryLog, DeliveryOutcome, DeliveryRecord
from seedbed.store.keys import KeyStore
from seedbed.store.schema import Database, open_database
from seedbed.store.tasks import TaskStore, silently
from seedbed.store.workers import WorkerStore
from tests.store.rows import new_task


def prepared(folder: Path, **changes: Any) -> tuple[Settings, Database]:
    """A deployment that is well: a key, and a worker that draws."""
    values = {"data_dir": folder, "public_url": "https://images.example", **changes}
    settings = Settings(**values)
    database = open_database(settings)
    KeyStore(database).create("a")
    WorkerStore(database).beat("one", draws=True)
    return settings, database


def found(settings: Settings, severity: Severity) -> list[str]:
    return [finding.words for finding in examine(settings) if finding.severity is severity]


def test_a_deployment_that_is_well_gets_no_other_word(tmp_path: Path) -> None:
    settings, database = prepared(tmp_path)
    assert {finding.severity for finding in examine(settings)} == {Severity.OK}
    assert [path for path in (tmp_path / "images").rglob("*") if path.is_file()] == []
    database.close()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "gpt"}, "the models are"),
        ({"database_url": "postgresql://127.0.0.1:1/x"}, "cannot open the database"),
        ({"storage_url": "file:///proc/nowhere"}, "no image store"),
    ],
)
def test_what_cannot_work_is_trouble(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    settings, database = prepared(tmp_path)
    assert any(words in line for line in found(settings.model_copy(update=changes), Severity.TROUBLE))
    database.close()


def test_every_model_is_looked_at(tmp_path: Path) -> None:
    settings, database = prepared(
        tmp_path, models=f"here={tmp_path},there=openai+http://127.0.0.1:1/x,not=a/never-pulled"
    )
    troubles = found(settings, Severity.TROUBLE)
    database.close()
    for words in (
        "is no model that diffusers can run",
        "127.0.0.1:1 does not answer",
        "seedbed models pull a/never-pulled",
    ):
        assert any(words in line for line in troubles), words
    assert "the model is sprout" in found(settings, Severity.OK)


def test_a_model_that_is_whole_is_well_and_an_unknown_licence_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("diffusers", reason="the extra [diffusers] is not installed")
    from tests.engine.tiny_pipelines import save_tiny

    folder = save_tiny("Z-Image", tmp_path / "Z-Image")
    settings, database = prepared(tmp_path, model=str(folder))
    database.close()
    assert "the model Z-Image is whole: Z-Image, licence unknown" in found(settings, Severity.OK)
    assert found(settings, Severity.WARNING) == ["nobody says what the licence of Z-Image is"]
    (folder / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n")
    assert any("SEEDBED_ACCEPT_LICENCES=cc-by-nc-4.0" in line for line in found(settings, Severity.TROUBLE))


def test_without_a_key_or_a_worker_nothing_happens(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    troubles = found(settings, Severity.TROUBLE)
    assert ["no API key" in line or "no process draws" in line for line in troubles] == [True, True]


def test_a_full_queue_is_trouble_and_an_old_one_a_warning(tmp_path: Path) -> None:
    settings, database = prepared(tmp_path, queue_limit=2)
    tasks = TaskStore(database)
    tasks.create(new_task(), idempotency=None, queue_limit=9, enqueue=silently)
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE tasks SET created_at = '2020-01-01 00:00:00.000000'")
    assert any("oldest of 1 waiting" in line for line in found(settings, Severity.WARNING))
    tasks.create(new_task(), idempotency=None, queue_limit=9, enqueue=silently)
    assert any("no more may" in line for line in found(settings, Severity.TROUBLE))
    database.close()


def test_what_somebody_should_know_is_a_warning(tmp_path: Path) -> None:
    settings, database = prepared(tmp_path, public_url="http://images.example", webhook_allow_private=True)
    KeyStore(database).create("soon over", expires_at=datetime.now(UTC) + timedelta(days=2))
    WorkerStore(database).beat("gone", draws=True)
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE workers SET beat_at = beat_at - 60 WHERE worker_id = 'gone'")
    dead = DeliveryRecord("msg_x_failed", "x", "k", 1, datetime.now(UTC), 0.1, DeliveryOutcome.GIVEN_UP, "410")
    DeliveryLog(database).note(dead)
    warnings = found(settings, Severity.WARNING)
    for words in ("not https", "private addresses", "soon over", "gone has been silent", "1 webhooks were given up"):
        assert any(words in line for line in warnings), words
    database.close()


def test_on_postgres_connections_and_clock_are_looked_at(tmp_path: Path, postgres_url: str) -> None:
    settings, database = prepared(tmp_path, database_url=postgres_url)
    for number in range(3):
        WorkerStore(database).beat(f"more-{number}", draws=True)
    assert found(settings, Severity.TROUBLE) == []
    assert any("max_connections" in line for line in found(settings, Severity.WARNING))
    assert not any("clock" in line for line in found(settings, Severity.WARNING))
    database.close()
