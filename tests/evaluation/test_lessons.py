from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seedbed.evaluation.lessons import LESSONS, Lessons, bends, soiled
from seedbed.evaluation.namer import CROP
from seedbed.world.dataset import CROPS, FITTED, JUDGED, SCENES

FEW = replace(LESSONS, nouns=6)


def lessons(icons: Path, first: int = 0, count: int = 3) -> Lessons:
    return Lessons(icons, 0, first, count, 3, FEW)


def test_a_lesson_is_the_same_wherever_a_run_began(icons: Path) -> None:
    late, early = lessons(icons, first=2)[0], lessons(icons)[2]
    assert late.scenes == early.scenes
    assert torch.equal(late.pictures, early.pictures)
    assert lessons(icons)[1].scenes != early.scenes


def test_a_lesson_is_scenes_of_one_shape(icons: Path) -> None:
    for number in range(3):
        lesson = lessons(icons)[number]
        canvas = lesson.scenes[0].canvas
        assert {scene.canvas for scene in lesson.scenes} == {canvas}
        assert lesson.pictures.shape == (3, canvas.height, canvas.width, 3)


def test_lessons_end(icons: Path) -> None:
    assert len(lessons(icons)) == 3
    with pytest.raises(IndexError):
        lessons(icons)[3]


def test_the_judge_learns_from_no_stream_of_training() -> None:
    assert JUDGED not in {CROPS, SCENES, FITTED}


def test_soiling_moves_pictures_as_it_says_and_is_repeatable(icons: Path) -> None:
    lesson = lessons(icons)[0]
    first, moves = soiled(lesson, torch.Generator().manual_seed(4))
    again, same = soiled(lesson, torch.Generator().manual_seed(4))
    assert torch.equal(first, again)
    assert torch.equal(moves, same)
    clean = lesson.pictures.permute(0, 3, 1, 2).float() / 127.5 - 1
    assert first.shape == clean.shape
    for picture, before, (across, down) in zip(first, clean, moves.tolist(), strict=True):
        moved = before.roll((down, across), (1, 2))
        inside = (slice(None), slice(16, -16), slice(16, -16))
        assert (picture - moved)[inside].abs().mean() < 0.3
    assert not torch.equal(first, soiled(lesson, torch.Generator().manual_seed(5))[0])


def test_bends_are_smooth_and_small() -> None:
    bend = bends(5, torch.Generator().manual_seed(0))
    assert bend.shape == (5, CROP, CROP, 2)
    assert 0 < bend.abs().max() < 0.25
    assert bend.diff(dim=1).abs().max() < 0.02


def test_most_counts_become_crowds_of_different_nouns(icons: Path) -> None:
    counts = replace(FEW, single=0.0, pair=0.0, count=1.0, coloured=0.0, placed=0.0, scenery=0.0)
    of = Lessons(icons, 0, 0, 4, 8, counts)
    scenes = [scene for number in range(4) for scene in of[number].scenes]
    different = [scene for scene in scenes if not scene.is_count]
    assert 0.5 < len(different) / len(scenes) < 1
    assert all(len({placed.noun for placed in scene.objects}) == len(scene.objects) for scene in different)


def test_single_objects_come_in_every_size_and_stay_within(icons: Path) -> None:
    singles = replace(FEW, single=1.0, pair=0.0, count=0.0, coloured=0.0, placed=0.0, scenery=0.0)
    of = Lessons(icons, 0, 0, 8, 8, singles)
    scenes = [scene for number in range(8) for scene in of[number].scenes]
    sizes = {round(scene.objects[0].size, 3) for scene in scenes}
    assert len(sizes) > 20
    assert min(sizes) < 0.25
    assert max(sizes) > 0.85
    for scene in scenes:
        (placed,), canvas = scene.objects, scene.canvas
        half = placed.size * canvas.short_side / 2
        assert half - 1e-6 <= placed.x * canvas.width <= canvas.width - half + 1e-6
        assert half - 1e-6 <= placed.y * canvas.height <= canvas.height - half + 1e-6
