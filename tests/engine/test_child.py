"""The engine's process must not outlive the server, however that dies."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.engine.test_process import is_alive, wait_dead

PARENT = textwrap.dedent("""
    import sys, threading
    import structlog
    from seedbed.engine.process import EngineProcess
    from seedbed.request import GenerationRequest
    from seedbed.settings import Settings

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    engine = EngineProcess(Settings(model="noop-faulty", engine_timeout=60))
    engine.start()
    engine.wait_ready(30)
    print("child", engine.pid, flush=True)
    request = GenerationRequest(sys.argv[1], seed=1)
    engine.draw(request, lambda *_: print("step", flush=True))
    threading.Event().wait()
""")


@contextmanager
def serving(prompt: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server whose engine is at `prompt`, and the engine's process id."""
    command = [sys.executable, "-c", PARENT, prompt]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            line = next(line for line in server.stdout if line.startswith("child"))
            time.sleep(0.1)
            yield server, int(line.split()[1])
        finally:
            server.kill()


@pytest.mark.parametrize("prompt", ["a", "slow 60", "hang"])
def test_it_dies_with_a_killed_server_whatever_it_does(prompt: str) -> None:
    with serving(prompt) as (server, child):
        assert is_alive(child)
        server.kill()
        server.wait()
        wait_dead(child)


def test_signals_to_the_whole_group_leave_it_to_the_server() -> None:
    with serving("slow 60") as (_, child):
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(child, number)
        time.sleep(0.2)
        assert is_alive(child)
    wait_dead(child)
