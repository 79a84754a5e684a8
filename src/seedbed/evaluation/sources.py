"""Where pictures of an item come from: Sprout, the renderer (the ceiling), or the autoencoder there and back."""

from collections.abc import Callable
from dataclasses import replace

import torch
from PIL import Image

from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.evaluation.prompts import Item
from seedbed.request import DEFAULT_GUIDANCE_SCALE, GenerationRequest
from seedbed.world.dataset import pixels_to_tensor
from seedbed.world.icons import IconLibrary
from seedbed.world.render import render
from seedbed.world.scene import Scene

__all__ = ["Source", "drawn", "render_scene", "rendered", "round_trip"]

Source = Callable[[Item, int], Image.Image]
"""A picture of an item with a seed, uncut, on the item's canvas or a whole multiple of it."""


def drawn(pipeline: SproutPipeline, guidance_scale: float = DEFAULT_GUIDANCE_SCALE) -> Source:
    """What Sprout draws for the item's prompt."""

    def draw(item: Item, seed: int) -> Image.Image:
        request = GenerationRequest(item.prompt, item.aspect_ratio, guidance_scale, seed)
        return pipeline.decode(pipeline.latents(request, lambda _step, _steps: None))

    return draw


def rendered(icons: IconLibrary) -> Source:
    """The item's scene as the renderer draws it, at twice the canvas as Sprout does; the seed changes nothing."""
    return lambda item, _seed: render_scene(item.scene, icons)


def render_scene(scene: Scene, icons: IconLibrary) -> Image.Image:
    """The scene's picture at twice its canvas."""
    return Image.fromarray(render(replace(scene, canvas=scene.canvas.enlarged(2)), icons))


def round_trip(pipeline: SproutPipeline, icons: IconLibrary) -> Source:
    """The item's scene encoded and decoded by Sprout's autoencoder: what no transformer could surpass."""

    @torch.inference_mode()
    def draw(item: Item, _seed: int) -> Image.Image:
        pixels = pixels_to_tensor(render(item.scene, icons))[None]
        return pipeline.decode(pipeline.sprout.autoencoder.encode(pixels))

    return draw
