"""`seedbed train`: train Sprout again, from the icons to the weights."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["train"]


def train(
    icons: Annotated[Path, typer.Option(help="Folder that runs/fetch_icons.sh filled.")],
    run: Annotated[Path, typer.Option(help="Folder for checkpoints; an interrupted run goes on from it.")],
    output: Annotated[Path, typer.Option(help="Folder for the weights.")],
    recipe: Annotated[str, typer.Option(help="sprout, sprout-cpu for a tenth of the nouns, or tiny for a trial.")] = "sprout",
    start: Annotated[Path | None, typer.Option(help="Folder of weights to begin with. [default: random]")] = None,
) -> None:
    """Train Sprout. Interrupt it whenever you like: the same command goes on where it stopped."""
    from seedbed.training.recipes import recipe_named
    from seedbed.training.sprout import train_sprout

    def report(stage: str, step: int, loss: float) -> None:
        if step % 10 == 0:
            typer.echo(f"{stage} {step}: loss {loss:.4f}")

    train_sprout(recipe_named(recipe), icons, run, output, report, start)
    typer.echo(f"weights in {output}")
