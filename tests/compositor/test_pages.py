"""The compositor's pictures against those of the renderer, which are what is meant."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from seedbed.compositor.layouts import layout_of
from seedbed.compositor.pages import Compositor
from seedbed.compositor.squares import pictures_of
from seedbed.world.icons import IconLibrary
from seedbed.world.render import composed
from seedbed.world.scene import Scene
from seedbed.world.styles import STYLES
from tests.compositor.scenes import CUT, SCENES, SQUARE, WIDE, in_style

# The renderer rounds grounds to 1 / 255, and its blurs are of three boxes; lines are drawn where a blur is steep.
APART = dict.fromkeys(STYLES, 0.0015) | {"flat": 0.0003, "glossy": 0.0003, "line art": 0.002, "neon": 0.0025}
"""How far apart the pictures may be, on average over all scenes."""


def drawn(compositor: Compositor, scenes: Sequence[Scene]) -> list[Tensor]:
    """Pictures of the scenes of each canvas, (scenes, 3, height, width)."""
    sheets = [[scene for scene in scenes if scene.canvas == canvas] for canvas in (SQUARE, WIDE)]
    layouts = [layout_of(sheet, compositor.atlas.names) for sheet in sheets if sheet]
    return [pictures_of(page) for page in compositor.pages(layouts)]


def rendered(scenes: Sequence[Scene], library: IconLibrary) -> Tensor:
    return torch.from_numpy(np.stack([composed(scene, library) for scene in scenes])).permute(0, 3, 1, 2)


@pytest.mark.parametrize("style", STYLES)
def test_scenes_are_what_the_renderer_draws(compositor: Compositor, library: IconLibrary, style: str) -> None:
    scenes = [in_style(scene, style) for scene in SCENES]
    pages = drawn(compositor, scenes)
    assert [page.shape[1:] for page in pages] == [(3, 512, 512), (3, 384, 704)]
    meant = [rendered([scene for scene in scenes if scene.canvas == canvas], library) for canvas in (SQUARE, WIDE)]
    apart = torch.cat([(page - there).abs().mean((1, 2, 3)) for page, there in zip(pages, meant, strict=True)])
    assert float(apart.mean()) < APART[style]
    assert float(apart.max()) < 0.005
    # No other scene is that near.
    assert float((pages[0] - meant[0].roll(1, 0)).abs().mean((1, 2, 3)).min()) > 0.005


def test_what_lies_outside_is_cut(compositor: Compositor) -> None:
    *inside, outside = CUT.objects
    ((cut, without, bare),) = drawn(compositor, [CUT, replace(CUT, objects=tuple(inside)), replace(CUT, objects=())])
    assert outside.x > 1.0
    assert torch.equal(cut, without)
    # Nothing comes in again on the other side.
    shows = (cut != bare).any(0)
    assert shows[:128, :128].any()
    assert shows[384:, 384:].any()
    assert not shows[:128, 128:].any()
    assert not shows[128:384].any()


def test_a_scene_is_the_same_picture_in_any_company(compositor: Compositor) -> None:
    scenes = [in_style(scene, style) for scene, style in zip(SCENES[1::2], STYLES, strict=False)]
    together = [picture for page in drawn(compositor, scenes) for picture in page]
    for scene, picture in zip(scenes, together, strict=True):
        ((alone,),) = drawn(compositor, [scene])
        torch.testing.assert_close(alone, picture, atol=1e-5, rtol=0.0)
