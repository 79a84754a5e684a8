from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.sprout.canvas import latent_grid
from seedbed.training.latents import SceneLatents
from seedbed.world.backgrounds import BLENDS
from seedbed.world.canvas import canvas_of
from seedbed.world.dataset import pixels_to_tensor
from seedbed.world.icons import IconLibrary
from seedbed.world.mix import FIRST
from seedbed.world.render import render
from seedbed.world.scene import BACKGROUNDS, Placed, Relation, Scene, draw_scene
from seedbed.world.sceneries import SCENERIES
from seedbed.world.styles import STYLES
from seedbed.world.text import Letter, Sign, Text


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
    return world.autoencoder.encode(torch.stack([pixels_to_tensor(render(scene, world.icons)) for scene in scenes]))


@pytest.mark.parametrize("ratio", AspectRatio)
def test_latents_put_together_are_those_of_the_rendered_picture(world: SceneLatents, ratio: AspectRatio) -> None:
    canvas = canvas_of(ratio)
    scenes = [draw_scene(np.random.default_rng((1, number)), canvas) for number in range(12)]
    latents = torch.stack([world.latents(scene) for scene in scenes])
    # Pixels are rounded to 1 / 255 in a rendered picture.
    torch.testing.assert_close(latents, _rendered(world, scenes), atol=0.02, rtol=0.0)
    assert latents.std() > 0.5


CAT, FOX = Placed(0, 0.25, 0.5, 0.25), Placed(3, 0.75, 0.5, 0.25, "blue")
PAIR = Scene(canvas_of(AspectRatio.SQUARE_1_1), "flat", True, "teal", True, (CAT, FOX), Relation.LEFT_OF)


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
    other = replace(scene, text=replace(WORD, letters=WORD.letters[::-1]))
    assert torch.equal(world.latents(other), world.latents(scene))


def test_what_was_drawn_before_changes_nothing(world: SceneLatents) -> None:
    fresh = SceneLatents(IconLibrary(world.icons.folder), world.autoencoder)
    for scene in (PAIR, replace(PAIR, background="sea")):
        assert torch.equal(fresh.latents(scene), world.latents(scene))


def test_a_mix_says_what_is_drawn(world: SceneLatents) -> None:
    first = SceneLatents(world.icons, world.autoencoder, FIRST)
    scenes = [scene for seed in range(10) for scene in first.batch(np.random.default_rng(seed), 8)[1]]
    assert {scene.style for scene in scenes} == {"flat", "glossy"}
    assert {scene.background for scene in scenes} <= set(BACKGROUNDS)


@pytest.mark.parametrize("ratio", AspectRatio)
def test_a_canvas_is_its_grid_of_latents_in_pixels(ratio: AspectRatio) -> None:
    rows, columns = latent_grid(ratio)
    assert (canvas_of(ratio).width, canvas_of(ratio).height) == (32 * columns, 32 * rows)


def test_a_batch_is_scenes_of_one_shape_and_their_latents(world: SceneLatents) -> None:
    for number in range(5):
        latents, scenes = world.batch(np.random.default_rng(number), 4)
        assert len({scene.canvas for scene in scenes}) == 1
        assert torch.equal(latents, torch.stack([world.latents(scene) for scene in scenes]))


def test_batches_come_in_every_shape_and_never_twice(world: SceneLatents) -> None:
    rng = np.random.default_rng(0)
    scenes = [scene for _ in range(60) for scene in world.batch(rng, 4)[1]]
    assert {scene.canvas for scene in scenes} == {canvas_of(ratio) for ratio in AspectRatio}
    assert len(set(scenes)) > 0.98 * len(scenes)


def test_the_same_generator_gives_the_same_batch(world: SceneLatents) -> None:
    one, other = (world.batch(np.random.default_rng(7), 3) for _ in range(2))
    assert torch.equal(one[0], other[0])
    assert one[1] == other[1]
