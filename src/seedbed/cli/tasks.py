"""`seedbed tasks list|show|watch|cancel|save`: the tasks of a running server."""

import json
import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli.connection import connected
from seedbed.settings import load_settings
from seedbed.task import TaskStatus

if TYPE_CHECKING:
    from seedbed.client.results import RemoteTask

__all__ = ["tasks"]

tasks = typer.Typer(help="Look at, follow, stop and save the tasks of a running server.", no_args_is_help=True)

Server = Annotated[
    str | None,
    typer.Option("--server", help="Its URL. [default: SEEDBED_CLIENT_URL; key: SEEDBED_CLIENT_KEY]"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
TaskId = Annotated[str, typer.Argument(help="As `seedbed tasks list` shows it.")]

RETRIES = 1
"""Of a command that only asks: who sits before it would rather know."""


@tasks.command("list")
def list_tasks(
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    status: Annotated[TaskStatus | None, typer.Option(help="Only tasks with this status.")] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List the key's tasks, newest first."""
    with connected(load_settings(), server, retries=RETRIES) as client:
        for task in islice(client.tasks.all(status=status), limit):
            _print(task if as_json else _brief(task), as_json=as_json)


@tasks.command()
def show(task_id: TaskId, server: Server = None, as_json: AsJson = False) -> None:
    """Say how a task stands."""
    with connected(load_settings(), server, retries=RETRIES) as client:
        _print(client.tasks.get(task_id), as_json=as_json)


@tasks.command()
def watch(task_id: TaskId, server: Server = None, as_json: AsJson = False) -> None:
    """Follow a task, step by step, until it has ended."""
    with connected(load_settings(), server) as client:
        for task in client.tasks.watch(task_id):
            _print(task, as_json=as_json)


@tasks.command()
def cancel(task_id: TaskId, server: Server = None, as_json: AsJson = False) -> None:
    """Stop a task; one that is drawn ends between two steps."""
    with connected(load_settings(), server, retries=RETRIES) as client:
        _print(client.tasks.cancel(task_id), as_json=as_json)


@tasks.command()
def save(
    task_id: TaskId,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the JPEG goes.")] = Path("seedbed.jpeg"),
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Wait for a task's picture, and write it."""
    from seedbed.cli.batch import writing
    from seedbed.cli.generate import check_output
    from seedbed.cli.inline import show_inline

    check_output(output)
    with connected(load_settings(), server) as client:
        picture = client.download(client.tasks.wait(task_id))
    with writing(output):
        file = picture.save(output)
    if as_json:
        typer.echo(json.dumps({**_fields(picture.task), "file": str(file)}, ensure_ascii=False))
        return
    show_inline(picture.jpeg, os.environ)
    typer.echo(f"{file}  {picture.task.size}  seed {picture.task.seed}")


def _print(task: "RemoteTask", *, as_json: bool) -> None:
    typer.echo(json.dumps(_fields(task), ensure_ascii=False) if as_json else _line(task))


def _fields(task: "RemoteTask") -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(task), "size": str(task.size) if task.size else None}


def _brief(task: "RemoteTask") -> "RemoteTask":
    # A line of a list has room for what was asked for, and none for a link.
    from dataclasses import replace

    return replace(task, generated=())


def _line(task: "RemoteTask") -> str:
    facts = [
        task.queue_position is not None and f"{task.queue_position} before it",
        task.status is TaskStatus.IN_PROGRESS
        and task.num_inference_steps
        and f"step {task.step}/{task.num_inference_steps}",
        task.size and str(task.size),
        task.seed is not None and f"seed {task.seed}",
        task.prompt and " ".join(task.prompt.split()),
        task.error,
        *task.generated,
    ]
    return "  ".join([task.task_id, f"{task.status:11}", *(str(fact) for fact in facts if fact)]).rstrip()
