"""A whole evaluation: ask, draw, judge, measure, and write down what came out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.evaluation.answers import answers
from seedbed.evaluation.behaviour import (
    GUIDANCE_SCALES,
    Diversity,
    GuidancePoint,
    diversity,
    guidance_curve,
    is_repeatable,
    ratios,
)
from seedbed.evaluation.exam import examine
from seedbed.evaluation.judge import Judge
from seedbed.evaluation.judge_training import JudgeRecipe, train_judge
from seedbed.evaluation.matcher import Matcher
from seedbed.evaluation.prompts import Item, Skill, digest, frozen_prompts
from seedbed.evaluation.reader import can_read
from seedbed.evaluation.report import Results, SkillResults, markdown
from seedbed.evaluation.scope import EVERYTHING, Scope
from seedbed.evaluation.sheets import answer_entry, sheet
from seedbed.evaluation.skills import ClaimKind
from seedbed.evaluation.sources import drawn, rendered, round_trip
from seedbed.evaluation.templates import Templates
from seedbed.sprout.checkpoint import PACKAGED, Sprout
from seedbed.world.icons import ICON_SETS, IconLibrary
from seedbed.world.mix import DEFAULT
from seedbed.world.nouns import NOUNS

__all__ = ["Plan", "evaluate", "icon_library", "judge_recipe", "make_judge", "pipeline"]

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is, and of how much."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and how thoroughly."""

    skills: tuple[Skill, ...]
    prompts: int = 50
    """Prompts of each skill."""
    seeds: int = 2
    """Pictures of each prompt."""
    scope: Scope = EVERYTHING
    """What may be asked for."""
    guidance_prompts: int = 8
    """Prompts of each skill that the guidance curve is drawn with; 0 leaves it out."""
    diversity_prompts: int = 6
    """Prompts that diversity is measured with; 0 leaves it out."""
    diversity_seeds: int = 6
    """Pictures of each of them."""


@dataclass
class _Counter:
    """Tells how far one part of an evaluation is."""

    report: Report
    what: str
    total: int
    done: int = 0

    def __call__(self) -> None:
        self.done += 1
        self.report(self.what, self.done, self.total)


def icon_library(folder: Path) -> IconLibrary:
    """The icons in `folder`. Raises `ConfigurationError` now, not in the middle of the work, where a set is missing."""
    icons = IconLibrary(folder)
    for hand in ICON_SETS:
        icons.sprite(hand, NOUNS[0].icon, 32)
    return icons


def pipeline(weights: Path | None, num_inference_steps: int | None = None) -> SproutPipeline:
    """Sprout with the weights in a folder, or with the packaged ones; drawing in so many steps, or as it is served."""
    served = SproutPipeline(Sprout.from_pretrained(weights or PACKAGED))
    return replace(served, num_inference_steps=num_inference_steps) if num_inference_steps else served


def evaluate(plan: Plan, pipeline: SproutPipeline, judge: Judge, output: Path, report: Report) -> str:
    """Measure all of `plan`, write a report and a contact sheet of each skill to `output`; returns the report."""
    output.mkdir(parents=True, exist_ok=True)
    unasked = {skill.name: why for skill in plan.skills if (why := _unasked(skill, plan.scope))}
    asked = [skill for skill in plan.skills if skill.name not in unasked]
    items = {skill: frozen_prompts(skill, plan.prompts, plan.seeds, plan.scope) for skill in asked}
    skills = [_skill(skill, of_one, pipeline, judge, report) for skill, of_one in items.items()]
    for one in skills:
        sheet([answer_entry(answer) for answer in one.drawn]).save(output / f"{_file(one.name)}.jpeg", quality=85)
    everything = [item for of_one in items.values() for item in of_one]
    some = everything[:: max(len(everything) // 3, 1)]
    results = Results(
        pipeline.sprout.digest,
        digest(everything),
        plan.scope,
        judge.exam,
        skills,
        _guidance(plan, items.values(), pipeline, judge, report),
        _diversity(plan, pipeline, judge, report),
        is_repeatable(some, pipeline, _Counter(report, "drawing again", len(some))),
        ratios([answer for one in skills for answer in one.drawn]),
        unasked,
    )
    text = markdown(results)
    (output / "report.md").write_text(text, encoding="utf-8")
    return text


def _unasked(skill: Skill, scope: Scope) -> str | None:
    """Why a skill cannot be asked for; None where it can."""
    if ClaimKind.TEXT not in skill.judged:
        return None
    if not scope.text:
        return "these weights know no letters"
    return None if can_read() else "tesseract, which reads words, is not installed"


def _skill(
    skill: Skill, items: tuple[Item, ...], pipeline: SproutPipeline, judge: Judge, report: Report
) -> SkillResults:
    pictures = sum(len(item.seeds) for item in items)
    # The autoencoder is good or bad at all of them alike: half are enough.
    some = items[::2]
    ask = partial(answers, judge=judge)
    count = _Counter(report, skill.name, pictures + len(items) + len(some))
    return SkillResults(
        skill.name,
        ask(items, drawn(pipeline), report=count),
        ask(items, rendered(judge.icons), report=count, seeds=1),
        ask(some, round_trip(pipeline, judge.icons), report=count, seeds=1),
    )


def _guidance(
    plan: Plan, items: Iterable[tuple[Item, ...]], pipeline: SproutPipeline, judge: Judge, report: Report
) -> list[GuidancePoint]:
    if not plan.guidance_prompts:
        return []
    # On white, most pixels are at 255 as they should be: there nobody could tell what guidance burns.
    coloured = ([item for item in of_one if item.scene.background != "white"] for of_one in items)
    some = [item for of_one in coloured for item in of_one[: plan.guidance_prompts]]
    counter = _Counter(report, "guidance", len(some) * (len(GUIDANCE_SCALES) + 1))
    return guidance_curve(some, pipeline, judge, counter)


def _diversity(plan: Plan, pipeline: SproutPipeline, judge: Judge, report: Report) -> Diversity | None:
    prompts, seeds = plan.diversity_prompts, plan.diversity_seeds
    if not prompts:
        return None
    counter = _Counter(report, "diversity", prompts * seeds)
    return diversity(pipeline, judge.icons, prompts, seeds, plan.scope, counter)


def judge_recipe(nouns: int | None, steps: int | None) -> JudgeRecipe:
    """The judge's recipe, or one for fewer nouns or steps."""
    recipe = JudgeRecipe()
    mix = replace(recipe.mix, nouns=nouns or len(NOUNS))
    return replace(recipe, mix=mix, steps=steps or recipe.steps)


def make_judge(recipe: JudgeRecipe, icons: Path, folder: Path, report: Report, scenes: int) -> Judge:
    """Train a judge in `folder`, or go on where that stopped; examine it on `scenes` scenes and write it there."""
    library = icon_library(icons)
    networks = train_judge(
        recipe, icons, folder / "judge.pt", lambda step, _loss: report("training the judge", step, recipe.steps)
    )
    mix = replace(DEFAULT, nouns=recipe.mix.nouns, text=0.0)
    matcher = Matcher(Templates.of(library, recipe.mix.nouns))
    judge = Judge(networks, library, matcher)
    exam = examine(judge, mix, scenes, _Counter(report, "examining it", scenes)).shares()
    networks.save(folder, exam)
    return replace(judge, exam=exam)


def _file(name: str) -> str:
    return name.replace(" ", "-")
