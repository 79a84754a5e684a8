"""The world on a device against the world on a CPU."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.sprout.transformer import Transformer
from seedbed.training.batches import BatchRecipe
from seedbed.training.composited import CompositedStudies, CompositedWorld, Studio, composited_pictures
from seedbed.training.latents import SceneLatents
from seedbed.training.painter import Painter
from seedbed.training.plans import REPERTOIRE
from seedbed.training.sprout import world_vocabulary
from seedbed.training.studies import rendered_pictures
from seedbed.world.colours import BACKGROUNDS
from seedbed.world.icons import IconLibrary
from seedbed.world.mix import DEFAULT
from seedbed.world.nouns import NOUNS
from seedbed.world.render import composed
from tests.compositor.scenes import names_of
from tests.training.tiny_recipe import RECIPE as TINY

CPU = torch.device("cpu")
MIX = replace(DEFAULT, nouns=6, text=0.15)
THINGS = world_vocabulary(MIX).numbers
SIZES = TINY.transformer.config(len(THINGS)).sizes
BATCHES = BatchRecipe(4, 3, MIX, THINGS, SIZES, null_plans=0.3)
STUDIES = BatchRecipe(5, 2, TINY.mix, THINGS, SIZES, null_plans=0.0)
NUMBERS = range(3)


@pytest.fixture(scope="module")
def autoencoder() -> Autoencoder:
    """A random encoder, so that no symmetry of it can hide a mistake."""
    network = Autoencoder(AutoencoderConfig(latent_channels=4, widths=(16, 16, 16), head_width=16))
    random = torch.Generator().manual_seed(3)
    network.components.copy_(torch.randn(network.components.shape, generator=random) / 50)
    network.mean.copy_(torch.randn(network.mean.shape, generator=random) / 5)
    network.scale.copy_(torch.tensor([0.5, 1.0, 2.0, 3.0]))
    return network


@pytest.fixture(scope="module")
def studio(icons: Path) -> Studio:
    scenes = [scene for number in NUMBERS for scene in BATCHES.draw(number)[0]]
    shown = names_of(scenes)
    return Studio(icons, (*shown, *(noun.icon for noun in NOUNS[:6] if noun.icon not in shown)), CPU)


@pytest.fixture(scope="module")
def world(studio: Studio, autoencoder: Autoencoder) -> CompositedWorld:
    return CompositedWorld(studio, autoencoder)


@pytest.fixture(scope="module")
def plain(icons: Path, autoencoder: Autoencoder) -> SceneLatents:
    return SceneLatents(IconLibrary(icons), autoencoder)


def _apart(found: torch.Tensor, meant: torch.Tensor) -> float:
    """The mean error, as a share of what is meant."""
    assert found.shape == meant.shape
    return float((found - meant).abs().mean() / meant.abs().mean())


def test_batches_are_those_of_the_cpu(world: CompositedWorld, plain: SceneLatents) -> None:
    pairs = list(zip(world.batches(BATCHES, NUMBERS), plain.batches(BATCHES, NUMBERS), strict=True))
    assert len(pairs) == len(NUMBERS)
    for (found, cells), (meant, planned) in pairs:
        assert _apart(found, meant) < 0.01
        assert all(map(torch.equal, cells, planned))


@pytest.mark.parametrize(
    ("style", "level", "colour"), [("flat", 12, None), ("glossy", 2, "teal"), ("watercolour", 8, "red")]
)
def test_icons_are_those_of_the_cpu(
    world: CompositedWorld, plain: SceneLatents, style: str, level: int, colour: str | None
) -> None:
    asked = (style, [noun.icon for noun in NOUNS[:3]], level, colour)
    for found, meant in zip(world.icons(*asked), plain.icons(*asked), strict=True):
        assert _apart(found, meant) < 0.01


@pytest.mark.parametrize("name", ["stripes", "forest"])
def test_grounds_are_those_of_the_cpu(world: CompositedWorld, plain: SceneLatents, name: str) -> None:
    asked = (REPERTOIRE.grounds.index(name) - len(BACKGROUNDS), 1, AspectRatio.STANDARD_3_2)
    assert _apart(world.ground(*asked), plain.ground(*asked)) < 0.01


def test_pictures_are_those_of_the_cpu(studio: Studio, icons: Path) -> None:
    found, meant = composited_pictures(studio, 3, 2, TINY.mix), rendered_pictures(IconLibrary(icons), 3, 2, TINY.mix)
    assert found.shape == (2, 3, 512, 512)
    # From -1 to 1 they are twice as far apart as from 0 to 1.
    assert float((found - meant).abs().mean()) < 0.008


def test_the_decoder_learns_from_whole_scenes_at_its_own_size(world: CompositedWorld, icons: Path) -> None:
    torch.manual_seed(1)
    transformer = Transformer(TINY.transformer.config(len(THINGS))).eval().requires_grad_(False)
    studies = CompositedStudies(world, Painter(world.autoencoder, transformer, THINGS), STUDIES)
    ((soft, target),), ((again, _), (other, _)) = studies([3]), studies([3, 4])
    assert soft.shape[:2] == target.shape[:2] == (2, 3)
    assert [2 * side for side in soft.shape[2:]] == list(target.shape[2:])
    assert torch.equal(soft, again)
    assert soft.shape != other.shape or not torch.equal(soft, other)
    library = IconLibrary(icons)
    for scene, picture in zip(STUDIES.draw(3)[0], target, strict=True):
        meant = composed(replace(scene, canvas=scene.canvas.enlarged(2)), library)
        assert float((picture - torch.from_numpy(2.0 * meant - 1.0).permute(2, 0, 1)).abs().mean()) < 0.008
