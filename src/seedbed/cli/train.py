"""`seedbed train`: train Sprout again, from the icons to the weights."""

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["train"]


def train(
    icons: Annotated[Path, typer.Option(help="Folder that runs/fetch_icons.sh filled.")],
    run: Annotated[
        Path, typer.Option(help="Folder for checkpoints, losses and samples; an interrupted run goes on from it.")
    ],
    output: Annotated[Path, typer.Option(help="Folder for the weights.")],
    recipe: Annotated[
        str,
        typer.Option(
            help="sprout, sprout-colours to go on from such weights, sprout-cpu for a tenth of the nouns, or tiny."
        ),
    ] = "sprout",
    start: Annotated[Path | None, typer.Option(help="Folder of weights to begin with. [default: random]")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto: a GPU where there is one.")] = "auto",
    samples: Annotated[bool, typer.Option(help="Draw a fixed list of prompts at every checkpoint.")] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object; how it goes on is then told on standard error.")
    ] = False,
) -> None:
    """Train Sprout. Interrupt it whenever you like: the same command goes on where it stopped."""
    from rich.console import Console

    from seedbed.cli.course import Course
    from seedbed.learning.workers import join
    from seedbed.training.recipes import recipe_named
    from seedbed.training.sprout import train_sprout

    chosen = recipe_named(recipe)
    steps = {
        "planner": chosen.planner.steps,
        "transformer": chosen.transformer.steps,
        "decoder": chosen.autoencoder.steps,
    }
    with join(device) as worker, Course(steps, Console(stderr=as_json)) as course:
        train_sprout(chosen, icons, run, output, course.report, start, worker=worker, samples=samples)
        if worker.is_first:
            told = {"recipe": recipe, "weights": str(output), "run": str(run), "steps": steps}
            typer.echo(json.dumps(told) if as_json else f"weights in {output}")
