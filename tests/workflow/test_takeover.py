import json
import signal
import time
from pathlib import Path

from tests.process import Server, serving
from tests.receiver import Answer, receiving
from tests.workflow.running import running

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


def test_what_a_living_server_has_at_hand_is_left_alone(tmp_path: Path) -> None:
    leave_the_living_alone(tmp_path)
