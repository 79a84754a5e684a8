from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from seedbed.request import AspectRatio
from seedbed.training.sprout import world_vocabulary
from seedbed.world.backgrounds import plain_in_style
from seedbed.world.canvas import canvas_of
from seedbed.world.captions import caption, held_out_caption, plain_caption
from seedbed.world.colours import BACKGROUNDS, OBJECT_COLOURS
from seedbed.world.mix import DEFAULT, FIRST
from seedbed.world.recolour import lightness
from seedbed.world.scene import Scene, draw_held_out_scene, draw_scene
from seedbed.world.text import CHARACTERS, Text, draw_word

CANVASES = [canvas_of(ratio) for ratio in AspectRatio]
_NONE = dict.fromkeys(("single", "pair", "count", "grouped", "coloured", "placed", "several", "scenery"), 0.0)
MIX = replace(DEFAULT, text=1.0, **_NONE)  # type: ignore[arg-type]
SCENES = [draw_scene(np.random.default_rng(number), CANVASES[number % 7], MIX) for number in range(400)]


def _text(scene: Scene) -> Text:
    assert scene.text is not None
    return scene.text


def test_words_are_short_and_of_every_character() -> None:
    words = [draw_word(np.random.default_rng(number), 84) for number in range(2000)]
    assert {len(word) for word in words} == set(range(1, 9))
    assert set("".join(words)) == set(CHARACTERS)
    assert {"OPEN", "PIZZA"} <= set(words)
    assert max(Counter(words).values()) < 30


def test_letters_stand_in_order_inside_the_canvas_and_never_on_each_other() -> None:
    for scene in SCENES:
        text = _text(scene)
        taken: set[tuple[int, int]] = set()
        order = [(letter.top, letter.left) for letter in text.letters]
        assert order == sorted(order)
        for letter in text.letters:
            cells = {(letter.left + x, letter.top + y) for x in range(text.size) for y in range(text.size)}
            assert not cells & taken
            assert all(0 <= x < scene.canvas.columns and 0 <= y < scene.canvas.rows for x, y in cells)
            taken |= cells
        assert len({letter.top for letter in text.letters}) == (1 if len(text.word) <= scene.canvas.columns else 2)


def test_four_letters_fill_a_square_canvas() -> None:
    sizes = {len(_text(scene).word): _text(scene).size for scene in SCENES if scene.canvas == CANVASES[0]}
    assert {sizes[4], sizes[8]} <= {1, 2}


def test_an_object_stands_where_it_is_said_and_clear_of_the_word() -> None:
    beside = [scene for scene in SCENES if scene.objects]
    assert len(beside) > 60
    for scene in beside:
        (placed,), (_, top, _, rows) = scene.objects, _text(scene).box
        half = placed.size * scene.canvas.short_side / 2
        if _text(scene).relation == "above":
            assert placed.y * scene.canvas.height + half <= top * scene.canvas.unit
        else:
            assert placed.y * scene.canvas.height - half >= (top + rows) * scene.canvas.unit


def test_every_word_is_legible() -> None:
    for scene in SCENES:
        text = _text(scene)
        assert text.sign is not None or scene.background in BACKGROUNDS
        if text.sign is None:
            behind = float(lightness(plain_in_style(scene.background, scene.style)))
            letters = float(lightness(np.asarray(OBJECT_COLOURS[text.colour], np.float32) / 255.0))
            assert abs(letters - behind) > 0.2


def test_what_is_held_out_is_asked_and_not_trained() -> None:
    asked = [draw_held_out_scene(np.random.default_rng(number), CANVASES[0], MIX) for number in range(100)]
    assert not {_text(scene).word for scene in asked} & {_text(scene).word for scene in SCENES}


@pytest.mark.parametrize("say", [caption, held_out_caption, lambda scene, _rng: plain_caption(scene)])
def test_every_caption_spells_the_word(say) -> None:  # type: ignore[no-untyped-def]
    vocabulary = world_vocabulary()
    for number, scene in enumerate(SCENES):
        said = say(scene, np.random.default_rng(number))
        parsed = vocabulary.parse(said)
        assert parsed.ignored_words == (), said
        things = [
            vocabulary.things[token - vocabulary.first_thing]
            for token in parsed.tokens
            if token >= vocabulary.first_thing
        ]
        assert "".join(thing for thing in things if thing in CHARACTERS) == _text(scene).word, said


def test_a_world_without_words_has_no_words_for_them() -> None:
    without = world_vocabulary(FIRST)
    assert without.characters == {}
    assert not {"sign", "letters", "“"} & set(without.words)
    assert list(world_vocabulary().characters) == list(CHARACTERS)
