from dataclasses import replace
from pathlib import Path

import pytest

from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.request import AspectRatio, GenerationRequest
from seedbed.sprout.autoencoder import AutoencoderConfig
from seedbed.sprout.checkpoint import Sprout
from seedbed.sprout.transformer import TransformerConfig
from seedbed.training.recipes import SproutRecipe, recipe_named
from seedbed.training.sprout import train_sprout


@pytest.fixture(scope="module")
def recipe() -> SproutRecipe:
    tiny = recipe_named("tiny")
    shape = TransformerConfig(latent_channels=4, width=32, depth=1, heads=2, hidden=32, text_width=32)
    decoder = AutoencoderConfig(latent_channels=4, widths=(16, 16, 16), head_width=16)
    return replace(
        tiny,
        autoencoder=replace(tiny.autoencoder, config=decoder, fit_pictures=8, steps=2, batch_size=2, compile=False),
        transformer=replace(
            tiny.transformer, config=shape, text_width=32, steps=4, batch_size=2, checkpoint_every=2, compile=False
        ),
        shard_size=4,
    )


def test_icons_become_weights_that_draw_and_a_finished_run_is_not_repeated(
    recipe: SproutRecipe, icons: Path, tmp_path: Path
) -> None:
    stages: list[str] = []

    def report(stage: str, _step: int, _loss: float) -> None:
        stages.append(stage)

    train_sprout(recipe, icons, tmp_path / "run", tmp_path / "weights", report)
    assert [stages.count(stage) for stage in ("latents", "transformer", "decoder")] == [9, 4, 2]
    sprout = Sprout.from_pretrained(tmp_path / "weights")
    request = GenerationRequest("a cat above a dog", AspectRatio.CLASSIC_4_3, seed=1)
    pipeline = SproutPipeline(sprout, num_inference_steps=2)
    assert pipeline.decode(pipeline.latents(request, lambda _step, _steps: None)).size == (9 * 64, 7 * 64)

    stages.clear()
    train_sprout(recipe, icons, tmp_path / "run", tmp_path / "again", report)
    assert stages == ["latents"] * 9
    assert Sprout.from_pretrained(tmp_path / "again").digest == sprout.digest
