import base64
import binascii
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbos import DBOS
from sqlalchemy import inspect, text

from seedbed.engine.engine import OnStep
from seedbed.errors import ConfigurationError, NotReady, QueueFull
from seedbed.settings import Settings
from seedbed.store.images import ImageStore
from seedbed.store.links import LinkSigner
from seedbed.store.schema import Database, open_database
from seedbed.store.tasks import TaskStore
from seedbed.task import TaskStatus
from seedbed.workflow.runtime import APPLICATION_VERSION, Runtime
from tests.backing import only_on_one_machine
from tests.store.rows import KEY_ID, new_task
from tests.workflow.running import Running, ScriptedEngine, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as server:
        yield server


def slow(on_step: OnStep) -> None:
    """An act of half a minute, in steps of a twentieth of a second."""
    for step in range(1, 600):
        time.sleep(0.05)
        on_step(step, 600)


def divide_by_zero(_on_step: OnStep) -> None:
    raise ZeroDivisionError


def everything(database: Database) -> Iterator[tuple[str, str]]:
    """Each text in the database, with the column it stands in."""
    # On Postgres, DBOS has a schema of its own.
    schemas = ("main",) if database.is_sqlite else ("public", "dbos")
    with database.read() as connection:
        for schema in schemas:
            for table in inspect(connection).get_table_names(schema):
                for row in connection.execute(text(f'SELECT * FROM {schema}."{table}"')).mappings():
                    yield from ((f"{table}.{name}", value) for name, value in row.items() if isinstance(value, str))


def is_pickle(value: str) -> bool:
    try:
        return base64.b64decode(value, validate=True).startswith(b"\x80")
    except (binascii.Error, ValueError):
        return False


def test_task_and_queue_place_are_stored_together_or_not_at_all(server: Running) -> None:
    server.engine.script["hold"] = server.engine.hang
    server.post("hold")
    task = new_task()
    with server.database.begin() as connection:
        server.runtime.enqueue_generation(connection, task)
        connection.rollback()
    assert server.sql("SELECT 1 FROM workflow_status WHERE workflow_uuid = :id", id=task.task_id) == []
    stored = server.post()
    assert len(server.sql("SELECT 1 FROM workflow_status WHERE workflow_uuid = :id", id=stored.task_id)) == 1
    server.engine.close()


def test_a_full_queue_leaves_nothing_half_stored(tmp_path: Path) -> None:
    with running(tmp_path, queue_limit=3) as server:
        server.engine.script["hold"] = server.engine.hang
        server.begun(server.post("hold"))
        for _ in range(3):
            server.post()
        with pytest.raises(QueueFull):
            server.post()
        assert len(server.tasks.page(key_id=KEY_ID).tasks) == 4
        assert server.sql("SELECT count(*) FROM workflow_status") == [(4,)]
        server.engine.close()


