"""`seedbed doctor`."""

import json
from typing import Annotated

import typer

from seedbed.settings import load_settings

__all__ = ["doctor"]


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a finding.")] = False) -> None:
    """Look this deployment over, with its processes' settings, and say what is wrong; code 1 if anything is."""
    from seedbed.service.doctor import Severity, examine

    colours = {
        Severity.OK: typer.colors.GREEN,
        Severity.WARNING: typer.colors.YELLOW,
        Severity.TROUBLE: typer.colors.RED,
    }
    worst = Severity.OK
    for finding in examine(load_settings()):
        if as_json:
            typer.echo(json.dumps({"severity": finding.severity, "words": finding.words}, ensure_ascii=False))
        else:
            typer.secho(f"{finding.severity:8} ", fg=colours[finding.severity], nl=False)
            typer.echo(finding.words)
        worst = Severity.TROUBLE if finding.severity is Severity.TROUBLE else worst
    if worst is Severity.TROUBLE:
        raise typer.Exit(1)
