from collections import Counter
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from seedbed.world.backgrounds import BLENDS
from seedbed.world.mix import DEFAULT, FIRST, drawn
from seedbed.world.scene import Canvas, Scene, draw_scene
from seedbed.world.sceneries import SCENERIES
from seedbed.world.styles import STYLES

COMPOSITIONS = ("single", "pair", "count", "grouped", "coloured", "placed", "several", "scenery", "text")
ALONE = replace(DEFAULT, **dict.fromkeys(COMPOSITIONS, 0.0), styles=FIRST.styles)  # type: ignore[arg-type]


def _scenes(composition: str, count: int = 60) -> list[Scene]:
    share: Any = {composition: 1.0}
    mix = replace(ALONE, **share)
    return [draw_scene(np.random.default_rng(seed), Canvas(256, 256), mix) for seed in range(count)]


def test_shares_are_weights() -> None:
    shares = (("one", 2.0), ("other", 6.0))
    assert [drawn(shares, chance) for chance in (0.0, 0.24, 0.26, 0.999)] == ["one", "one", "other", "other"]
    counted = Counter(drawn(shares, chance) for chance in np.linspace(0, 1, 400, endpoint=False))
    assert counted == {"one": 100, "other": 300}


def test_every_kind_of_background_and_style_is_drawn() -> None:
    assert {name for name, _ in DEFAULT.backgrounds} == {"plain", *BLENDS, *SCENERIES}
    assert {name for name, _ in DEFAULT.styles} == set(STYLES)
    assert sum(share for _, share in DEFAULT.backgrounds) == pytest.approx(1)


def test_a_share_of_zero_is_never_drawn() -> None:
    names = {field.name for field in fields(DEFAULT)}
    assert set(COMPOSITIONS) <= names
    assert all(len(scene.objects) == 1 for scene in _scenes("single"))
    assert all(scene.relation for scene in _scenes("pair"))
    assert all(scene.is_count for scene in _scenes("count"))
    assert all(len(scene.groups) == 2 < len(scene.objects) for scene in _scenes("grouped"))
    assert all(any(placed.colour for placed in scene.objects) for scene in _scenes("coloured"))
    assert all(scene.objects[0].said_place or scene.objects[0].said_size for scene in _scenes("placed"))
    assert {len(scene.objects) for scene in _scenes("several")} == {3, 4}
    assert all(scene.is_empty and scene.background_named for scene in _scenes("scenery"))
    assert all(scene.text for scene in _scenes("text"))
    assert not any(scene.text for name in COMPOSITIONS[:-1] for scene in _scenes(name, 10))


def test_counts_go_up_to_six() -> None:
    assert {len(scene.objects) for scene in _scenes("count", 200)} == {2, 3, 4, 5, 6}


def test_only_the_first_nouns_are_in_use() -> None:
    mix = replace(DEFAULT, nouns=10)
    scenes = [draw_scene(np.random.default_rng(seed), Canvas(256, 256), mix) for seed in range(300)]
    assert {placed.noun for scene in scenes for placed in scene.objects} == set(range(10))
