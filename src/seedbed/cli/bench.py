"""`seedbed bench`: how fast this machine, or a server, draws."""

import json
import statistics
import time
from typing import Annotated, Any

import typer

from seedbed.request import AspectRatio, GenerationRequest
from seedbed.settings import load_settings

__all__ = ["bench"]

PROMPT = "a cat to the left of a pizza on a light blue background"


def bench(
    pictures: Annotated[int, typer.Option(min=1, max=10_000, help="Pictures that are drawn and timed.")] = 5,
    prompt: Annotated[str, typer.Option(help="What they show.")] = PROMPT,
    aspect_ratio: Annotated[AspectRatio, typer.Option(help="Their shape.")] = AspectRatio.SQUARE_1_1,
    server: Annotated[str | None, typer.Option(help="Draw with a server at this URL; key: SEEDBED_CLIENT_KEY.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Draw some pictures, one after the other, and say how long each took; one more before them warms up."""
    from seedbed.cli.generate import drawing_with

    with drawing_with(load_settings(), server) as draw:
        began = time.perf_counter()
        first = draw(GenerationRequest(prompt, aspect_ratio, seed=0))
        cold = time.perf_counter() - began
        seconds = []
        for seed in range(1, pictures + 1):
            began = time.perf_counter()
            draw(GenerationRequest(prompt, aspect_ratio, seed=seed))
            seconds.append(time.perf_counter() - began)
    told = {"model": first.model, "size": first.size, "pictures": pictures, "first_seconds": cold, **_summary(seconds)}
    typer.echo(json.dumps(told) if as_json else _words(told))


def _summary(seconds: list[float]) -> dict[str, float]:
    return {
        "median_seconds": statistics.median(seconds),
        "fastest_seconds": min(seconds),
        "slowest_seconds": max(seconds),
        "pictures_per_minute": 60 * len(seconds) / sum(seconds),
    }


def _words(told: dict[str, Any]) -> str:
    return (
        f"{told['model']}, {told['size']} pixels: {told['median_seconds']:.2f} s a picture "
        f"({told['fastest_seconds']:.2f} to {told['slowest_seconds']:.2f} s, median of {told['pictures']}), "
        f"{told['pictures_per_minute']:.1f} a minute; the first, loading included, {told['first_seconds']:.2f} s"
    )
