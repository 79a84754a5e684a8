"""The examples work as they are."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from seedbed.webhooks.signature import signed_headers

EXAMPLES = Path(__file__).parent.parent / "examples"
RECEIVER = EXAMPLES / "webhook_receiver.py"
LANGUAGES = {"py": sys.executable, "mjs": "node", "pl": "perl"}
SECRET = "whsec_dGhpcnR5LXR3byBieXRlcyBvZiB0ZXN0IHNlY3JldCE="
BODY = json.dumps({"task_id": "t", "status": "COMPLETED", "generated": ["https://e.example/ä.jpeg"]}).encode()


@pytest.fixture(scope="module", params=LANGUAGES)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A running receiver, in one language after the other."""
    program = shutil.which(LANGUAGES[request.param])
    if program is None:
        pytest.skip(f"{LANGUAGES[request.param]} is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [program, EXAMPLES / f"webhook_receiver.{request.param}", str(port)],
        env={"SECRET": SECRET},
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except ConnectionRefusedError:
            assert time.monotonic() < until
            time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/"
    process.kill()
    process.wait()


def answered(url: str, secrets: list[str], age: float = 0.0, sent: bytes = BODY) -> int:
    headers = signed_headers(secrets, "msg_t_completed", int(time.time() - age), BODY)
    return httpx2.post(url, content=sent, headers=headers, timeout=30).status_code


def test_the_receiver_takes_what_we_signed_also_during_a_rotation(url: str) -> None:
    assert answered(url, [SECRET]) == 204
    assert answered(url, ["new", SECRET]) == 204


def test_the_receiver_refuses_what_another_signed_what_was_changed_and_what_is_old(url: str) -> None:
    assert answered(url, ["another"]) == 401
    assert answered(url, [SECRET], sent=BODY.replace(b"COMPLETED", b"FAILED")) == 401
    assert answered(url, [SECRET], age=400) == 401


def test_the_receiver_refuses_what_nobody_signed_and_goes_on(url: str) -> None:
    assert httpx2.post(url, content=BODY, timeout=30).status_code == 401
    assert answered(url, [SECRET]) == 204


def test_the_receiver_is_as_short_as_we_say() -> None:
    body = RECEIVER.read_text(encoding="utf-8").partition("def do_POST(self):\n")[2].partition("\n\n")[0]
    assert len(body.splitlines()) <= 10
