import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seedbed.engine.diffusers_gpus import devices
from seedbed.errors import ConfigurationError
from seedbed.service.fleet import Fleet, choose_devices
from seedbed.settings import Settings
from tests.process import serving, started

WORKER = """
import json, os, signal, sys, time
folder, act, *arguments = sys.argv[1:]
settings = {name: os.environ[name] for name in ("SEEDBED_DEVICE", "SEEDBED_WORKER_ID")}
with open(f"{folder}/{os.getpid()}", "w") as file:
    json.dump({**settings, "arguments": arguments}, file)
if act == "hopeless" and settings["SEEDBED_DEVICE"] == "cuda:1":
    sys.exit(1)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
while True:
    time.sleep(0.05)
"""
"""A worker that notes how it was started and waits to be ended."""


def fleet(folder: Path, names: list[str], act: str = "work", **changes: Any) -> Fleet:
    return Fleet(names, Settings(**{"port": 0, **changes}), [sys.executable, "-c", WORKER, str(folder), act])


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def noted(folder: Path) -> dict[int, dict[str, object]]:
    return {int(file.name): json.loads(file.read_text()) for file in folder.iterdir() if file.read_text()}


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_each_device_has_a_worker_with_a_name_of_its_own_and_all_end_together(tmp_path: Path) -> None:
    workers = fleet(tmp_path, ["cuda:0", "cuda:1", "cuda:1"], worker_id="box", port=9000)
    thread = threading.Thread(target=workers.run, daemon=True)
    thread.start()
    until(lambda: len(noted(tmp_path)) == 3)
    started = sorted(noted(tmp_path).values(), key=lambda note: str(note["SEEDBED_WORKER_ID"]))
    assert [note["SEEDBED_DEVICE"] for note in started] == ["cuda:0", "cuda:1", "cuda:1"]
    assert [note["SEEDBED_WORKER_ID"] for note in started] == ["box-0", "box-1", "box-2"]
    assert started[2]["arguments"] == ["--host", "127.0.0.1", "--port", "9002"]
    workers.stop()
    thread.join(20)
    assert not thread.is_alive()
    assert all(is_gone(pid) for pid in noted(tmp_path))


def test_one_that_dies_is_started_again_and_the_others_are_not(tmp_path: Path) -> None:
    workers = fleet(tmp_path, ["cuda:0", "cuda:1"])
    thread = threading.Thread(target=workers.run, daemon=True)
    thread.start()
    until(lambda: len(noted(tmp_path)) == 2)
    victim, other = noted(tmp_path)
    name = noted(tmp_path)[victim]["SEEDBED_WORKER_ID"]
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(noted(tmp_path)) == 3)
    (again,) = set(noted(tmp_path)) - {victim, other}
    assert noted(tmp_path)[again]["SEEDBED_WORKER_ID"] == name
    assert not is_gone(other)
    workers.stop()
    thread.join(20)


def test_one_that_cannot_work_ends_all_with_its_device(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the worker on cuda:1 cannot work; its last words say why"):
        fleet(tmp_path, ["cuda:0", "cuda:1"], "hopeless").run()
    assert all(is_gone(pid) for pid in noted(tmp_path))


def test_devices_are_named_or_all_that_there_are() -> None:
    assert choose_devices("cuda:0, cuda:3") == ["cuda:0", "cuda:3"]
    if devices():
        assert choose_devices("all") == devices()
    else:
        with pytest.raises(ConfigurationError, match="there is no GPU here"):
            choose_devices("all")


def test_two_workers_of_one_command_draw_what_a_server_accepts(tmp_path: Path) -> None:
    with serving(tmp_path, patience="180", draws="false") as server, (tmp_path / "fleet.log").open("ab") as log:
        process = started(["worker", "--devices", "cpu,cpu"], {**server.settings, "SEEDBED_WORKER_ID": "box"}, log)
        try:
            tasks = [server.post("slow 1") for _ in range(6)]
            for task in tasks:
                assert task is not None
                assert server.until(task, "COMPLETED", within=180)
            answer = server.ask("GET", "/readyz")
            assert answer is not None
            assert answer.json()["workers"] == 2, answer.text
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
