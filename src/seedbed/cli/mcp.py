"""`seedbed mcp`: lets assistants draw, by the Model Context Protocol over standard input and output."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final

import typer

from seedbed.errors import ConfigurationError
from seedbed.settings import load_settings

__all__ = ["mcp"]

SIDE: Final = 1024


def mcp(
    server: Annotated[
        str | None,
        typer.Option(
            help="Draw with the server at this URL. [default: SEEDBED_CLIENT_URL, if SEEDBED_CLIENT_KEY is set]"
        ),
    ] = None,
    side: Annotated[
        int, typer.Option(min=0, help="Longer side of what assistants get, in pixels; 0: as drawn.")
    ] = SIDE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A folder that keeps each picture as it was drawn.")
    ] = None,
) -> None:
    """Let an assistant draw, with a server or else here: an MCP server on standard input and output."""
    if find_spec("mcp") is None:
        raise ConfigurationError("assistants need the extra: pip install 'seedbed[mcp]'")
    if output is not None and not output.is_dir():
        raise typer.BadParameter(f"there is no folder {output}", param_hint="--output")
    from seedbed.cli.assistant import offer
    from seedbed.service.logs import configure_logs

    settings = load_settings()
    # Standard output is the assistant's.
    configure_logs(settings)
    offer(settings, server, side, output).run("stdio")
