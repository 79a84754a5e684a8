from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.errors import ConfigurationError
from seedbed.evaluation.evaluate import Plan, evaluate, icon_library, judge_recipe, make_judge, pipeline
from seedbed.evaluation.judge import Judge
from seedbed.evaluation.judge_training import JudgeRecipe
from seedbed.evaluation.prompts import skills_named
from seedbed.evaluation.scope import EVERYTHING
from seedbed.world.icons import IconLibrary
from tests.sprout import tiny

# A judge that has hardly learnt takes all styles for likely, and draws the grounds of each of them.
pytestmark = pytest.mark.timeout(900)

PLAN = Plan(
    skills_named(["one object", "colour binding"]),
    prompts=2,
    seeds=1,
    scope=replace(EVERYTHING, nouns=6),
    guidance_prompts=1,
    diversity_prompts=1,
    diversity_seeds=2,
)


def test_an_evaluation_leaves_a_report_and_a_sheet_of_each_skill(
    pipeline: SproutPipeline, novice: Judge, tmp_path: Path
) -> None:
    told: dict[str, tuple[int, int]] = {}
    text = evaluate(PLAN, pipeline, novice, tmp_path / "out", lambda what, *far: told.update({what: far}))
    assert (tmp_path / "out" / "report.md").read_text() == text
    assert "| one object | 2 |" in text
    assert {path.name for path in (tmp_path / "out").glob("*.jpeg")} == {"one-object.jpeg", "colour-binding.jpeg"}
    with Image.open(tmp_path / "out" / "one-object.jpeg") as sheet:
        assert sheet.width > 300
    assert set(told) == {"one object", "colour binding", "guidance", "diversity", "drawing again"}
    assert told["one object"] == (5, 5)


def test_what_a_plan_leaves_out_is_not_measured(pipeline: SproutPipeline, novice: Judge, tmp_path: Path) -> None:
    short = replace(PLAN, skills=PLAN.skills[:1], guidance_prompts=0, diversity_prompts=0)
    text = evaluate(short, pipeline, novice, tmp_path / "out", lambda *_: None)
    assert "guidance" not in text
    assert "Diversity" not in text


def test_a_judge_is_made_once_and_read_afterwards(icons: Path, library: IconLibrary, tmp_path: Path) -> None:
    recipe = JudgeRecipe(steps=2, batch_size=2, mix=judge_recipe(6, 2).mix, workers=0)
    judge = make_judge(recipe, icons, tmp_path, lambda *_: None, scenes=3)
    assert Judge.from_pretrained(tmp_path, library, 6).exam == judge.exam
    assert judge.exam["grounds"][0] <= 1.0
    stamp = (tmp_path / "judge.pt").stat().st_mtime_ns
    make_judge(recipe, icons, tmp_path, lambda *_: None, scenes=3)
    assert (tmp_path / "judge.pt").stat().st_mtime_ns == stamp, "trained again for nothing"


def test_a_recipe_for_fewer_nouns_changes_nothing_else() -> None:
    whole, few = judge_recipe(None, None), judge_recipe(84, 700)
    assert whole == JudgeRecipe()
    assert (few.mix.nouns, few.steps) == (84, 700)
    assert replace(few, mix=whole.mix, steps=whole.steps) == whole


def test_missing_icons_are_noticed_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"run runs/fetch_icons\.sh"):
        icon_library(tmp_path)


def test_weights_come_from_a_folder(tmp_path: Path) -> None:
    assert pipeline(tiny.save(tmp_path)).sprout.vocabulary == tiny.VOCABULARY
