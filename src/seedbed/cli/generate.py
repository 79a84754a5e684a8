"""`seedbed generate`: draw one picture without a server."""

import os
from pathlib import Path
from typing import Annotated

import typer

from seedbed.errors import InvalidRequest
from seedbed.request import AspectRatio, GenerationRequest, Resolution
from seedbed.settings import load_settings

__all__ = ["check_output", "generate"]


def generate(
    prompt: Annotated[str, typer.Argument(help="What the picture shall show.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the JPEG goes.")] = Path("seedbed.jpeg"),
    aspect_ratio: Annotated[AspectRatio, typer.Option(help="Its shape.")] = AspectRatio.SQUARE_1_1,
    guidance_scale: Annotated[float, typer.Option(help="How strongly the prompt is enforced, 0 to 20.")] = 2.5,
    seed: Annotated[int | None, typer.Option(help="0 to 2147483647. [default: drawn at random]")] = None,
    resolution: Annotated[Resolution | None, typer.Option(help="Its size. [default: 2k]")] = None,
) -> None:
    """Draw one picture, here and now, without a server."""
    request = _request(prompt, aspect_ratio, guidance_scale, seed)
    settings = load_settings()
    if resolution is not None:
        settings = settings.model_copy(update={"resolution": resolution})
    check_output(output)

    from seedbed.engine.registry import build_engine

    drawn = build_engine(settings).draw(request, lambda _step, _steps: None)
    output.write_bytes(drawn.jpeg)
    for written, read_as in drawn.corrections:
        typer.secho(f"{written}: read as {read_as}", err=True, fg=typer.colors.YELLOW)
    if drawn.ignored_words:
        words = ", ".join(drawn.ignored_words)
        typer.secho(f"not understood, so not drawn: {words}", err=True, fg=typer.colors.YELLOW)
    typer.echo(f"{output}  {drawn.size}  seed {request.seed}")


def _request(prompt: str, aspect_ratio: AspectRatio, guidance_scale: float, seed: int | None) -> GenerationRequest:
    try:
        return GenerationRequest(prompt, aspect_ratio, guidance_scale, seed).with_seed()
    except InvalidRequest as error:
        raise typer.BadParameter(str(error)) from error


def check_output(output: Path) -> None:
    """Raise `BadParameter` where no picture can be written: before one is drawn for nothing."""
    folder = output.absolute().parent
    if not folder.is_dir():
        raise typer.BadParameter(f"there is no folder {folder}", param_hint="--output")
    if output.is_dir() or not os.access(output if output.exists() else folder, os.W_OK):
        raise typer.BadParameter(f"{output} cannot be written", param_hint="--output")
