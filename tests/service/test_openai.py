"""OpenAI's own package, unchanged, against the real server."""

import base64
import io
import threading
import time
from collections.abc import Iterator

import httpx2
import openai
import pytest
from PIL import Image

from tests.service.served import KEY, TASKS, Served


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key=KEY, max_retries=0) as held:
        yield held


def test_a_url_comes_back_as_from_dall_e(client: openai.OpenAI, served: Served) -> None:
    answer = client.images.generate(model="dall-e-3", prompt="two owls", size="1792x1024", n=1)
    assert answer.data is not None
    (image,) = answer.data
    assert image.b64_json is None
    assert image.url is not None
    jpeg = httpx2.get(image.url).content
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert picture.size == (80, 45)
    assert (answer.size, answer.output_format) == ("80x45", "jpeg")
    assert abs(answer.created - time.time()) < 300


def test_bytes_come_back_as_from_gpt_image(client: openai.OpenAI) -> None:
    answers = [
        client.images.generate(model="gpt-image-1", prompt="an owl"),
        client.images.generate(prompt="an owl", response_format="b64_json"),
    ]
    for answer in answers:
        assert answer.data is not None
        assert answer.data[0].url is None
        assert base64.b64decode(answer.data[0].b64_json or "").startswith(b"\xff\xd8")


def test_several_pictures_take_the_seeds_in_turn(client: openai.OpenAI, served: Served) -> None:
    answer = client.images.generate(prompt="a cat", n=3, extra_body={"seed": 2**31 - 2, "guidance_scale": 4})
    assert answer.data is not None
    assert len({image.url for image in answer.data}) == 3
    tasks = served.client.get("/v1/seedbed/tasks", params={"limit": 3}).json()["data"]
    assert [task["seed"] for task in tasks] == [0, 2**31 - 1, 2**31 - 2]
    assert {task["guidance_scale"] for task in tasks} == {4.0}


def test_the_model_is_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["noop-faulty"]


def test_what_means_nothing_is_named(client: openai.OpenAI) -> None:
    asked = client.images.with_raw_response.generate(
        prompt="a cat", style="vivid", quality="hd", output_format="jpeg", background="auto", user="me"
    )
    assert asked.headers["x-seedbed-ignored-fields"] == "quality,style,user"


def test_errors_are_those_that_its_users_catch(client: openai.OpenAI, served: Served) -> None:
    stranger = client.with_options(api_key="wrong")
    with pytest.raises(openai.AuthenticationError, match="Invalid API key"):
        stranger.images.generate(prompt="a cat")
    with pytest.raises(openai.BadRequestError, match="size"):
        client.images.generate(prompt="a cat", size="large")
    for wrong in ({"n": 11}, {"n": 0}, {"prompt": " "}, {"prompt": "a\0"}, {"response_format": "png"}):
        with pytest.raises(openai.BadRequestError, match=next(iter(wrong))):
            client.images.generate(**{"prompt": "a cat", **wrong})  # type: ignore[call-overload]
    with pytest.raises(openai.InternalServerError, match="the prompt asked for a failure"):
        client.images.generate(prompt="fail")


def test_whoever_leaves_cancels_what_is_not_drawn(client: openai.OpenAI, served: Served) -> None:
    with pytest.raises(openai.APITimeoutError):
        client.images.generate(prompt="slow 12", n=2, timeout=1.0)
    tasks = served.client.get("/v1/seedbed/tasks", params={"limit": 2}).json()["data"]
    for task in tasks:
        ended = served.ended(task["task_id"]).json()["data"]
        assert (ended["status"], ended["error"]) == ("FAILED", "cancelled by its owner")


def test_a_cancelled_task_is_said_to_be_one(client: openai.OpenAI, served: Served) -> None:
    def cancel() -> None:
        task_id = served.client.get(TASKS, params={"limit": 1}).json()["data"][0]["task_id"]
        served.client.delete(f"{TASKS}/{task_id}")

    threading.Timer(1.0, cancel).start()
    with pytest.raises(openai.InternalServerError, match="cancelled by its owner"):
        client.images.generate(prompt="slow 12")
