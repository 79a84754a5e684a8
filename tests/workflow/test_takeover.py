import json
import signal
import time
from pathlib import Path

from seedbed.task import TaskStatus
from seedbed.workflow.takeover import Takeover
from tests.backing import only_on_one_machine
from tests.process import Server, serving
from tests.receiver import Answer, receiving
from tests.workflow.running import Running, running

ENDS = ("COMPLETED", "FAILED")


def restart_as(server: Server, worker_id: str) -> None:
    """Kill the server, and start it under another name."""
    server.end(signal.SIGKILL)
    server.settings["SEEDBED_WORKER_ID"] = worker_id
    server.start()
    server.await_ready()


def go_on_under_another_name(folder: Path, **settings: str) -> None:
    """What a server has at hand when it is killed ends under its next name: drawings and webhooks."""
    options = {"webhook_allow_private": "true", "webhook_retry_base": "0.2", "worker_id": "old", **settings}
    with receiving(lambda _: Answer(after=30)) as receiver, serving(folder, **options) as server:
        drawn = server.post("slow 2", webhook_url=receiver.url)
        waiting = server.post("a cat", webhook_url=receiver.url)
        assert drawn is not None
        assert waiting is not None
        receiver.take(1)
        assert server.until(drawn, *ENDS, "IN_PROGRESS")["status"] == "IN_PROGRESS"
        receiver.answer = lambda _: Answer()
        restart_as(server, "new")
        for task_id in (drawn, waiting):
            assert server.until(task_id, *ENDS, within=60)["status"] == "COMPLETED"
        until = time.monotonic() + 60
        while {told(each.body) for each in receiver.deliveries} < {(drawn, "COMPLETED"), (waiting, "COMPLETED")}:
            assert time.monotonic() < until
            time.sleep(0.05)


def told(body: bytes) -> tuple[str, str]:
    return json.loads(body)["task_id"], json.loads(body)["status"]


def leave_the_living_alone(folder: Path, **settings: str) -> None:
    """A second server of another name takes nothing from the first, which draws."""
    with serving(folder, worker_id="first", **settings) as server:
        task_id = server.post("slow 6")
        assert task_id is not None
        server.until(task_id, "IN_PROGRESS")
        database_url = settings.get("database_url")
        with running(folder / "data", worker_id="second", database_url=database_url) as second:
            assert server.until(task_id, *ENDS)["status"] == "COMPLETED"
            assert second.tasks.get_any(task_id).attempts == 1
            assert second.engine.prompts == []


def test_a_server_goes_on_under_another_name(tmp_path: Path) -> None:
    go_on_under_another_name(tmp_path)


@only_on_one_machine("a server that draws beside another; test_postgres has it for Postgres")
def test_what_a_living_server_has_at_hand_is_left_alone(tmp_path: Path) -> None:
    leave_the_living_alone(tmp_path)


def survivor(server: Running, patience: float) -> Takeover:
    """Another worker's takeover, which looks around when it is told to."""
    update = {"worker_id": "survivor", "takeover_after": patience}
    return Takeover(server.settings.model_copy(update=update), server.database, draws=False)


def owners(server: Running) -> list[tuple[str, str]]:
    return [tuple(row) for row in server.sql("SELECT status, executor_id FROM workflow_status")]


def test_the_silent_lose_what_they_had_at_hand_and_each_task_still_ends_once(tmp_path: Path) -> None:
    with running(tmp_path, takeover_after=1000.0) as server:
        go = server.engine.hold("a cat")
        task = server.begun(server.post("a cat"))
        other = survivor(server, patience=0.5)
        other.look_around()
        time.sleep(0.6)
        server.sql("UPDATE workers SET beat_at = beat_at - 10 WHERE worker_id = 'server'")
        other.look_around()
        # The only one left to take it up is the silent one itself, which so has it at hand twice.
        until = time.monotonic() + 20
        while server.tasks.get_any(task.task_id).attempts < 1 or ("PENDING", "server") not in owners(server):
            assert time.monotonic() < until
            time.sleep(0.02)
        go.set()
        done = server.settled(task)
        assert done.status is TaskStatus.COMPLETED
        assert server.engine.prompts == ["a cat"] * done.attempts
    # Each of the two looks may have found it silent, where the machine is busy.
    assert done.attempts <= 3


def test_those_who_beat_keep_what_they_have_at_hand(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        go = server.engine.hold("a cat")
        task = server.begun(server.post("a cat"))
        other = survivor(server, patience=1000.0)
        for _ in range(2):
            other.look_around()
        assert owners(server) == [("PENDING", "server")]
        go.set()
        assert server.settled(task).attempts == 1


def test_after_an_outage_everybody_gets_the_time_to_beat_again(tmp_path: Path) -> None:
    with running(tmp_path, takeover_after=1000.0) as server:
        go = server.engine.hold("a cat")
        server.begun(server.post("a cat"))
        server.sql("UPDATE workers SET beat_at = beat_at - 3600")
        survivor(server, patience=60.0).look_around()
        assert owners(server) == [("PENDING", "server")]
        go.set()


def test_a_worker_that_ends_takes_its_leave(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        assert server.sql("SELECT worker_id FROM workers") == [("server",)]
        database = server.settings.data_dir
    with running(database, worker_id="next") as server:
        assert server.sql("SELECT worker_id FROM workers") == [("next",)]
