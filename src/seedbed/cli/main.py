"""The `seedbed` command itself: gathers the commands and turns our errors into one sentence.

A command is a plain function in a file of its own. Those files import nothing heavy at the top: what a
command needs (FastAPI, DBOS, torch) it imports when it runs, so that `seedbed --help` answers at once.
"""

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from seedbed.cli.bench import bench
from seedbed.cli.demo import demo
from seedbed.cli.doctor import doctor
from seedbed.cli.evaluate import evaluate
from seedbed.cli.generate import generate
from seedbed.cli.keys import keys
from seedbed.cli.mcp import mcp
from seedbed.cli.models import models
from seedbed.cli.serve import serve
from seedbed.cli.tasks import tasks
from seedbed.cli.train import train
from seedbed.cli.vocabulary import vocabulary
from seedbed.cli.webhooks import webhooks
from seedbed.cli.worker import worker
from seedbed.errors import SeedbedError

__all__ = ["app"]


class _Commands(TyperGroup):
    """All commands; what one raises on purpose ends the program with its text and code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        # Before torch is loaded: threads that spin while they wait stall each other where anything else runs.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        _log_to_standard_error()
        try:
            return super().invoke(ctx)
        except SeedbedError as error:
            typer.secho(f"seedbed: {error}", err=True, fg=typer.colors.RED)
            raise typer.Exit(1) from error


def _log_to_standard_error() -> None:
    """Keep log lines out of what a command answers; those that go on for ever choose their logs' format themselves."""
    import structlog

    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


app = typer.Typer(
    name="seedbed",
    cls=_Commands,
    help="The self-hosted Seedream 4: text to image on your own machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(worker)
app.command()(doctor)
app.command()(generate)
app.command()(vocabulary)
app.command()(mcp)
app.add_typer(tasks, name="tasks")
app.add_typer(keys, name="keys")
app.add_typer(models, name="models")
app.add_typer(webhooks, name="webhooks")
app.command()(bench)
app.command()(demo)
app.command()(train)
app.command()(evaluate)
