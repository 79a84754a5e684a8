"""`seedbed worker`."""

from typing import Annotated

import typer

from seedbed.settings import load_settings

__all__ = ["worker"]


def worker(
    host: Annotated[str | None, typer.Option(help="Address of its /livez and /readyz. [default: 127.0.0.1]")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Their port; 0: any free one.")] = 0,
) -> None:
    """Draw what the servers of the same database accept; any number of workers may. No API of its own."""
    from seedbed.service.logs import configure_logs
    from seedbed.service.server import run_worker

    given = {"host": host, "port": port}
    settings = load_settings().model_copy(update={name: value for name, value in given.items() if value is not None})
    configure_logs(settings)
    run_worker(settings, typer.echo)
