import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seedbed.evaluation.finder import NODE
from seedbed.evaluation.judge_training import JudgeRecipe, train_judge
from seedbed.evaluation.lessons import LESSONS, Lessons
from seedbed.evaluation.namer import crops
from seedbed.world.dataset import EXAMINED
from seedbed.world.icons import ICON_SETS
from seedbed.world.nouns import NOUNS
from seedbed.world.placed import Placed
from seedbed.world.scene import Scene

FEW = replace(LESSONS, nouns=4, backgrounds=(("plain", 1.0),), styles=(("glossy", 1.0),))
TINY = JudgeRecipe(steps=4, batch_size=2, mix=FEW, checkpoint_every=2, warm_up=1, workers=0)


class _Interrupted(Exception):
    pass


def _until(step: int) -> object:
    def report(done: int, _loss: float) -> None:
        if done == step:
            raise _Interrupted

    return report


@pytest.fixture(scope="module")
def four_icons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packages in which the first four nouns are a disc, a box, a triangle and a cross."""
    bodies = (
        '<circle cx="64" cy="64" r="60" fill="#d33"/>',
        '<path d="M4 4h120v120H4z" fill="#36c"/>',
        '<path d="M64 4l60 120H4z" fill="#2a4"/>',
        '<path d="M44 4h40v40h40v40H84v40H44V84H4V44h40z" fill="#222"/>',
    )
    folder = tmp_path_factory.mktemp("four")
    icons = {noun.icon: {"body": body} for noun, body in zip(NOUNS[:4], bodies, strict=True)}
    for name in ICON_SETS.values():
        path = folder / name / "package" / "icons.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"width": 128, "height": 128, "icons": icons}))
    return folder


def test_it_learns_four_nouns(four_icons: Path, tmp_path: Path) -> None:
    recipe = replace(TINY, steps=80, batch_size=6, warm_up=5, checkpoint_every=100)
    networks = train_judge(recipe, four_icons, tmp_path / "judge.pt", lambda _step, _loss: None)
    unseen = Lessons(four_icons, 0, 0, 5, 8, replace(FEW, count=0.0, scenery=0.0), EXAMINED)
    named, found = [], []
    for lesson in (unseen[number] for number in range(5)):
        pictures = lesson.pictures.permute(0, 3, 1, 2).float() / 127.5 - 1
        heat = networks.finder(pictures).heat
        for picture, hot, scene in zip(pictures, heat, lesson.scenes, strict=True):
            boxes = [_box(scene, placed) for placed in scene.objects]
            names = networks.namer(crops(picture[None], boxes)).noun.argmax(1).tolist()
            named += [name == placed.noun for name, placed in zip(names, scene.objects, strict=True)]
            row, column = divmod(int(hot.argmax()), hot.shape[1])
            found.append(any(_is_within(NODE * column, NODE * row, box) for box in boxes))
    assert sum(named) / len(named) > 0.5, "by chance it would be a quarter"
    assert sum(found) / len(found) > 0.3, "by chance it would be a tenth"


def _box(scene: Scene, placed: Placed) -> tuple[int, float, float, float]:
    canvas = scene.canvas
    return 0, placed.x * canvas.width, placed.y * canvas.height, placed.size * canvas.short_side


def _is_within(x: float, y: float, box: tuple[int, float, float, float]) -> bool:
    _, middle_x, middle_y, side = box
    return max(abs(x - middle_x), abs(y - middle_y)) < side / 4


@pytest.mark.parametrize("stop", [1, 3])
def test_an_interrupted_run_ends_as_if_it_never_was(icons: Path, tmp_path: Path, stop: int) -> None:
    whole = train_judge(TINY, icons, tmp_path / "whole.pt", lambda _step, _loss: None)
    with pytest.raises(_Interrupted):
        train_judge(TINY, icons, tmp_path / "cut.pt", _until(stop))  # type: ignore[arg-type]
    cut = train_judge(TINY, icons, tmp_path / "cut.pt", lambda _step, _loss: None)
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), cut.state_dict().values(), strict=True))


def test_a_checkpoint_inside_a_batch_that_is_looked_at_again_resumes_too(icons: Path, tmp_path: Path) -> None:
    odd = replace(TINY, looks=3, checkpoint_every=2)
    whole = train_judge(odd, icons, tmp_path / "whole.pt", lambda _step, _loss: None)
    with pytest.raises(_Interrupted):
        train_judge(odd, icons, tmp_path / "cut.pt", _until(3))  # type: ignore[arg-type]
    cut = train_judge(odd, icons, tmp_path / "cut.pt", lambda _step, _loss: None)
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), cut.state_dict().values(), strict=True))


def test_a_process_of_its_own_renders_the_same(icons: Path, tmp_path: Path) -> None:
    here = train_judge(replace(TINY, steps=2), icons, tmp_path / "a.pt", lambda _step, _loss: None)
    there = train_judge(replace(TINY, steps=2, workers=1), icons, tmp_path / "b.pt", lambda _step, _loss: None)
    assert all(torch.equal(a, b) for a, b in zip(here.state_dict().values(), there.state_dict().values(), strict=True))


def test_scenes_without_objects_teach_too(icons: Path, tmp_path: Path) -> None:
    empty = dict.fromkeys(("single", "pair", "count", "grouped", "coloured", "placed", "several"), 0.0)
    mix = replace(FEW, **empty, scenery=1.0)  # type: ignore[arg-type]
    losses: list[float] = []
    train_judge(replace(TINY, mix=mix), icons, tmp_path / "a.pt", lambda _step, loss: losses.append(loss))
    assert all(torch.isfinite(torch.tensor(losses)))