def test_before_the_launch_nothing_is_accepted(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    database = open_database(settings)
    tasks = TaskStore(database)
    links, images = LinkSigner(b"secret", 60), ImageStore(settings.storage)
    runtime = Runtime(settings, database, tasks, images, ScriptedEngine(), links)
    with pytest.raises(NotReady):
        tasks.create(new_task(), idempotency=None, queue_limit=9, enqueue=runtime.enqueue_generation)
    assert tasks.page(key_id=KEY_ID).tasks == ()
    database.close()


def test_nothing_in_the_database_is_a_pickle(server: Running) -> None:
    """Whoever can write to the database must not be able to run code here."""
    server.engine.script["bug"] = divide_by_zero
    server.ended(server.post("a cat", webhook_url="http://127.0.0.1:9/"))
    server.ended(server.post("bug"))
    server.ended(server.post("last"))
    texts = list(everything(server.database))
    assert any(column == "workflow_input.inputs" for column, _ in texts)
    assert any(column == "operation_outputs.output" for column, _ in texts)
    assert [column for column, value in texts if is_pickle(value)] == []
    kinds = {value for column, value in texts if column.endswith(".serialization")}
    assert kinds == {"portable_json"}


def test_the_detector_of_pickles_detects_them() -> None:
    assert is_pickle("gASVBAAAAAAAAABLAUsCLg==")
    assert not is_pickle('{"positionalArgs":[1]}')


@only_on_one_machine("it looks at SQLite's pragmas")
def test_dbos_lives_in_our_database_under_our_pragmas(server: Running) -> None:
    tables = {row[0] for row in server.sql("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"tasks", "workflow_status", "operation_outputs"} <= tables
    assert [path.name for path in server.settings.data_dir.glob("*.sqlite")] == ["seedbed.sqlite"]
    assert server.sql("PRAGMA journal_mode") == [("wal",)]
    assert server.sql("PRAGMA busy_timeout") == [(30_000,)]


def test_version_and_executor_are_ours_and_stable(server: Running) -> None:
    server.ended(server.post())
    rows = server.sql("SELECT application_version, executor_id FROM workflow_status")
    assert rows == [(APPLICATION_VERSION, "server")]
    assert DBOS.application_version == APPLICATION_VERSION


def test_the_queues_follow_the_settings_at_every_start(tmp_path: Path) -> None:
    query = "SELECT polling_interval_sec, worker_concurrency FROM queues WHERE name = 'generation'"
    for poll, at_hand in ((0.25, 16), (0.05, 2)):
        with running(tmp_path, poll_interval=poll, tasks_at_hand=at_hand) as server:
            assert server.sql(query) == [(poll, at_hand)]


def test_a_second_server_on_the_database_is_refused(server: Running) -> None:
    second = Runtime(
        server.settings,
        server.database,
        server.tasks,
        server.images,
        ScriptedEngine(),
        LinkSigner(b"secret", 60),
    )
    with pytest.raises(ConfigurationError, match="another server"):
        second.launch()
    second.shutdown()
    assert server.ended(server.post()).status is TaskStatus.COMPLETED


def test_a_shutdown_lets_the_running_task_end_and_keeps_the_rest(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        go = server.engine.hold("first")
        first = server.begun(server.post("first"))
        rest = [server.post(f"number {number}") for number in range(40)]
        time.sleep(0.2)
        threading.Timer(0.3, go.set).start()
    with running(tmp_path) as server:
        assert server.tasks.get_any(first.task_id).status is TaskStatus.COMPLETED
        assert {server.ended(task).status for task in rest} == {TaskStatus.COMPLETED}
        assert {server.tasks.get_any(task.task_id).attempts for task in rest} == {1}
        assert sorted(server.engine.prompts) == sorted(task.request.prompt for task in rest)


def test_what_takes_too_long_is_handed_back_and_goes_on_at_the_next_start(tmp_path: Path) -> None:
    with running(tmp_path, shutdown_grace=0.2) as server:
        server.engine.script["slow"] = slow
        task = server.begun(server.post("slow"))
        started = time.monotonic()
    assert time.monotonic() - started < 4
    with running(tmp_path) as server:
        done = server.ended(task)
    assert (done.status, done.attempts) == (TaskStatus.COMPLETED, 1)


def test_an_engine_that_hangs_does_not_keep_the_server_from_stopping(tmp_path: Path) -> None:
    with running(tmp_path, shutdown_grace=0.2) as server:
        server.engine.script["hang"] = server.engine.hang
        task = server.begun(server.post("hang"))
        started = time.monotonic()
    assert time.monotonic() - started < 6
    assert server.engine.closed.is_set()
    with running(tmp_path) as server:
        done = server.ended(task)
    assert (done.status, done.attempts) == (TaskStatus.COMPLETED, 1)


def test_cancelling_takes_the_workflow_out_of_the_queue(server: Running) -> None:
    server.engine.script["hold"] = server.engine.hang
    server.begun(server.post("hold"))
    tasks = [server.post() for _ in range(30)]
    server.cancel(tasks[-1])
    query = "SELECT status FROM workflow_status WHERE workflow_uuid = :id"
    assert server.sql(query, id=tasks[-1].task_id) == [("CANCELLED",)]
    server.engine.close()


def test_many_threads_submit_while_tasks_are_drawn(server: Running) -> None:
    lists: list[list[str]] = [[] for _ in range(6)]

    def submit(mine: list[str]) -> None:
        mine.extend(server.post().task_id for _ in range(15))

    threads = [threading.Thread(target=submit, args=(mine,)) for mine in lists]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [task_id for mine in lists for task_id in mine]
    assert len(set(made)) == 90
    done = [server.ended(server.tasks.get_any(task_id)) for task_id in made]
    assert {(task.status, task.attempts) for task in done} == {(TaskStatus.COMPLETED, 1)}


def test_the_next_is_drawn_while_one_is_stored(tmp_path: Path) -> None:
    class SlowStore(ImageStore):
        go = threading.Event()

        def put(self, path: str, image: bytes) -> None:
            assert self.go.wait(30)
            super().put(path, image)

    images = SlowStore(Settings(data_dir=tmp_path).storage)
    with running(tmp_path, images=images) as server:
        tasks = [server.post(prompt) for prompt in ("first", "second")]
        until = time.monotonic() + 30
        while server.engine.prompts != ["first", "second"]:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert server.tasks.get_any(tasks[0].task_id).status is TaskStatus.IN_PROGRESS
        images.go.set()
        for task in tasks:
            assert server.ended(task).status is TaskStatus.COMPLETED
