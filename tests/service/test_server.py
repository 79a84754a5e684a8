import re
import resource
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from seedbed.errors import ConfigurationError
from seedbed.service.app import create_app
from seedbed.service.protocol import JsonHttpProtocol
from seedbed.service.resources import MAX_FILES
from seedbed.service.server import ensure_key, listen, run_server, serve_on, server_config
from seedbed.settings import Settings
from seedbed.store.claim import claim_worker
from seedbed.store.keys import KeyStore
from seedbed.store.schema import open_database
from seedbed.store.tasks import TaskStore
from seedbed.task import Task
from tests.backing import backed
from tests.service.served import TASKS, spawned
from tests.workflow.running import ScriptedEngine, running


def settings(folder: Path, **changes: object) -> Settings:
    return Settings(**{"data_dir": folder, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_the_first_start_on_loopback_makes_a_key_and_later_ones_do_not(tmp_path: Path, host: str) -> None:
    key = ensure_key(settings(tmp_path, host=host))
    assert key is not None
    database = open_database(settings(tmp_path))
    assert KeyStore(database).verify(key).name == "made by the first start"
    database.close()
    assert ensure_key(settings(tmp_path, host=host)) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "seedbed.example"])
def test_where_others_can_reach_it_a_server_without_keys_refuses_to_start(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigurationError, match="seedbed keys create"):
        ensure_key(settings(tmp_path, host=host))


def test_a_key_from_the_settings_is_enough_anywhere(tmp_path: Path) -> None:
    assert ensure_key(settings(tmp_path, host="0.0.0.0", api_keys="k")) is None
    with pytest.raises(ConfigurationError):
        ensure_key(settings(tmp_path, host="0.0.0.0"))


def test_a_revoked_key_opens_nothing_and_so_is_none(tmp_path: Path) -> None:
    ensure_key(settings(tmp_path))
    database = open_database(settings(tmp_path))
    keys = KeyStore(database)
    keys.revoke(keys.list()[0].key_id)
    database.close()
    assert ensure_key(settings(tmp_path)) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"storage_url": "bogus://x"},
        {"database_url": "bogus://x"},
        {"data_dir": "/dev/null/x"},
        {"host": "no host"},
        {"model": "no-such-model"},
    ],
)
def test_what_cannot_work_is_refused_before_anything_starts(tmp_path: Path, changes: dict[str, str]) -> None:
    said: list[str] = []
    with pytest.raises(ConfigurationError):
        run_server(settings(tmp_path, api_keys="k", **changes), said.append)
    assert said == []


def test_a_port_in_use_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1:{port}"):
            listen(settings(tmp_path, port=port))


def test_a_server_says_where_it_listens_serves_and_stops_at_sigterm(tmp_path: Path) -> None:
    with spawned(tmp_path, "--port", "0") as (line, process):
        url = line.split()[3]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        assert process.stdout is not None
        key = process.stdout.readline().split()[-1]
        answer = httpx2.post(url + TASKS, json={"prompt": "a cat"}, headers={"authorization": f"Bearer {key}"})
        assert answer.status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)
    log = (tmp_path / "server.log").read_text()
    assert key not in log
    assert '"event": "task accepted"' in log


def test_a_server_whose_model_cannot_be_loaded_ends_with_the_reason_and_keeps_its_tasks(tmp_path: Path) -> None:
    given = settings(tmp_path, port=0, model="nonsense", poll_interval=0.02, **backed(tmp_path))
    task = accepted(given)
    with listen(given) as listener, pytest.raises(ConfigurationError, match="could not be loaded: SEEDBED_MODEL=nons"):
        serve_on(listener, given)
    database = open_database(given)
    assert TaskStore(database).get_any(task.task_id) == task
    database.close()


def accepted(given: Settings) -> Task:
    """A task that a server accepted and had no time to draw."""
    with running(given.data_dir, ScriptedEngine(loads=True)) as server:
        return server.post()


def test_a_server_that_cannot_start_says_so_in_one_sentence(tmp_path: Path) -> None:
    given = settings(tmp_path, port=0, model="noop")
    database = open_database(given)
    with (
        claim_worker(database, given.worker_id),
        listen(given) as listener,
        pytest.raises(ConfigurationError, match="could not start; the log says why"),
    ):
        serve_on(listener, given)
    database.close()


def test_beside_a_running_server_another_neither_starts_nor_touches_its_keys(tmp_path: Path) -> None:
    given = settings(tmp_path, api_keys="the-first-servers")
    assert ensure_key(given) is None
    database = open_database(given)
    said: list[str] = []
    with (
        claim_worker(database, given.worker_id),
        pytest.raises(ConfigurationError, match="another server called server"),
    ):
        run_server(settings(tmp_path, port=0, model="noop"), said.append)
    assert said == []
    assert [record.revoked_at for record in KeyStore(database).list()] == [None]
    assert KeyStore(database).verify("the-first-servers")
    database.close()


@pytest.mark.parametrize(("secrets", "says"), [({}, True), ({"WEBHOOK_SECRET": "s"}, False)])
def test_a_server_tells_where_its_own_webhook_secret_is(tmp_path: Path, secrets: dict[str, str], says: bool) -> None:
    with spawned(tmp_path, "--port", "0", API_KEYS="k", **secrets) as (line, process):
        await_livez(line)
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        rest = process.stdout.read()
    assert ("seedbed webhooks secret" in rest) is says


def await_livez(line: str) -> None:
    """Wait until the server whose first line is `line` answers."""
    url = line.split()[3]
    assert httpx2.get(url + "/livez", timeout=60).status_code == 200


@contextmanager
def few_files(count: int) -> Iterator[int]:
    """Processes started within may open `count` files at first; how many the system would let them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    try:
        yield hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(("files", "connections"), [(4096, 3072), (1024, 512)])
def test_connections_leave_files_to_everything_else(tmp_path: Path, files: int, connections: int) -> None:
    chosen = settings(tmp_path)
    with few_files(files):
        protocol = server_config(chosen, create_app(chosen)).http
    assert isinstance(protocol, type)
    assert issubclass(protocol, JsonHttpProtocol)
    assert protocol.max_connections == connections


def test_a_server_opens_as_many_files_as_it_may(tmp_path: Path) -> None:
    with few_files(512) as most, spawned(tmp_path, "--port", "0", API_KEYS="k") as (line, process):
        await_livez(line)
        limits = Path(f"/proc/{process.pid}/limits").read_text()
    soft = next(line.split()[3] for line in limits.splitlines() if line.startswith("Max open files"))
    assert int(soft) == min(most, MAX_FILES)
