import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.errors import ConfigurationError
from seedbed.request import AspectRatio, GenerationRequest
from seedbed.sprout.checkpoint import Sprout
from seedbed.training.recipes import SproutRecipe
from seedbed.training.sprout import train_sprout
from tests.sprout.tiny import save
from tests.training.tiny_recipe import RECIPE

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def recipe() -> SproutRecipe:
    return RECIPE


def test_icons_become_weights_that_draw_and_a_finished_run_is_not_repeated(
    recipe: SproutRecipe, icons: Path, tmp_path: Path
) -> None:
    stages: list[str] = []

    def report(stage: str, _step: int, _loss: float) -> None:
        stages.append(stage)

    train_sprout(recipe, icons, tmp_path / "run", tmp_path / "weights", report)
    assert [stages.count(stage) for stage in ("planner", "transformer", "decoder")] == [2, 4, 2]
    assert len((tmp_path / "run" / "losses.jsonl").read_text().splitlines()) == 8
    assert sorted(path.name for path in (tmp_path / "run" / "samples").iterdir()) == [
        *("decoder-000002.png", "transformer-000002.png", "transformer-000004.png")
    ]
    sprout = Sprout.from_pretrained(tmp_path / "weights")
    request = GenerationRequest("a cat above a dog", AspectRatio.CLASSIC_4_3, seed=1)
    pipeline = SproutPipeline(sprout, num_inference_steps=2)
    assert pipeline.decode(pipeline.latents(request, lambda _step, _steps: None)).size == (9 * 64, 7 * 64)

    stages.clear()
    train_sprout(recipe, icons, tmp_path / "run", tmp_path / "again", report)
    assert stages == []
    assert Sprout.from_pretrained(tmp_path / "again").digest == sprout.digest


def test_a_new_run_may_begin_with_the_weights_of_another(recipe: SproutRecipe, icons: Path, tmp_path: Path) -> None:
    def train(name: str, steps: int, start: Path | None = None) -> Sprout:
        shorter = replace(recipe, transformer=replace(recipe.transformer, steps=steps))
        train_sprout(shorter, icons, tmp_path / f"run-{name}", tmp_path / name, lambda _s, _n, _l: None, start)
        return Sprout.from_pretrained(tmp_path / name)

    first = train("first", 4)
    unchanged = train("unchanged", 0, tmp_path / "first")
    for name, tensor in first.transformer.state_dict().items():
        # Looks are rounded anew when they are written.
        torch.testing.assert_close(unchanged.transformer.state_dict()[name], tensor, atol=1e-6, rtol=0)
    assert torch.equal(unchanged.autoencoder.components, first.autoencoder.components)
    with pytest.raises(ConfigurationError, match="another shape"):
        train("other", 0, save(tmp_path / "tiny"))


def test_a_stage_without_steps_keeps_what_was_there(recipe: SproutRecipe, icons: Path, tmp_path: Path) -> None:
    def train(name: str, recipe: SproutRecipe, start: Path | None = None) -> Sprout:
        train_sprout(recipe, icons, tmp_path / f"run-{name}", tmp_path / name, lambda _s, _n, _l: None, start)
        return Sprout.from_pretrained(tmp_path / name)

    first = train("first", recipe)
    kept = replace(recipe, planner=replace(recipe.planner, steps=0), autoencoder=replace(recipe.autoencoder, steps=0))
    more = train("more", kept, tmp_path / "first")
    for network in ("planner", "autoencoder"):
        before, after = (getattr(sprout, network).state_dict() for sprout in (first, more))
        assert all(torch.equal(before[name], after[name]) for name in before)
    before, after = (sprout.transformer.out.weight for sprout in (first, more))
    assert not torch.equal(before, after), "the transformer was to go on"
    with pytest.raises(ConfigurationError, match="--start"):
        train("nothing", kept)


def test_samples_change_nothing_of_the_run(recipe: SproutRecipe, icons: Path, tmp_path: Path) -> None:
    digests = []
    for samples in (False, True):
        folder = tmp_path / str(samples)
        torch.manual_seed(3)
        train_sprout(recipe, icons, folder, folder / "weights", lambda _s, _n, _l: None, samples=samples)
        digests.append(Sprout.from_pretrained(folder / "weights").digest)
    assert digests[0] == digests[1]
    assert not (tmp_path / "False" / "samples").exists()


def test_two_processes_train_one_model_and_agree_on_every_weight(icons: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    script = ["-m", "tests.training.tiny_recipe", str(icons), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    ran = subprocess.run([*command, *script], capture_output=True, text=True, env=environment, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    first, second = sorted(line.split() for line in ran.stdout.splitlines() if line.count(" ") >= 3)
    assert (first[:2], second[:2]) == (["0", "2"], ["1", "2"])
    assert first[2:4] == second[2:4]
    # Only one of them tells.
    assert first[4:] == [
        "planner1",
        "planner2",
        "transformer1",
        "transformer2",
        "transformer3",
        "transformer4",
        "decoder1",
        "decoder2",
    ]
    assert second[4:] == []
    assert Sprout.from_pretrained(tmp_path / "weights").transformer.config.depth == RECIPE.transformer.depth
