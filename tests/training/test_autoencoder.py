from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.sprout.transformer import Transformer
from seedbed.training.autoencoder import AutoencoderRecipe, fit_autoencoder, reconstruction_loss, train_decoder
from seedbed.training.painter import Painter
from seedbed.training.sprout import world_vocabulary
from seedbed.training.studies import RenderedStudies, rendered_pictures
from seedbed.world.dataset import StudyDataset
from seedbed.world.icons import IconLibrary
from seedbed.world.mix import DEFAULT
from tests.training.tiny_recipe import RECIPE as TINY

CONFIG = AutoencoderConfig(latent_channels=8, widths=(16, 16, 16), head_width=16, enlargement=2)
MIX = replace(DEFAULT, nouns=24)
RECIPE = AutoencoderRecipe(CONFIG, steps=4, batch_size=1, warm_up=2, checkpoint_every=2, compile=False)


def painter_of(autoencoder: Autoencoder) -> Painter:
    """Draws with random weights, the same each time."""
    numbers = world_vocabulary(MIX).numbers
    sizes = replace(TINY.transformer, latent_channels=CONFIG.latent_channels).config(len(numbers))
    torch.manual_seed(1)
    transformer = Transformer(sizes).eval().requires_grad_(False)
    return Painter(autoencoder, transformer, numbers)


class _Interrupted(Exception):
    pass


@pytest.fixture(scope="module")
def fitted(icons: Path) -> Autoencoder:
    return fit_autoencoder(RECIPE, rendered_pictures(IconLibrary(icons), RECIPE.seed, 12, MIX))


def _train(fitted: Autoencoder, icons: Path, checkpoint: Path, until: int = 4) -> tuple[Autoencoder, list[int]]:
    autoencoder = _copy(fitted)
    steps: list[int] = []

    def report(step: int, _loss: float) -> None:
        if step > until:
            raise _Interrupted
        steps.append(step)

    try:
        painter = painter_of(autoencoder)
        studies = RenderedStudies(painter, icons, RECIPE.seed, RECIPE.batch_size, MIX, processes=0)
        train_decoder(RECIPE, autoencoder, studies, checkpoint, report)
    except _Interrupted:
        assert len(steps) == until
    return autoencoder, steps


def _copy(fitted: Autoencoder) -> Autoencoder:
    torch.manual_seed(0)
    copy = Autoencoder(CONFIG)
    copy.load_state_dict(dict(fitted.named_buffers()), strict=False)
    return copy


def test_the_fitted_encoder_keeps_what_scenes_are_made_of(fitted: Autoencoder, icons: Path) -> None:
    studies = StudyDataset(icons, seed=9, first=0, count=4, cells=1, enlargement=2, details=1)
    unseen = torch.stack([detail.pixels for item in range(4) for detail in studies[item].details])
    error = (fitted.project(fitted.encode(unseen)) - unseen).square().mean()
    assert error < 0.1 * (unseen - unseen.mean((0, 2, 3), keepdim=True)).square().mean()


def test_components_are_directions_at_right_angles(fitted: Autoencoder) -> None:
    gram = fitted.components @ fitted.components.T
    torch.testing.assert_close(gram, torch.eye(8), atol=1e-4, rtol=0)
    assert (fitted.scale.diff() <= 0).all()


def test_an_interrupted_run_ends_bit_for_bit_like_one_that_was_not(
    fitted: Autoencoder, icons: Path, tmp_path: Path
) -> None:
    straight, _ = _train(fitted, icons, tmp_path / "straight.pt")
    _train(fitted, icons, tmp_path / "resumed.pt", until=3)
    resumed, steps = _train(fitted, icons, tmp_path / "resumed.pt")
    assert steps == [3, 4]
    assert not resumed.training
    for name, tensor in straight.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], tensor), name
    assert not torch.equal(straight.state_dict()["decoder.enter.weight"], _copy(fitted).decoder.enter.weight)


def test_the_encoder_stays_as_it_was_fitted(fitted: Autoencoder, icons: Path, tmp_path: Path) -> None:
    trained, _ = _train(fitted, icons, tmp_path / "a.pt")
    for name, buffer in fitted.named_buffers():
        assert torch.equal(trained.get_buffer(name), buffer)


def test_the_loss_counts_edges_beside_colours() -> None:
    target = torch.zeros(1, 3, 32, 32)
    target[..., 16:] = 1.0
    assert reconstruction_loss(target, target) == 0
    brighter, blurred = target + 0.1, torch.nn.functional.avg_pool2d(target, 9, 1, 4)
    assert reconstruction_loss(brighter, target) == pytest.approx(0.1, rel=1e-4)
    assert reconstruction_loss(blurred, target) > (blurred - target).abs().mean() + 0.05
