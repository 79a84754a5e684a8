"""`seedbed mcp` as an assistant's program uses it: the official SDK's client, over standard input and output."""

import asyncio
import base64
import io
import json
import os
import re
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, ImageContent, TextContent
from PIL import Image
from typer.testing import CliRunner

from seedbed.cli.main import app
from tests.service.served import KEY, Served, serving

os.environ["NO_PROXY"] = "*"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield server


Told = TypeVar("Told")


def asked(what: Callable[[Client], Awaitable[Told]], *arguments: str, mode: str = "auto", **settings: str) -> Told:
    """What a client of a new `seedbed mcp` with these settings comes back with."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SEEDBED_")}
    given = {f"SEEDBED_{name.upper()}": value for name, value in {"model": "noop-faulty", **settings}.items()}
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "seedbed", "mcp", *arguments], env={**inherited, **given}
    )

    async def ask() -> Told:
        async with Client(command, mode=mode, read_timeout_seconds=60) as client:
            return await what(client)

    return asyncio.run(ask())


def call(name: str, **arguments: Any) -> Callable[[Client], Awaitable[CallToolResult]]:
    return lambda client: client.call_tool(name, arguments)


def picture(answer: CallToolResult) -> Image.Image:
    image = answer.content[0]
    assert isinstance(image, ImageContent)
    assert image.mime_type == "image/jpeg"
    return Image.open(io.BytesIO(base64.b64decode(image.data)))


def words(answer: CallToolResult) -> str:
    text = answer.content[-1]
    assert isinstance(text, TextContent)
    return text.text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_assistant_draws_without_any_server(mode: str) -> None:
    steps: list[float] = []

    async def draw(client: Client) -> CallToolResult:
        async def on_progress(progress: float, total: float | None, message: str | None) -> None:
            steps.append(progress)

        asked = {"prompt": "two owls", "aspect_ratio": "widescreen_16_9", "seed": 7, "guidance_scale": 4}
        return await client.call_tool("generate_image", asked, progress_callback=on_progress)

    answer = asked(draw, mode=mode)
    assert not answer.is_error
    with picture(answer) as drawn:
        assert drawn.format == "JPEG"
        assert drawn.width / drawn.height == pytest.approx(16 / 9, rel=0.02)
    assert "seed 7" in words(answer)
    assert steps == sorted(steps)
    assert len(steps) > 0


def test_the_tools_say_what_they_take() -> None:
    told = asked(lambda client: client.list_tools())
    tools = {tool.name: tool for tool in told.tools}
    assert set(tools) == {"generate_image", "vocabulary"}
    assert set(tools["generate_image"].input_schema["properties"]) == {
        "prompt",
        "aspect_ratio",
        "seed",
        "guidance_scale",
    }
    assert tools["generate_image"].input_schema["required"] == ["prompt"]


def test_an_assistant_draws_with_a_server(served: Served) -> None:
    draw = call("generate_image", prompt="two owls", seed=3)
    answer = asked(draw, client_url=served.url, client_key=KEY)
    assert not answer.is_error, words(answer)
    task = served.client.get("/v1/seedbed/tasks").json()["data"][0]
    assert (task["prompt"], task["seed"], task["status"]) == ("two owls", 3, "COMPLETED")
    assert task["generated"][0].partition("?")[0] in words(answer)


def test_what_assistants_are_told_by_the_page_works(served: Served) -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "mcp.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    told = json.loads(block)["mcpServers"]["seedbed"]
    assert (told["command"], told["args"][0]) == ("seedbed", "mcp")
    known = {"http://127.0.0.1:8000": served.url, "sb_…": KEY}
    given = {name.removeprefix("SEEDBED_").lower(): known[value] for name, value in told["env"].items()}
    answer = asked(call("generate_image", prompt="as the page says"), *told["args"][1:], **given)
    assert not answer.is_error, words(answer)
    assert served.client.get("/v1/seedbed/tasks").json()["data"][0]["prompt"] == "as the page says"


def test_a_picture_is_kept_whole_and_shown_small(tmp_path: Path) -> None:
    answer = asked(call("generate_image", prompt="a cat", seed=5), "--side", "32", "-o", str(tmp_path))
    with picture(answer) as shown:
        assert max(shown.size) == 32
    (kept,) = tmp_path.glob("*.jpeg")
    with Image.open(kept) as whole:
        assert whole.size == (64, 64)
    assert str(kept) in words(answer)


def test_the_vocabulary_is_told_by_its_kinds() -> None:
    async def both(client: Client) -> tuple[CallToolResult, CallToolResult]:
        return await client.call_tool("vocabulary", {}), await client.call_tool("vocabulary", {"kind": "styles"})

    everything, styles = (told.structured_content for told in asked(both, model="sprout"))
    assert everything is not None
    assert {"pizza", "cat"} <= set(everything["things"])
    assert "light blue" in everything["colours"]
    assert styles == {"model": "sprout", "styles": everything["styles"]}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"prompt": " "}, "must not be empty"),
        ({"prompt": "a" * 4097}, "4096"),
        ({"prompt": "a cat", "aspect_ratio": "16:9"}, "widescreen_16_9"),
        ({"prompt": "a cat", "seed": -1}, "greater than or equal to 0"),
        ({"prompt": "a cat", "guidance_scale": 21}, "less than or equal to 20"),
        ({}, "prompt"),
        ({"prompt": "fail now"}, "the prompt asked for a failure"),
    ],
)
def test_what_cannot_be_drawn_is_said_to_the_assistant(arguments: dict[str, Any], reason: str) -> None:
    answer = asked(call("generate_image", **arguments))
    assert answer.is_error
    assert reason in words(answer)


def test_a_refused_key_is_said_to_the_assistant(served: Served) -> None:
    answer = asked(call("generate_image", prompt="a cat"), client_url=served.url, client_key="wrong")
    assert answer.is_error
    assert "Invalid API key" in words(answer)


def test_a_server_that_is_not_there_is_said_to_the_assistant() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        answer = asked(call("generate_image", prompt="a cat"), client_url=address, client_key=KEY)
    assert answer.is_error
    assert f"no answer from {address}: " in words(answer)
    assert "`seedbed serve`" in words(answer)


def test_a_call_that_is_given_up_cancels_its_task(served: Served) -> None:
    async def give_up(client: Client) -> None:
        drawing = asyncio.create_task(client.call_tool("generate_image", {"prompt": "slow 16"}))
        while not any(t["prompt"] == "slow 16" and t["step"] for t in listed()):
            await asyncio.sleep(0.1)
        drawing.cancel()
        while listed()[0]["status"] != "FAILED":
            await asyncio.sleep(0.1)

    def listed() -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = served.client.get("/v1/seedbed/tasks").json()["data"]
        return told

    asked(give_up, client_url=served.url, client_key=KEY)
    assert listed()[0]["error"] == "cancelled by its owner"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--server", "http://127.0.0.1:9"), 1, "SEEDBED_CLIENT_KEY"),
        (("-o", "no-such-folder"), 2, "no-such-folder"),
    ],
)
def test_what_cannot_work_is_refused_at_once(
    arguments: tuple[str, ...], code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEEDBED_CLIENT_KEY", raising=False)
    ran = CliRunner().invoke(app, ["mcp", *arguments])
    assert ran.exit_code == code
    assert said in ran.stderr
