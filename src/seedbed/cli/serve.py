"""`seedbed serve`."""

from typing import Annotated

import typer

from seedbed.settings import load_settings

__all__ = ["serve"]


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0: any free one. [default: 8000]")] = None,
) -> None:
    """Serve the API. Every other setting is a SEEDBED_ variable."""
    from seedbed.service.logs import configure_logs
    from seedbed.service.server import run_server

    given = {"host": host, "port": port}
    settings = load_settings().model_copy(update={name: value for name, value in given.items() if value is not None})
    configure_logs(settings)
    run_server(settings, typer.echo)
