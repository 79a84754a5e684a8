import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from seedbed.training.sprout import world_vocabulary
from seedbed.world.captions import STYLE_WORDS, all_words, caption, held_out_caption, plain_caption
from seedbed.world.mix import FIRST
from seedbed.world.nouns import NOUNS, Noun, plural
from seedbed.world.scene import BACKGROUNDS, Canvas, Placed, Relation, Scene, draw_scene

SQUARE = Canvas(256, 256)
NAMES = {noun.name: number for number, noun in enumerate(NOUNS)}
LEFT, RIGHT = Placed(NAMES["cat"], 0.25, 0.5, 0.4), Placed(NAMES["dog"], 0.75, 0.5, 0.4)
PAIR = Scene(SQUARE, "flat", False, "orange", False, (LEFT, RIGHT), Relation.LEFT_OF)


def _scenes(count: int) -> Iterator[tuple[Scene, str]]:
    for number in range(count):
        rng = np.random.default_rng((11, number))
        scene = draw_scene(rng, SQUARE)
        yield scene, caption(scene, rng)


def _named(noun: Noun, text: str) -> bool:
    return any(re.search(rf"\b{re.escape(n)}\b", text.lower()) for name in noun.names for n in (name, plural(name)))


def test_sprout_knows_every_word_of_every_caption() -> None:
    vocabulary = world_vocabulary()
    for scene, text in _scenes(2000):
        for sentence in (text, plain_caption(scene), held_out_caption(scene, np.random.default_rng(1))):
            assert vocabulary.parse(sentence).ignored_words == (), sentence


def test_words_are_sorted_single_and_no_names() -> None:
    words = all_words()
    assert list(words) == sorted(set(words))
    assert all(re.fullmatch("[a-z0-9]+", word) for word in words)
    assert {"underneath", "navy", "the"} <= set(words)
    assert not {"cat", "cats", "orange", "cherries", "boxes"} & set(words)


def test_a_caption_names_what_is_in_the_scene() -> None:
    for scene, text in _scenes(500):
        for placed in scene.objects:
            assert _named(NOUNS[placed.noun], text), text
        if scene.style_named:
            assert any(word in text.lower() for word in STYLE_WORDS[scene.style]), text


def test_articles_fit_the_word_behind_them() -> None:
    for scene, text in _scenes(3000):
        for sentence in (text, plain_caption(scene)):
            said = sentence.lower()
            assert not re.search(r"\ba (?!uni|ufo|euro|one)[aeiou8]", said), sentence
            assert not re.search(r"\ban (?!hour|8)([^aeiou]|uni|ufo|euro)", said), sentence


RELATIONS = {
    "left": Relation.LEFT_OF,
    "right": Relation.RIGHT_OF,
    "above|over|top": Relation.ABOVE,
    "below|under|beneath|underneath": Relation.BELOW,
}


SIDEWAYS, UPRIGHT = ("on the left", "on the right"), ("on the top", "on the bottom")
INVERTED = {
    relation: SIDEWAYS if relation in (Relation.LEFT_OF, Relation.RIGHT_OF) else UPRIGHT for relation in Relation
}


@pytest.mark.parametrize("relation", Relation)
def test_a_caption_tells_the_relation_whichever_comes_first(relation: Relation) -> None:
    opposite = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
    first_named = set()
    for number in range(200):
        text = caption(replace(PAIR, relation=relation), np.random.default_rng(number)).lower()
        if all(ends in text for ends in INVERTED[relation]):
            continue
        (said,) = (told for words, told in RELATIONS.items() if re.search(rf"\b({words})\b", text))
        cat, dog = (re.search(words, text) for words in ("cat|kitt", "dog|pupp"))
        assert cat is not None
        assert dog is not None
        is_cat_first = cat.start() < dog.start()
        assert said == (relation if is_cat_first else opposite[relation]), text
        first_named.add(is_cat_first)
    assert first_named == {True, False}


def test_what_is_not_named_is_not_said() -> None:
    for number in range(200):
        text = caption(replace(PAIR, relation_named=False), np.random.default_rng(number)).lower()
        assert not re.search("orange|background|flat|glossy|left|right|above|below|over|under", text), text


def test_the_same_generator_gives_the_same_caption() -> None:
    texts = [caption(PAIR, np.random.default_rng(3)) for _ in range(2)]
    assert texts[0] == texts[1]
    assert len({caption(PAIR, np.random.default_rng(number)) for number in range(100)}) > 50


def test_the_plain_caption_says_nouns_relation_background_and_style() -> None:
    assert plain_caption(PAIR) == "a cat to the left of a dog"
    assert plain_caption(replace(PAIR, relation_named=False)) == "a cat and a dog"
    assert plain_caption(replace(PAIR, background_named=True)) == "a cat to the left of a dog on an orange background"
    one = replace(PAIR, objects=(LEFT,), relation=None, style_named=True)
    assert plain_caption(one) == "a cat, flat style"


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_the_plain_caption_names_the_background(background: str) -> None:
    scene = replace(PAIR, background=background, background_named=True)
    assert plain_caption(scene).endswith(f" {background} background")


def test_what_a_mix_never_shows_has_no_word() -> None:
    whole, first = set(all_words()), set(all_words(FIRST))
    assert {"beach", "sepia", "striped"} <= whole
    assert not {"beach", "sepia", "striped", "watercolor"} & first
    assert {"flat", "glossy", "navy", "underneath"} <= first
