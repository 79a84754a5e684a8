"""Trains the judge, on rendered scenes only; both networks in one loop, resumed exactly after any interruption."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader

from seedbed.evaluation.finder import NODE, Maps
from seedbed.evaluation.judge import GROUNDS, STYLES, JudgeNetworks, ground_of
from seedbed.evaluation.lessons import LESSONS, Lesson, Lessons, bends, soiled
from seedbed.evaluation.namer import Names, crops
from seedbed.learning.checkpoints import load_checkpoint, save_checkpoint
from seedbed.learning.precision import bfloat16_pays
from seedbed.learning.schedule import learning_rate
from seedbed.world.mix import WorldMix
from seedbed.world.nouns import NOUNS
from seedbed.world.scene import Scene

__all__ = ["JudgeRecipe", "train_judge"]

_HEAT_WIDTH = 0.8
"""Standard deviation, in nodes, of the heat around a centre."""


@dataclass(frozen=True, slots=True)
class JudgeRecipe:
    """All that decides how the judge is trained."""

    steps: int = 6000
    batch_size: int = 16
    """Scenes a step."""
    looks: int = 2
    """How often a batch is learnt from, soiled and cropped anew each time: rendering it takes longer than that."""
    crops_per_scene: int = 6
    """Objects of each scene that the namer learns from; of several alike, one."""
    empty_crops: int = 4
    """Crops a step that show no object."""
    learning_rate: float = 2e-3
    warm_up: int = 200
    decay: float = 0.6
    """The share of the steps, at the end, over which the learning rate falls to zero."""
    mix: WorldMix = LESSONS
    seed: int = 0
    checkpoint_every: int = 250
    """Steps between checkpoints."""
    workers: int = 1
    """Processes that render; with 0 the training process renders itself."""


class _Box(NamedTuple):
    """An object in a picture of the batch, in pixels."""

    picture: int
    x: float
    y: float
    side: float


def train_judge(
    recipe: JudgeRecipe, icons: Path, checkpoint: Path, report: Callable[[int, float], None]
) -> JudgeNetworks:
    """Train both networks, or go on from `checkpoint`; returns them in evaluation mode."""
    torch.manual_seed(recipe.seed)
    networks = JudgeNetworks().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(networks.parameters(), recipe.learning_rate, weight_decay=0.02, fused=True)
    first = _resume(checkpoint, networks, optimizer)
    for step, lesson in _steps(recipe, icons, first):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, recipe.steps, recipe.learning_rate, recipe.warm_up, recipe.decay)
        loss = _loss(recipe, networks, lesson, step)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(networks.parameters(), 5.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        report(step + 1, float(loss.detach()))
        if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == recipe.steps:
            state = {"step": step + 1, "networks": networks.state_dict(), "optimizer": optimizer.state_dict()}
            save_checkpoint(checkpoint, state)
    trained: JudgeNetworks = networks.eval().requires_grad_(False)
    return trained


def _resume(checkpoint: Path, networks: JudgeNetworks, optimizer: torch.optim.Optimizer) -> int:
    state = load_checkpoint(checkpoint)
    if state is None:
        return 0
    networks.load_state_dict(state["networks"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])


def _steps(recipe: JudgeRecipe, icons: Path, first: int) -> Iterator[tuple[int, Lesson]]:
    """Each step from `first` on, with its lesson."""
    begun = first // recipe.looks
    lessons = Lessons(
        icons, recipe.seed, begun, -(-recipe.steps // recipe.looks) - begun, recipe.batch_size, recipe.mix
    )
    for number, lesson in enumerate(_loaded(lessons, recipe.workers), begun):
        steps = range(number * recipe.looks, min((number + 1) * recipe.looks, recipe.steps))
        yield from ((step, lesson) for step in steps if step >= first)


def _loaded(lessons: Lessons, workers: int) -> Iterator[Lesson]:
    if not workers:
        return (lessons[number] for number in range(len(lessons)))
    return iter(DataLoader(lessons, None, num_workers=workers, prefetch_factor=8))


def _loss(recipe: JudgeRecipe, networks: JudgeNetworks, lesson: Lesson, step: int) -> Tensor:
    # One generator a step, so that a resumed run draws the same.
    rng = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
    pictures, moves = soiled(lesson, rng)
    boxes = [_boxes(number, scene, moves[number].tolist()) for number, scene in enumerate(lesson.scenes)]
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16_pays()):
        maps = networks.finder(pictures.to(memory_format=torch.channels_last))
    loss = _finder_loss(maps, lesson.scenes, boxes)
    chosen, nouns, steps = _chosen(recipe, lesson.scenes, boxes, pictures.shape[-2:], rng)
    squares = crops(pictures, chosen, bends(len(chosen), rng))
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16_pays()):
        names = networks.namer(squares.to(memory_format=torch.channels_last))
    styles = [STYLES.index(lesson.scenes[box.picture].style) for box in chosen]
    return loss + _namer_loss(names, torch.tensor(nouns), torch.tensor(styles)) + _step_loss(names, steps)


def _boxes(number: int, scene: Scene, move: list[int]) -> list[_Box]:
    width, height, short = scene.canvas.width, scene.canvas.height, scene.canvas.short_side
    return [_Box(number, o.x * width + move[0], o.y * height + move[1], o.size * short) for o in scene.objects]


def _finder_loss(maps: Maps, scenes: tuple[Scene, ...], boxes: list[list[_Box]]) -> Tensor:
    heat = torch.stack([_heat(of_one, *maps.heat.shape[1:]) for of_one in boxes])
    logits = maps.heat.float()
    # CenterNet, equation 1: near a centre, being wrong costs little; what is easy costs little everywhere.
    chance = logits.sigmoid()
    centre = heat == 1
    loss = -(functional.logsigmoid(logits) * (1 - chance) ** 2)[centre].sum()
    loss = loss - (functional.logsigmoid(-logits) * chance**2 * (1 - heat) ** 4)[~centre].sum()
    loss = (loss + _place_loss(maps, boxes)) / max(int(centre.sum()), 1)
    grounds = torch.tensor([GROUNDS.index(ground_of(scene)) for scene in scenes])
    styles = torch.tensor([STYLES.index(scene.style) for scene in scenes])
    loss = loss + 0.3 * functional.cross_entropy(maps.ground.float(), grounds)
    return loss + 0.5 * functional.cross_entropy(maps.style.float(), styles)


def _place_loss(maps: Maps, boxes: list[list[_Box]]) -> Tensor:
    """How far centres and sides are off, in nodes, summed over all objects."""
    loss = maps.shift.new_zeros(())
    rows, columns = maps.heat.shape[1:]
    for box in (box for of_one in boxes for box in of_one):
        row, column = _node(box, rows, columns)
        target = torch.tensor([box.x / NODE - column, box.y / NODE - row])
        loss = loss + (maps.shift[box.picture, :, row, column].float() - target).abs().sum()
        side = torch.tensor(box.side / NODE).log()
        loss = loss + 2.0 * (maps.log_side[box.picture, row, column].float() - side).abs()
    return loss


def _node(box: _Box, rows: int, columns: int) -> tuple[int, int]:
    """The node nearest to an object's centre."""
    return min(max(round(box.y / NODE), 0), rows - 1), min(max(round(box.x / NODE), 0), columns - 1)


