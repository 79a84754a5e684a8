"""`seedbed demo`: from nothing to a picture on disk, over the real server and its real API."""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote

import typer

from seedbed.cli.generate import check_output
from seedbed.errors import ConfigurationError, EngineError
from seedbed.settings import load_settings

if TYPE_CHECKING:
    from httpx2 import Client, Response
    from rich.progress import Progress

__all__ = ["demo"]

PROMPT = "a cat to the left of a pizza on a light blue background"
TASKS = "/v1/ai/text-to-image/seedream-v4"
POLL_SECONDS = 0.2
ANSWER_SECONDS = 120.0
"""What a server may take on a machine whose cores are all busy; one that has ended is noticed at once."""
STOP_SECONDS = 20.0
# The demo's server is its own: it neither sees nor touches what a real one stored.
_NOT_INHERITED = ("DATABASE_URL", "STORAGE_URL", "PUBLIC_URL", "API_KEYS", "HOST", "PORT", "DATA_DIR")


def demo(
    prompt: Annotated[str, typer.Option(help="What the picture shall show.")] = PROMPT,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the JPEG.")] = Path(
        "seedbed-demo.jpeg"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Start a server of its own, draw one picture over HTTP, save it, stop the server."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    check_output(output)
    # The server is to end with us, also where a time limit or a service manager ends us.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress, _server() as (client, log):
        _follow_loading(client, log, progress)
        seed, seconds, image = _draw(client, prompt, progress)
    output.write_bytes(image)
    in_all = time.monotonic() - began
    if as_json:
        told = {"file": str(output.absolute()), "prompt": prompt, "seed": int(seed)}
        typer.echo(json.dumps({**told, "drawn_in": round(seconds, 3), "seconds": round(in_all, 3)}, ensure_ascii=False))
        return
    typer.echo(f"{output.absolute()}  ({prompt})")
    typer.echo(f"seed {seed}, drawn in {seconds:.1f} s, {in_all:.1f} s in all")


@contextmanager
def _server() -> "Iterator[tuple[Client, Path]]":
    """A running server with a folder and a key of its own: a client that holds the key, and the log."""
    from httpx2 import Client, HTTPError

    key = "sb_" + secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory(prefix="seedbed-demo-") as folder:
        log = Path(folder) / "server.log"
        with log.open("wb") as stderr, _process(_environment(folder, key), stderr) as process:
            url = _address(process, log)
            client = Client(
                base_url=url,
                headers={"x-freepik-api-key": key},
                timeout=ANSWER_SECONDS,
                # A proxy for the world is none for our own loopback.
                trust_env=False,
            )
            try:
                with client:
                    yield client, log
            except HTTPError as error:
                # One that ends by itself says why as its last word.
                with suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_SECONDS)
                raise ConfigurationError(f"the demo's server does not answer any more: {_last(log)}") from error


@contextmanager
def _process(environment: dict[str, str], stderr: Any) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "seedbed", "serve", "--host", "127.0.0.1", "--port", "0"]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command, env=environment, stdout=subprocess.PIPE, stderr=stderr, stdin=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _environment(folder: str, key: str) -> dict[str, str]:
    hidden = {f"SEEDBED_{name}" for name in _NOT_INHERITED}
    inherited = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**inherited, "SEEDBED_DATA_DIR": folder, "SEEDBED_API_KEYS": key, "SEEDBED_LOG_FORMAT": "json"}


def _address(process: subprocess.Popen[str], log: Path) -> str:
    """Where the server listens, which is the first thing it says."""
    line = process.stdout.readline() if process.stdout else ""
    _, _, rest = line.partition("listens on ")
    if not rest:
        process.wait(STOP_SECONDS)
        raise ConfigurationError(f"the demo's server did not start: {_last(log)}")
    return rest.split()[0]


def _lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").strip().splitlines()


def _last(log: Path) -> str:
    lines = _lines(log)
    return lines[-1].removeprefix("seedbed: ") if lines else "it said nothing"


def _follow_loading(client: "Client", log: Path, progress: "Progress") -> None:
    bar = progress.add_task("loading the model", total=None)
    until = time.monotonic() + load_settings().engine_start_timeout
    while client.get("/readyz").status_code != 200:
        # A server tries again and again, for its operator may mend things; here nobody will.
        failed = [line for line in _lines(log) if '"engine did not start"' in line]
        if failed:
            raise ConfigurationError(f"the model could not be loaded: {json.loads(failed[0])['reason']}")
        if time.monotonic() > until:
            raise ConfigurationError("the model was not ready in time")
        time.sleep(POLL_SECONDS)
    progress.update(bar, total=1, completed=1)


def _draw(client: "Client", prompt: str, progress: "Progress") -> tuple[str, float, bytes]:
    """Submit, poll and download as any client of the API would: the seed, the seconds and the JPEG."""
    import httpx2

    began = time.monotonic()
    bar = progress.add_task("drawing", total=None)
    answer = _checked(client.post(TASKS, json={"prompt": prompt}))
    task_id = answer.json()["data"]["task_id"]
    while (task := answer.json()["data"])["status"] not in ("COMPLETED", "FAILED"):
        time.sleep(POLL_SECONDS)
        answer = _checked(client.get(f"{TASKS}/{task_id}"))
        _show_step(answer, progress, bar)
    if task["status"] == "FAILED":
        raise EngineError(f"the picture could not be drawn: {task['error']}")
    seconds = time.monotonic() - began
    progress.update(bar, total=1, completed=1)
    for correction in filter(None, answer.headers.get("x-seedbed-read-as", "").split(",")):
        progress.console.print(unquote(correction).replace("=", ": read as "))
    ignored = answer.headers.get("x-seedbed-ignored-words")
    if ignored:
        progress.console.print(f"words the model does not know, and did not draw: {unquote(ignored)}")
    # A client that has no key: the URL alone opens the picture.
    image = _checked(httpx2.get(task["generated"][0], timeout=ANSWER_SECONDS, trust_env=False))
    return answer.headers["x-seedbed-seed"], seconds, image.content


def _checked(answer: "Response") -> "Response":
    if answer.status_code != 200:
        raise ConfigurationError(f"the demo's server answered {answer.status_code}: {answer.text}")
    return answer


def _show_step(answer: "Response", progress: "Progress", bar: Any) -> None:
    step, _, steps = answer.headers.get("x-seedbed-step", "").partition("/")
    if steps:
        progress.update(bar, total=int(steps), completed=int(step))
