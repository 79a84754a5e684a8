"""`seedbed evaluate`: measure how well Sprout draws what it is asked."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import TaskID

__all__ = ["evaluate"]


def evaluate(
    icons: Annotated[Path, typer.Option(help="Folder that runs/fetch_icons.sh filled.")],
    judge: Annotated[Path, typer.Option(help="Folder of the judge.")],
    weights: Annotated[Path | None, typer.Option(help="Folder of weights. [default: the packaged ones]")] = None,
    output: Annotated[Path, typer.Option(help="Folder for the report and the contact sheets.")] = Path("evaluation"),
    skills: Annotated[list[str] | None, typer.Option(help="Only this skill; say it again for more.")] = None,
    prompts: Annotated[int, typer.Option(min=2, help="Prompts of each skill; a tenth of the judge's exam.")] = 50,
    seeds: Annotated[int, typer.Option(min=1, help="Pictures of each prompt.")] = 2,
    nouns: Annotated[
        int | None, typer.Option(min=4, help="The first so many nouns, and no others to be taken for. [default: known]")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Network steps of a picture. [default: as served]")] = None,
    guidance: Annotated[bool, typer.Option(help="Whether to draw the guidance curve too.")] = True,
    train_judge: Annotated[bool, typer.Option("--train-judge", help="Only train the judge, or go on with it.")] = False,
    judge_steps: Annotated[int | None, typer.Option(min=1, help="Steps of its training. [default: enough]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure Sprout on prompts that it never saw, with a judge that never saw Sprout."""
    from seedbed.evaluation import evaluate as whole
    from seedbed.evaluation.judge import Judge
    from seedbed.evaluation.prompts import skills_named
    from seedbed.evaluation.scope import EVERYTHING, scope_of
    from seedbed.world.nouns import NOUNS

    with _progress() as report:
        if train_judge:
            trained = whole.make_judge(whole.judge_recipe(nouns, judge_steps), icons, judge, report, 10 * prompts)
            said = f"a judge in {judge}, examined: {trained.exam}"
            typer.echo(json.dumps({"judge": str(judge), "exam": trained.exam}) if as_json else said)
            return
        asked, pipeline = skills_named(skills or ()), whole.pipeline(weights, steps)
        library, known = whole.icon_library(icons), nouns or len(NOUNS)
        examiner = Judge.from_pretrained(judge, library, known, partial(report, "drawing templates"))
        scope = replace(EVERYTHING, nouns=nouns) if nouns else scope_of(pipeline.sprout.vocabulary)
        plan = whole.Plan(asked, prompts, seeds, scope, prompts // 10 if guidance else 0)
        text = whole.evaluate(plan, pipeline, examiner, output, report)
    if as_json:
        told = {"weights": pipeline.sprout.digest, "skills": [skill.name for skill in asked]}
        typer.echo(json.dumps({**told, "output": str(output), "report": text}, ensure_ascii=False))
        return
    typer.echo(text)
    typer.echo(f"report and contact sheets in {output}")


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each part of the work, on standard error."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, *times, console=Console(stderr=True)) as progress:

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done)

        yield report
