import re
import signal
import socket
from pathlib import Path

import httpx2
import pytest

from seedbed.errors import ConfigurationError
from seedbed.service.server import ensure_key, listen, run_server
from seedbed.settings import Settings
from seedbed.store.keys import KeyStore
from seedbed.store.schema import open_database
from tests.service.served import TASKS, spawned


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


def test_a_server_whose_engine_cannot_start_lives_and_is_not_ready(tmp_path: Path) -> None:
    with spawned(tmp_path, "--port", "0", MODEL="no-such-model", API_KEYS="k") as (line, _process):
        url = line.split()[3]
        assert httpx2.get(url + "/livez").status_code == 200
        answer = httpx2.get(url + "/readyz")
        assert answer.status_code == 503
        assert answer.text == '{"message":"Service Unavailable. Please try again later."}'
        assert int(answer.headers["retry-after"]) > 0
        early = httpx2.post(url + TASKS, json={"prompt": "a cat"}, headers={"authorization": "Bearer k"})
        assert early.status_code == 200
