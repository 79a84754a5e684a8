"""The tools that `seedbed mcp` offers to assistants: `generate_image` and `vocabulary`."""

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from seedbed.cli.painters import Painted, Painter, check_painter, painter, smaller
from seedbed.errors import SeedbedError
from seedbed.request import (
    DEFAULT_GUIDANCE_SCALE,
    MAX_GUIDANCE_SCALE,
    MAX_PROMPT_CHARACTERS,
    MAX_SEED,
    AspectRatio,
    GenerationRequest,
)
from seedbed.settings import Settings

__all__ = ["Studio", "generate_image", "offer", "vocabulary"]

INSTRUCTIONS: Final = (
    "Draws pictures with Seedbed. Its own model, Sprout, draws only what it was taught: ask `vocabulary` for its "
    "words, and say in plain ones what stands where, as in: a cat to the left of a pizza on a light blue background."
)
Kind = Literal["things", "styles", "scenes", "colours"]


@dataclass(frozen=True, slots=True)
class Studio:
    """What both tools draw with."""

    painter: Painter
    """Who draws."""
    side: int
    """Longer side of the pictures that assistants get, in pixels; 0: as drawn."""
    output: Path | None
    """A folder that keeps each picture as it was drawn."""


Asked = Context[Studio, Any]


def offer(settings: Settings, server: str | None, side: int, output: Path | None) -> MCPServer[Studio]:
    """The MCP server, ready to run.

    Args:
        settings: which server or which model draws.
        server: the URL of a server that shall draw.
        side: longer side of the pictures that assistants get, in pixels; 0: as drawn.
        output: a folder that keeps each picture as drawn.

    Raises `ConfigurationError` where nobody could draw.
    """
    check_painter(settings, server)

    @asynccontextmanager
    async def lifespan(_server: MCPServer[Studio]) -> AsyncIterator[Studio]:
        async with painter(settings, server) as drawing:
            yield Studio(drawing, side, output)

    offered: MCPServer[Studio] = MCPServer("seedbed", instructions=INSTRUCTIONS, lifespan=lifespan, log_level="WARNING")
    offered.add_tool(generate_image, annotations=ToolAnnotations(destructive_hint=False), structured_output=False)
    offered.add_tool(vocabulary, annotations=ToolAnnotations(read_only_hint=True))
    return offered


async def generate_image(
    ctx: Asked,
    prompt: Annotated[
        str, Field(description="What the picture shall show.", min_length=1, max_length=MAX_PROMPT_CHARACTERS)
    ],
    aspect_ratio: Annotated[AspectRatio, Field(description="Its shape.")] = AspectRatio.SQUARE_1_1,
    seed: Annotated[
        int | None, Field(description="The same seed gives the same picture; random where missing.", ge=0, le=MAX_SEED)
    ] = None,
    guidance_scale: Annotated[
        float, Field(description="How strongly the prompt is enforced.", ge=0, le=MAX_GUIDANCE_SCALE)
    ] = DEFAULT_GUIDANCE_SCALE,
) -> list[Image | str]:
    """Draw a picture; also says its seed, and which words of the prompt were not understood and not drawn."""
    studio = ctx.request_context.lifespan_context
    with _told_to_assistant():
        request = GenerationRequest(prompt, aspect_ratio, guidance_scale, seed)
        painted = await studio.painter.draw(request, ctx.report_progress)
    kept = None if studio.output is None else _keep(painted, studio.output)
    return [Image(data=smaller(painted.jpeg, studio.side), format="jpeg"), _words(painted, kept)]


async def vocabulary(
    ctx: Asked,
    kind: Annotated[Kind | None, Field(description="Only words of this kind; all kinds where missing.")] = None,
) -> dict[str, Any]:
    """List what the model was taught to draw: things, styles, scenes, colours. Empty where it has no such list."""
    with _told_to_assistant():
        known = await ctx.request_context.lifespan_context.painter.vocabulary()
    told = {**known, "colours": [colour["name"] for colour in known["colours"]]}
    return told if kind is None else {"model": told["model"], kind: told[kind]}


@contextmanager
def _told_to_assistant() -> Iterator[None]:
    """What we raise on purpose is for the assistant to read; any other error only for the log."""
    try:
        yield
    except SeedbedError as error:
        raise ToolError(str(error)) from error


def _keep(painted: Painted, folder: Path) -> Path:
    # Two of one seed are two pictures: neither may take the other's place.
    file = folder / f"seedbed-{painted.seed}-{uuid.uuid4().hex[:8]}.jpeg"
    file.write_bytes(painted.jpeg)
    return file


def _words(painted: Painted, kept: Path | None) -> str:
    seed = "unknown" if painted.seed is None else painted.seed
    lines = [f"Drawn by {painted.model}, {painted.size} pixels, seed {seed}."]
    lines += [f"Read {said} as {read_as}." for said, read_as in painted.read_as]
    if painted.ignored_words:
        lines.append(f"Not understood, so not drawn: {', '.join(painted.ignored_words)}.")
    if kept is not None:
        lines.append(f"The whole picture: {kept.absolute()}")
    elif painted.url is not None:
        lines.append(f"The whole picture, until its link expires: {painted.url}")
    return "\n".join(lines)
