"""Clients as users have them, unchanged but for the base URL: a script with `requests`, the `openai` package, and a
receiver that verifies webhooks with `standardwebhooks`."""

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import AsyncOpenAI, AuthenticationError, BadRequestError, OpenAI
from standardwebhooks import Webhook, WebhookVerificationError

from tests.receiver import Receiver, receiving
from tests.service.served import KEY, Served, serving

os.environ["NO_PROXY"] = "*"
SCRIPT = Path(__file__).parent / "requests_script.py"
SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of the receiver").decode()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    changes = {"public_url": "https://pictures.example", "webhook_allow_private": True, "webhook_secret": SECRET}
    with serving(tmp_path_factory.mktemp("served"), **changes) as server:
        yield server


def script(served: Served, key: str, prompt: str, file: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(SCRIPT), served.url, key, prompt, str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_requests_script_draws(served: Served, tmp_path: Path) -> None:
    ran = script(served, KEY, "a cat", tmp_path / "cat.jpeg")
    assert ran.returncode == 0, ran.stderr
    url, media_type = ran.stdout.splitlines()
    assert url.startswith("https://pictures.example/")
    assert media_type == "image/jpeg"
    assert (tmp_path / "cat.jpeg").read_bytes().startswith(b"\xff\xd8")


def test_a_requests_script_can_read_what_went_wrong(served: Served, tmp_path: Path) -> None:
    assert script(served, "wrong", "a cat", tmp_path / "x").stderr == "Error: Invalid API key\n"
    assert script(served, KEY, "", tmp_path / "x").stderr == "Error: Validation error\n"
    assert script(served, KEY, "fail now", tmp_path / "x").stderr == "Error: the task failed\n"


def test_the_openai_package_draws_and_its_errors_are_its_own(served: Served) -> None:
    with OpenAI(base_url=f"{served.url}/v1", api_key=KEY, max_retries=0) as client:
        answer = client.images.generate(model="gpt-image-1", prompt="two owls", size="1536x1024")
        assert answer.data is not None
        assert base64.b64decode(answer.data[0].b64_json or "").startswith(b"\xff\xd8")
        with pytest.raises(BadRequestError):
            client.images.generate(prompt=" ")
    with (
        OpenAI(base_url=f"{served.url}/v1", api_key="wrong", max_retries=0) as client,
        pytest.raises(AuthenticationError),
    ):
        client.images.generate(prompt="two owls")


def test_the_openai_package_draws_on_an_event_loop(served: Served) -> None:
    async def draw() -> list[str | None]:
        async with AsyncOpenAI(base_url=f"{served.url}/v1", api_key=KEY) as client:
            answer = await client.images.generate(model="seedream", prompt="two owls", n=2)
            return [image.url for image in answer.data or []]

    urls = asyncio.run(draw())
    assert len(set(urls)) == 2
    assert all(url and url.startswith("https://pictures.example/") for url in urls)


def test_a_receiver_verifies_with_standardwebhooks(served: Served, receiver: Receiver) -> None:
    task_id = served.drawn(webhook_url=receiver.url).json()["data"]["task_id"]
    delivery = receiver.take(2)[-1]
    told = Webhook(SECRET).verify(delivery.body, delivery.headers)
    assert (told["task_id"], told["status"]) == (task_id, "COMPLETED")
    assert told["generated"][0].startswith("https://pictures.example/")
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(delivery.body.replace(b"COMPLETED", b"FAILED"), delivery.headers)
