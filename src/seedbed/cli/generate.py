"""`seedbed generate`: draw pictures, one or thousands, here or with a server."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedbed.cli.batch import Batch, Drawn, Entry, plan, save_grid, writing
from seedbed.cli.inline import show_inline
from seedbed.cli.prompts import PromptFormat, Row, parse_seeds, read_prompts
from seedbed.errors import InvalidRequest
from seedbed.request import AspectRatio, GenerationRequest, Resolution
from seedbed.settings import Settings, load_settings
from seedbed.task import Remarks

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress

    from seedbed.engine.engine import Engine

__all__ = ["SOME_FAILED", "check_output", "drawing_with", "generate"]

SOME_FAILED = 3
"""The exit code when some pictures could not be drawn, and the others were."""


def generate(
    prompt: Annotated[str | None, typer.Argument(help="What the picture shall show.", show_default=False)] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where the JPEG goes, or the folder of several. [default: seedbed.jpeg]"),
    ] = None,
    aspect_ratio: Annotated[AspectRatio, typer.Option(help="Its shape.")] = AspectRatio.SQUARE_1_1,
    guidance_scale: Annotated[float, typer.Option(help="How strongly the prompt is enforced, 0 to 20.")] = 2.5,
    seed: Annotated[int | None, typer.Option(help="0 to 2147483647. [default: drawn at random]")] = None,
    resolution: Annotated[Resolution | None, typer.Option(help="Its size, drawn here. [default: 2k]")] = None,
    source: Annotated[
        str | None, typer.Option("--from", help="A file of prompts: text, .csv or .jsonl; - for standard input.")
    ] = None,
    written: Annotated[
        PromptFormat | None, typer.Option("--format", help="How --from is written. [default: by its suffix]")
    ] = None,
    seeds: Annotated[str | None, typer.Option(help="Several seeds, as in 1..8 or 1,5,9..12.")] = None,
    ratios: Annotated[str | None, typer.Option(help="Several shapes, separated by commas; or `all`.")] = None,
    grid: Annotated[bool, typer.Option("--grid", help="One more picture that shows all, grid.jpeg.")] = False,
    server: Annotated[str | None, typer.Option(help="Draw with a server at this URL; key: SEEDBED_CLIENT_KEY.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a picture.")] = False,
) -> None:
    """Draw a picture here and now, without a server; or many, into a folder that tells where it stopped."""
    if (prompt is None) == (source is None):
        raise typer.BadParameter("give either a prompt or a file of them by --from", param_hint="PROMPT")
    if resolution is not None and server is not None:
        raise typer.BadParameter("a server draws at its own SEEDBED_RESOLUTION", param_hint="--resolution")
    if seed is not None and seeds is not None:
        raise typer.BadParameter("give either one seed or several", param_hint="--seeds")
    with _usage():
        rows = [Row(prompt)] if prompt is not None else read_prompts(source or "", written)
        chosen = parse_seeds(seeds) if seeds is not None else () if seed is None else (seed,)
        requests = plan(rows, chosen, _shapes(ratios, aspect_ratio), guidance_scale)
    settings = load_settings()
    if resolution is not None:
        settings = settings.model_copy(update={"resolution": resolution})
    is_one = source is None and seeds is None and ratios is None and not grid
    if is_one:
        _draw_one(requests[0].with_seed(), output or Path("seedbed.jpeg"), settings, server, as_json=as_json)
        return
    columns = len(requests) // len(rows) if len(rows) > 1 else len(chosen) or 1
    _draw_many(requests, output or Path("seedbed-pictures"), settings, server, columns if grid else 0, as_json=as_json)


@contextmanager
def _usage() -> Iterator[None]:
    """What a request may not say is wrong usage of the command."""
    try:
        yield
    except InvalidRequest as error:
        raise typer.BadParameter(str(error)) from error


def _shapes(ratios: str | None, one: AspectRatio) -> list[AspectRatio]:
    if ratios is None:
        return [one]
    if ratios == "all":
        return list(AspectRatio)
    try:
        return [AspectRatio(name.strip()) for name in ratios.split(",")]
    except ValueError as error:
        raise typer.BadParameter(f"the shapes are {', '.join(AspectRatio)}", param_hint="--ratios") from error


def _draw_one(
    request: GenerationRequest, output: Path, settings: Settings, server: str | None, *, as_json: bool
) -> None:
    check_output(output)
    with drawing_with(settings, server) as draw:
        drawn = draw(request)
    with writing(output):
        output.write_bytes(drawn.jpeg)
    _warn(drawn.ignored_words, drawn.corrections)
    for remark in _in_words(drawn.remarks):
        typer.secho(remark, err=True, fg=typer.colors.YELLOW)
    if as_json:
        told = {"file": str(output), "size": drawn.size, "seed": request.seed, "model": drawn.model}
        understood = {"ignored_words": drawn.ignored_words, "read_as": drawn.corrections}
        typer.echo(json.dumps({**told, **understood}, ensure_ascii=False))
    else:
        show_inline(drawn.jpeg, os.environ)
        typer.echo(f"{output}  {drawn.size}  seed {request.seed}")


def _draw_many(
    requests: Sequence[GenerationRequest],
    folder: Path,
    settings: Settings,
    server: str | None,
    columns: int,
    *,
    as_json: bool,
) -> None:
    batch = Batch(folder, settings.resolution if server is None else None)
    entries: list[Entry] = []
    with drawing_with(settings, server) as draw, _bar() as progress:
        bar = progress.add_task("drawing", total=len(requests))
        for entry, was_there in batch.draw(requests, draw):
            entries.append(entry)
            progress.advance(bar)
            with _above(progress):
                _tell(entry, folder, was_there=was_there, as_json=as_json)
    if columns:
        save_grid(folder, entries, columns, folder / "grid.jpeg")
    if any(entry.error for entry in entries):
        raise typer.Exit(SOME_FAILED)


def _tell(entry: Entry, folder: Path, *, was_there: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(entry), ensure_ascii=False))
    elif entry.error is not None:
        typer.secho(f"failed: {entry.prompt}: {entry.error}", err=True, fg=typer.colors.RED)
    else:
        typer.echo(f"{folder / (entry.file or '')}  {entry.size}  seed {entry.seed}{'  (there already)' * was_there}")
    if not was_there:
        _warn(entry.ignored_words, entry.read_as)


def _warn(ignored: Sequence[str], corrections: Sequence[tuple[str, str]] = ()) -> None:
    for said, read_as in corrections:
        typer.secho(f"{said}: read as {read_as}", err=True, fg=typer.colors.YELLOW)
    if ignored:
        typer.secho(f"not understood, so not drawn: {', '.join(ignored)}", err=True, fg=typer.colors.YELLOW)


def _in_words(remarks: Remarks) -> Iterator[str]:
    """What a foreign model did otherwise than it was asked; of many pictures, only their metadata tell."""
    for name in remarks.ignored_parameters:
        yield f"{name} has no effect on this model"
    if remarks.applied_guidance_scale is not None:
        yield f"guidance_scale: the model does not go so far; {remarks.applied_guidance_scale:g} was applied"
    if remarks.dropped_tokens:
        yield f"the prompt is too long for the model: its last {remarks.dropped_tokens} tokens were not read"
    if remarks.drawn_size is not None:
        yield f"memory did not suffice: drawn at {remarks.drawn_size} and enlarged"
    if remarks.is_flagged:
        yield "flagged by the safety checker"


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def _above(progress: "Progress") -> Iterator[None]:
    # The bar is on standard error, what is told on standard output; on one terminal they would share a line.
    progress.stop()
    try:
        yield
    finally:
        progress.start()


@contextmanager
def drawing_with(settings: Settings, server: str | None) -> "Iterator[Callable[[GenerationRequest], Drawn]]":
    """What draws: the model in this process, loaded when the first picture needs it; or a server."""
    if server is None:
        yield _Here(settings)
        return
    from seedbed.cli.connection import connected

    with connected(settings, server) as client:

        def draw(request: GenerationRequest) -> Drawn:
            picture = client.generate(
                request.prompt,
                aspect_ratio=request.aspect_ratio,
                guidance_scale=request.guidance_scale,
                seed=request.seed,
            )
            task = picture.task
            return Drawn(
                picture.jpeg,
                str(task.size),
                task.model or "",
                task.model_digest or "",
                task.ignored_words,
                task.read_as,
            )

        yield draw


class _Here:
    def __init__(self, settings: Settings) -> None:
        from seedbed.engine.models import check_model

        check_model(settings.model)
        self._settings = settings
        self._engine: Engine | None = None

    def __call__(self, request: GenerationRequest) -> Drawn:
        from seedbed.engine.registry import build_engine

        engine = self._engine = self._engine or build_engine(self._settings)
        drawn = engine.draw(request, lambda _step, _steps: None)
        identity = drawn.identity
        corrections = tuple((said, read_as) for said, read_as in drawn.corrections)
        named = (identity.name, identity.digest)
        return Drawn(drawn.jpeg, str(drawn.size), *named, drawn.ignored_words, corrections, drawn.remarks)


def check_output(output: Path) -> None:
    """Raise `BadParameter` where no picture can be written: before one is drawn for nothing."""
    folder = output.absolute().parent
    if not folder.is_dir():
        raise typer.BadParameter(f"there is no folder {folder}", param_hint="--output")
    if output.is_dir():
        raise typer.BadParameter(f"{output} is a folder: name a file in it", param_hint="--output")
    if not os.access(output if output.exists() else folder, os.W_OK):
        raise typer.BadParameter(f"{output} cannot be written", param_hint="--output")
