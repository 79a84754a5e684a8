import numpy as np
import pytest
import torch

from seedbed.compositor import grounds
from seedbed.compositor.grounds import GroundBank
from seedbed.compositor.layouts import GROUND_NAMES, layout_of
from seedbed.compositor.squares import pictures_of
from seedbed.world.backgrounds import BLENDS, background
from seedbed.world.canvas import Canvas
from seedbed.world.scene import Scene
from seedbed.world.sceneries import SCENERIES

CPU = torch.device("cpu")
SMALL, BROAD = Canvas(96, 64), Canvas(64, 32)


def _scene(style: str, name: str, variant: int, canvas: Canvas = SMALL) -> Scene:
    return Scene(canvas, style, True, name, True, (), variant=variant)


@pytest.mark.parametrize("name", ["dots", "sea"])
def test_grounds_by_themselves_are_as_no_style_changes_them(name: str) -> None:
    bank = GroundBank((SMALL, BROAD), CPU)
    bank.pages(layout_of([_scene("neon", "sea", 2)], ()), SMALL.unit)
    for canvas in (SMALL, BROAD):
        found = bank.looks(GROUND_NAMES.index(name), 2, canvas.rows, canvas.columns)
        meant = background(name, ("white", "black") if name in BLENDS else (), 2, canvas)
        assert float((found - torch.from_numpy(meant).permute(2, 0, 1)).abs().max()) <= 0.5 / 255 + 1e-6


def test_a_scenery_is_drawn_when_it_is_first_asked_for_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[str, int]] = []
    draw = grounds._scenery

    def note(asked: tuple[str, int, Canvas]) -> np.ndarray:
        drawn.append(asked[:2])
        return draw(asked)

    monkeypatch.setattr(grounds, "_scenery", note)
    bank = GroundBank((SMALL, BROAD), CPU)
    scenes = [
        _scene("sepia", "sea", 2),
        _scene("flat", "sea", 2),
        _scene("sepia", "room", 0),
        _scene("flat", "teal", 0),
    ]
    first, again = (bank.pages(layout_of(scenes, ()), SMALL.unit) for _ in range(2))
    assert sorted(drawn) == [("room", 0), ("sea", 2)]
    assert torch.equal(first, again)
    bank.pages(layout_of([_scene("glossy", "room", 0), _scene("flat", "room", 1)], ()), SMALL.unit)
    assert sorted(drawn) == [("room", 0), ("room", 1), ("sea", 2)]


def test_processes_draw_all_ahead_and_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    few = {name: SCENERIES[name] for name in list(SCENERIES)[:2]}
    monkeypatch.setattr("seedbed.compositor.grounds.SCENERIES", few)
    ahead, asked = GroundBank((BROAD,), CPU, processes=1), GroundBank((BROAD,), CPU)
    monkeypatch.setattr(grounds, "_scenery", None)  # from here on nothing can be drawn
    scenes = [_scene(style, name, 1, BROAD) for style in ("flat", "watercolour") for name in few]
    layout = layout_of(scenes, ())
    pages = ahead.pages(layout, BROAD.unit)
    with pytest.raises(TypeError):
        asked.pages(layout, BROAD.unit)
    monkeypatch.undo()
    pictures = pictures_of(pages), pictures_of(asked.pages(layout, BROAD.unit))
    assert torch.equal(*pictures)
