from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.sprout.canvas import PIXELS_PER_LATENT, latent_grid
from seedbed.sprout.cells import Sizes
from seedbed.training.batches import BatchRecipe, drawing_canvas
from seedbed.training.latents import SceneLatents
from seedbed.training.plans import REPERTOIRE
from seedbed.training.sprout import world_vocabulary
from seedbed.world.backgrounds import BLENDS
from seedbed.world.dataset import pixels_to_tensor
from seedbed.world.icons import IconLibrary
from seedbed.world.nouns import NOUNS
from seedbed.world.render import render
from seedbed.world.scene import BACKGROUNDS, Placed, Relation, Scene, draw_scene
from seedbed.world.sceneries import SCENERIES
from seedbed.world.styles import STYLES
from seedbed.world.text import Letter, Sign, Text
from tests.training.tiny_recipe import RECIPE as TINY

THINGS = world_vocabulary(TINY.mix).numbers


@pytest.fixture(scope="module")
def world(icons: Path) -> SceneLatents:
    """Latents of four numbers; the encoder is random, so that no symmetry of it can hide a mistake."""
    network = Autoencoder(AutoencoderConfig(latent_channels=4, widths=(16, 16, 16), head_width=16))
    random = torch.Generator().manual_seed(3)
    network.components.copy_(torch.randn(network.components.shape, generator=random) / 50)
    network.mean.copy_(torch.randn(network.mean.shape, generator=random) / 5)
    network.scale.copy_(torch.tensor([0.5, 1.0, 2.0, 3.0]))
    return SceneLatents(IconLibrary(icons), network)


def _rendered(world: SceneLatents, scenes: list[Scene]) -> torch.Tensor:
    return world.autoencoder.encode(torch.stack([pixels_to_tensor(render(scene, world.library)) for scene in scenes]))


@pytest.mark.parametrize("ratio", AspectRatio)
def test_latents_put_together_are_those_of_the_rendered_picture(world: SceneLatents, ratio: AspectRatio) -> None:
    canvas = drawing_canvas(ratio)
    scenes = [draw_scene(np.random.default_rng((1, number)), canvas) for number in range(6)]
    latents = torch.stack([world.latents(scene) for scene in scenes])
    # Pixels are rounded to 1 / 255 in a rendered picture.
    torch.testing.assert_close(latents, _rendered(world, scenes), atol=0.02, rtol=0.0)
    assert latents.std() > 0.5


CAT, FOX = Placed(0, 0.25, 0.5, 0.25), Placed(3, 0.75, 0.5, 0.25, "blue")
PAIR = Scene(drawing_canvas(AspectRatio.SQUARE_1_1), "flat", True, "teal", True, (CAT, FOX), Relation.LEFT_OF)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("background", ["teal", "sea", "studio"])
def test_every_style_is_encoded_as_it_is_drawn(world: SceneLatents, style: str, background: str) -> None:
    scene = replace(PAIR, style=style, background=background)
    torch.testing.assert_close(world.latents(scene)[None], _rendered(world, [scene]), atol=0.03, rtol=0.0)


@pytest.mark.parametrize("background", [*BLENDS, *SCENERIES])
def test_every_background_is_encoded_as_it_is_drawn(world: SceneLatents, background: str) -> None:
    scene = replace(PAIR, background=background, ground_colours=("pink", "gray"), variant=1)
    torch.testing.assert_close(world.latents(scene)[None], _rendered(world, [scene]), atol=0.03, rtol=0.0)


WORD = Text(tuple(Letter(character, 2 + column, 5) for column, character in enumerate("HOLA")), 1, "black")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("sign", [None, Sign("white"), Sign("blue", True)])
def test_a_word_is_encoded_as_it_is_drawn(world: SceneLatents, style: str, sign: Sign | None) -> None:
    scene = replace(PAIR, style=style, objects=(CAT,), relation=None, text=replace(WORD, sign=sign))
    torch.testing.assert_close(world.latents(scene)[None], _rendered(world, [scene]), atol=0.03, rtol=0.0)
    other = replace(scene, text=replace(WORD, letters=WORD.letters[::-1], sign=sign))
    assert torch.equal(world.latents(other), world.latents(scene))


def test_what_was_drawn_before_changes_nothing(world: SceneLatents) -> None:
    fresh = SceneLatents(IconLibrary(world.library.folder), world.autoencoder)
    for scene in (PAIR, replace(PAIR, background="sea")):
        assert torch.equal(fresh.latents(scene), world.latents(scene))


@pytest.mark.parametrize("ratio", AspectRatio)
def test_a_canvas_is_its_grid_of_latents_in_pixels(ratio: AspectRatio) -> None:
    rows, columns = latent_grid(ratio)
    canvas = drawing_canvas(ratio)
    assert (canvas.width, canvas.height) == (PIXELS_PER_LATENT * columns, PIXELS_PER_LATENT * rows)


def test_batches_are_the_latents_of_their_scenes(world: SceneLatents) -> None:
    recipe = BatchRecipe(0, 2, TINY.mix, THINGS, Sizes(len(THINGS), 9, 32, 16, 12), null_plans=0.5)
    shown = list(world.batches(recipe, [5, 3]))
    for number, (latents, cells) in zip([5, 3], shown, strict=True):
        scenes, drawn = recipe.draw(number)
        assert torch.equal(latents, torch.stack([world.latents(scene) for scene in scenes]))
        assert all(map(torch.equal, cells, drawn))


def test_an_icon_is_its_ink_and_what_shows_through(world: SceneLatents) -> None:
    """On white, so that it does not matter which channel is how clear."""
    ((ink,), (clear,)) = world.icons("glossy", [NOUNS[0].icon], 4)
    scene = replace(PAIR, style="glossy", background="white", objects=(CAT,), relation=None)
    # The cat is two cells wide, from the second column and the third row on.
    there = world.latents(scene)[:, 6:10, 2:6]
    torch.testing.assert_close(ink + 3.0 * clear, there, atol=1e-4, rtol=0.0)


@pytest.mark.parametrize("name", ["dots", "beach"])
def test_a_ground_is_encoded_by_itself(world: SceneLatents, name: str) -> None:
    number = REPERTOIRE.grounds.index(name) - len(BACKGROUNDS)
    colours = ("white", "black") if name in BLENDS else ()
    scene = replace(PAIR, background=name, ground_colours=colours, variant=1, objects=(), relation=None)
    ground = world.ground(number, 1, AspectRatio.SQUARE_1_1)
    # Pixels are rounded to 1 / 255 in a rendered picture.
    torch.testing.assert_close(ground[None], _rendered(world, [scene]), atol=0.03, rtol=0.0)
