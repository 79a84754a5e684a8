"""`seedbed worker`."""

from typing import Annotated

import typer

from seedbed.settings import load_settings

__all__ = ["worker"]


def worker(
    host: Annotated[str | None, typer.Option(help="Address of its /livez and /readyz. [default: 127.0.0.1]")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Their port; 0: any free one.")] = 0,
    devices: Annotated[
        str | None,
        typer.Option(
            help="A worker process on each: all GPUs (all), or those named, as in cuda:0,cuda:1. [default: one]"
        ),
    ] = None,
) -> None:
    """Draw what the servers of the same database accept; any number of workers may. No API of its own."""
    from seedbed.service.logs import configure_logs
    from seedbed.service.server import run_worker

    given = {"host": host, "port": port}
    settings = load_settings().model_copy(update={name: value for name, value in given.items() if value is not None})
    configure_logs(settings)
    if devices is None:
        run_worker(settings, typer.echo)
    else:
        from seedbed.service.fleet import run_fleet

        run_fleet(devices, settings, typer.echo)
