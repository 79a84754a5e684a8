from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from seedbed.request import AspectRatio
from seedbed.sprout.planner import Planner, Said
from seedbed.sprout.vocabulary import MAX_TOKENS, PLURAL, UNKNOWN
from seedbed.training.planner import (
    _LEFT_OUT,
    _PREPOSITIONS,
    _PUT_IN,
    PlannerRecipe,
    _Class,
    _insert,
    _Lesson,
    _loss,
    planner_config,
    train_planner,
)
from seedbed.training.plans import REPERTOIRE
from seedbed.training.sprout import world_vocabulary
from seedbed.world.canvas import canvas_of
from seedbed.world.captions import caption
from seedbed.world.mix import DEFAULT, FIRST
from seedbed.world.scene import draw_scene

VOCABULARY = world_vocabulary()
RECIPE = PlannerRecipe(steps=4, batch_size=8, warm_up=2, checkpoint_every=2)


class _Interrupted(Exception):
    pass


@pytest.fixture(scope="module")
def lesson() -> _Lesson:
    planner = Planner(planner_config(VOCABULARY))
    return _Class(replace(RECIPE, batch_size=400), planner, VOCABULARY, DEFAULT).lesson(0)


def _train(recipe: PlannerRecipe, checkpoint: Path, until: int = 1000) -> tuple[Planner | None, dict[int, float]]:
    losses: dict[int, float] = {}

    def report(step: int, loss: float) -> None:
        if step > until:
            raise _Interrupted
        losses[step] = loss

    try:
        return train_planner(recipe, VOCABULARY, checkpoint, report), losses
    except _Interrupted:
        return None, losses


def test_a_lesson_asks_where_each_mention_stands(lesson: _Lesson) -> None:
    shown, left, top, side = lesson.instances.unbind(-1)
    assert lesson.tokens.shape[1] <= MAX_TOKENS
    assert lesson.colours.shape == lesson.mentions.shape
    assert ((lesson.mentions >= 0).sum(1) >= 1).float().mean() > 0.9
    for part in (left, top, side):
        assert ((part >= 0) == (shown == 1)).all()
    # One to six instances of a noun, and mentions that show nothing, as the orange of an orange background.
    assert set(shown.clamp(min=0).sum(-1).flatten().tolist()) == set(range(7))
    assert (lesson.mentions.eq(-1) == shown[..., 0].eq(-1)).float().mean() > 0.97


def _said(parts: list[torch.Tensor], shown: torch.Tensor) -> Said:
    style, ground, first, second, sign, colour, left, top, side = parts
    return Said(style, ground, first, second, sign, colour, shown, left, top, side)


def test_the_loss_is_least_for_what_is_right(lesson: _Lesson) -> None:
    sizes = (*(len(part) for part in (REPERTOIRE.styles, REPERTOIRE.grounds)), 16, 16, len(REPERTOIRE.colours) + 1)
    numbers = (*lesson.wholes.unbind(1), lesson.colours, *lesson.instances.unbind(-1)[1:])
    kinds = (*sizes, sizes[-1], 11, 11, 11)
    right = [20.0 * torch.nn.functional.one_hot(n.clamp(min=0), kind) for n, kind in zip(numbers, kinds, strict=True)]
    shown = 40.0 * lesson.instances[..., 0].clamp(min=0) - 20.0
    assert _loss(_said(right, shown), lesson) < 1e-3
    for number in range(9):
        wrong = [part.roll(1, -1) if number == place else part for place, part in enumerate(right)]
        assert _loss(_said(wrong, shown), lesson) > 0.3
    assert _loss(_said(right, -shown), lesson) > 10


def test_an_interrupted_run_ends_bit_for_bit_like_one_that_was_not(tmp_path: Path) -> None:
    straight, losses = _train(RECIPE, tmp_path / "a.pt")
    _train(RECIPE, tmp_path / "b.pt", until=3)
    resumed, rest = _train(RECIPE, tmp_path / "b.pt")
    assert rest == {step: losses[step] for step in (3, 4)}
    assert straight is not None
    assert resumed is not None
    assert not straight.training
    for name, tensor in straight.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], tensor), name


def test_a_planner_learns(tmp_path: Path) -> None:
    recipe = replace(RECIPE, steps=60, batch_size=16, warm_up=10, checkpoint_every=100)
    _, losses = _train(recipe, tmp_path / "a.pt")
    values = list(losses.values())
    assert sum(values[-10:]) < 0.6 * sum(values[:10])


def test_a_smaller_world_is_a_smaller_vocabulary(tmp_path: Path) -> None:
    vocabulary = world_vocabulary(FIRST)
    planner = train_planner(RECIPE, vocabulary, tmp_path / "a.pt", lambda _step, _loss: None, FIRST)
    assert (planner.config.letters, planner.config.things) == (0, FIRST.nouns)


def test_loosening_meddles_with_small_words_only() -> None:
    lessons = _Class(RECIPE, Planner(planner_config(VOCABULARY)), VOCABULARY, DEFAULT)
    tokens = list(VOCABULARY.parse('three red apples to the left of a sign that says "OPEN" on the beach').tokens)
    small = {VOCABULARY.parse(word).tokens[0] for word in (*_LEFT_OUT, *_PREPOSITIONS, *_PUT_IN)}
    meaning = [token for token in tokens if token not in small]
    found = {tuple(lessons._loosened(tokens, np.random.default_rng(number))) for number in range(50)}
    assert len(found) > 20
    for loosened in found:
        assert [token for token in loosened if token not in small] == meaning
        at = loosened.index(PLURAL)
        assert loosened[at - 1] == tokens[tokens.index(PLURAL) - 1]
        begin = loosened.index(VOCABULARY.characters["O"])
        assert [*loosened[begin : begin + 4]] == [VOCABULARY.characters[letter] for letter in "OPEN"]


def test_the_longest_captions_fit() -> None:
    canvas = canvas_of(AspectRatio.SQUARE_1_1)
    for number in range(3000):
        rng = np.random.default_rng((7, number))
        parsed = VOCABULARY.parse(caption(draw_scene(rng, canvas), rng))
        assert len(parsed.tokens) + 1 <= MAX_TOKENS  # one more for an unknown word


def test_an_unknown_word_is_never_put_between_letters() -> None:
    tokens = list(VOCABULARY.parse('the word "HI" on red').tokens)
    begin = tokens.index(VOCABULARY.characters["H"]) - 1
    for place in range(len(tokens) + 1):
        with_one = tokens.copy()
        _insert(with_one, place, VOCABULARY)
        assert with_one[(at := with_one.index(UNKNOWN))] == UNKNOWN
        assert [token for token in with_one if token != UNKNOWN] == tokens
        assert at <= begin or at >= begin + 4
        assert at == place or begin < place < begin + 4
