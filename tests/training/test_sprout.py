from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.errors import ConfigurationError
from seedbed.request import AspectRatio, GenerationRequest
from seedbed.sprout.autoencoder import AutoencoderConfig
from seedbed.sprout.checkpoint import Sprout
from seedbed.sprout.transformer import TransformerConfig
from seedbed.training.recipes import SproutRecipe, recipe_named
from seedbed.training.sprout import train_sprout
from tests.sprout.tiny import save


@pytest.fixture(scope="module")
def recipe() -> SproutRecipe:
    tiny = recipe_named("tiny")
    shape = TransformerConfig(
        latent_channels=4, width=32, depth=1, heads=2, hidden=32, text_width=32, slots=4, lookups=(0,)
    )
    decoder = AutoencoderConfig(latent_channels=4, widths=(16, 16, 16), head_width=16)
    return replace(
        tiny,
        autoencoder=replace(tiny.autoencoder, config=decoder, fit_pictures=8, steps=2, batch_size=2, compile=False),
        transformer=replace(
            tiny.transformer, config=shape, text_width=32, steps=4, batch_size=2, checkpoint_every=2, compile=False
        ),
    )


def test_icons_become_weights_that_draw_and_a_finished_run_is_not_repeated(
    recipe: SproutRecipe, icons: Path, tmp_path: Path
) -> None:
    stages: list[str] = []

    def report(stage: str, _step: int, _loss: float) -> None:
        stages.append(stage)

    train_sprout(recipe, icons, tmp_path / "run", tmp_path / "weights", report)
    assert [stages.count(stage) for stage in ("transformer", "decoder")] == [4, 2]
    sprout = Sprout.from_pretrained(tmp_path / "weights")
    request = GenerationRequest("a cat above a dog", AspectRatio.CLASSIC_4_3, seed=1)
    pipeline = SproutPipeline(sprout, num_inference_steps=2)
    assert pipeline.decode(pipeline.latents(request, lambda _step, _steps: None)).size == (9 * 128, 7 * 128)

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
        assert torch.equal(unchanged.transformer.state_dict()[name], tensor)
    assert torch.equal(unchanged.autoencoder.components, first.autoencoder.components)
    with pytest.raises(ConfigurationError, match="another shape"):
        train("other", 0, save(tmp_path / "tiny"))