def _heat(boxes: list[_Box], rows: int, columns: int) -> Tensor:
    """1 at the node of each centre and less around it, (rows, columns)."""
    heat = torch.zeros(rows, columns)
    for box in boxes:
        row, column = _node(box, rows, columns)
        down = (torch.arange(rows) - row)[:, None] ** 2
        across = (torch.arange(columns) - column)[None] ** 2
        heat = torch.maximum(heat, torch.exp(-(down + across) / (2 * _HEAT_WIDTH**2)))
    return heat


def _chosen(
    recipe: JudgeRecipe, scenes: tuple[Scene, ...], boxes: list[list[_Box]], size: torch.Size, rng: torch.Generator
) -> tuple[list[_Box], list[int], Tensor]:
    """The crops of a step, none exactly around its object, their nouns, and the steps to the objects themselves.

    The last few show no object, and have no step.
    """
    objects: list[_Box] = []
    nouns: list[int] = []
    for scene, of_one in zip(scenes, boxes, strict=True):
        most = 1 if scene.is_count else recipe.crops_per_scene
        for number in torch.randperm(len(of_one), generator=rng)[:most].tolist():
            objects.append(of_one[number])
            nouns.append(scene.objects[number].noun)
    jittered = [_jittered(box, rng) for box in objects]
    steps = torch.tensor([_step(*pair) for pair in zip(jittered, objects, strict=True)]).view(-1, 3)
    empty = _empty(recipe.empty_crops, boxes, size, rng)
    return [*jittered, *empty], [*nouns, *([len(NOUNS)] * len(empty))], steps


def _jittered(box: _Box, rng: torch.Generator) -> _Box:
    """The box about as wrong as the finder's are, sometimes much more."""
    strength = 1.0 if torch.rand(1, generator=rng) < 0.7 else 2.5
    across, down, growth = (strength * torch.randn(3, generator=rng) * torch.tensor([0.06, 0.06, 0.12])).tolist()
    return _Box(box.picture, box.x + across * box.side, box.y + down * box.side, box.side * math.exp(growth))


def _step(box: _Box, true: _Box) -> tuple[float, float, float]:
    return (true.x - box.x) / box.side, (true.y - box.y) / box.side, math.log(true.side / box.side)


def _empty(count: int, boxes: list[list[_Box]], size: torch.Size, rng: torch.Generator) -> list[_Box]:
    """Squares around no object's centre, as far as a few tries find any."""
    found: list[_Box] = []
    for _ in range(4 * count):
        picture = int(torch.randint(len(boxes), (1,), generator=rng))
        x, y, side = (torch.rand(3, generator=rng) * torch.tensor([size[1], size[0], min(size) / 2])).tolist()
        box = _Box(picture, x, y, side + NODE)
        if len(found) < count and not any(_is_about(box, other) for other in boxes[picture]):
            found.append(box)
    return found


def _is_about(box: _Box, other: _Box) -> bool:
    """Whether both show so much of one object that it should be named."""
    near = max(abs(box.x - other.x), abs(box.y - other.y)) < 0.35 * max(box.side, other.side)
    return near and 0.4 < box.side / other.side < 2.5


def _namer_loss(names: Names, nouns: Tensor, styles: Tensor) -> Tensor:
    loss = functional.cross_entropy(names.noun.float(), nouns, label_smoothing=0.05)
    shown = nouns < len(NOUNS)
    if not shown.any():
        return loss
    return loss + 0.5 * functional.cross_entropy(names.style.float()[shown], styles[shown])


def _step_loss(names: Names, steps: Tensor) -> Tensor:
    """How far the namer's steps to the objects are off; no step is asked of the crops at the end, which show none."""
    return 2.0 * (names.step.float()[: len(steps)] - steps).abs().sum() / max(len(steps), 1)
