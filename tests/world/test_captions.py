import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace

import numpy as np
import pytest

from seedbed.training.sprout import world_vocabulary
from seedbed.world.backgrounds import BLENDS
from seedbed.world.captions import MAX_WORDS, STYLE_WORDS, all_words, caption, held_out_caption, plain_caption
from seedbed.world.colours import COLOUR_SYNONYMS, OBJECT_COLOURS
from seedbed.world.mix import FIRST
from seedbed.world.nouns import NOUNS, phrases, plural, spelt
from seedbed.world.scene import BACKGROUNDS, Canvas, Placed, Relation, Scene, draw_scene
from seedbed.world.wording import NUMBERS, SCENERY_TAGS, SIZE_WORDS, Wording
from seedbed.world.wording_held_out import HELD_OUT
from seedbed.world.wording_training import TRAINING

SQUARE = Canvas(256, 256)
NAMES = {noun.name: number for number, noun in enumerate(NOUNS)}
LEFT, RIGHT = Placed(NAMES["cat"], 0.25, 0.5, 0.4), Placed(NAMES["dog"], 0.75, 0.5, 0.4)
PAIR = Scene(SQUARE, "flat", False, "orange", False, (LEFT, RIGHT), Relation.LEFT_OF)


def _scenes(count: int) -> Iterator[tuple[Scene, str]]:
    for number in range(count):
        rng = np.random.default_rng((11, number))
        scene = draw_scene(rng, SQUARE)
        yield scene, caption(scene, rng)


def test_sprout_knows_every_word_of_every_caption() -> None:
    vocabulary = world_vocabulary()
    for scene, text in _scenes(2000):
        for sentence in (text, plain_caption(scene), held_out_caption(scene, np.random.default_rng(1))):
            assert vocabulary.parse(sentence).ignored_words == (), sentence


def test_words_are_sorted_single_and_no_names() -> None:
    words = all_words()
    assert list(words) == sorted(set(words))
    assert all(re.fullmatch("[a-z0-9]+", word) for word in words if word not in "“”")
    assert {"underneath", "navy", "the"} <= set(words)
    assert not {"cat", "cats", "orange", "cherries", "boxes"} & set(words)


PHRASES = phrases()
LONGEST = max(len(phrase.split()) for phrase in PHRASES)
HUES = tuple(dict.fromkeys((*OBJECT_COLOURS, *BACKGROUNDS)))
SAID = [
    pytest.param(TRAINING, caption, id="training"),
    pytest.param(HELD_OUT, held_out_caption, id="held out"),
    pytest.param(TRAINING, lambda scene, _rng: plain_caption(scene), id="plain"),
]
each_way = pytest.mark.parametrize(("wording", "say"), SAID)
Say = Callable[[Scene, np.random.Generator], str]


def _read(text: str) -> tuple[list[tuple[int, bool]], list[str]]:
    """The nouns that a text names, in order and each with whether in the plural, and the other words."""
    words = re.findall("[a-z0-9]+", text.lower())
    nouns, others = [], []
    while words:
        sizes = (n for n in range(LONGEST, 0, -1) if " ".join(words[:n]) in PHRASES)
        size = next(sizes, 0)
        if size:
            nouns.append(PHRASES[" ".join(words[:size])])
        else:
            others.append(words[0])
        words = words[size or 1 :]
    return nouns, others


def _without_backgrounds(scene: Scene, nouns: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """The nouns without those that only colours and skies seem to name: orange, and stars in the night sky."""
    colours = {scene.background, *scene.ground_colours, *(placed.colour for placed in scene.objects)}
    if scene.text is not None:
        colours |= {scene.text.colour, scene.text.sign.colour if scene.text.sign else None}
    seeming = {NAMES["orange"]} if "orange" in colours else set()
    seeming |= {NAMES["star"]} if scene.background == "night sky" else set()
    drawn = {placed.noun for placed in scene.objects}
    return [(noun, plural) for noun, plural in nouns if noun in drawn or noun not in seeming]


def _unquoted(scene: Scene, text: str) -> str:
    """A caption without its quoted word, and without the letters that it is said to be written in."""
    return re.sub(rf"\b{scene.text.word}\b|\bletters?\b", "", text, flags=re.IGNORECASE) if scene.text else text


@each_way
def test_a_caption_names_what_is_drawn_and_nothing_else(wording: Wording, say: Say) -> None:
    for scene, _ in _scenes(1500):
        text = say(scene, np.random.default_rng(1))
        nouns = _without_backgrounds(scene, _read(_unquoted(scene, text))[0])
        assert {noun for noun, _ in nouns} == {placed.noun for placed in scene.objects}, text


@each_way
def test_a_number_is_said_and_is_true(wording: Wording, say: Say) -> None:
    counted = [scene for scene, _ in _scenes(1500) if scene.is_count]
    assert len({len(scene.objects) for scene in counted}) == 5
    for scene in counted:
        text = say(scene, np.random.default_rng(1))
        nouns, words = _read(text)
        number = len(scene.objects)
        digits = [word for word in words if word.isdigit() and word != "8"]
        assert (digits or [NUMBERS[number - 1]])[0] in (str(number), NUMBERS[number - 1])
        assert {str(number), NUMBERS[number - 1]} & set(words), text
        noun = scene.objects[0].noun
        # One sheep, two sheep; and logs are what one of them is called.
        assert (noun, PHRASES[spelt(plural(NOUNS[noun].name))][1]) in nouns or (noun, True) in nouns, text


@each_way
def test_each_colour_stands_beside_its_own_noun(wording: Wording, say: Say) -> None:
    pair = replace(PAIR, objects=(replace(LEFT, colour="blue"), replace(RIGHT, colour="red")))
    for number in range(300):
        text = say(pair, np.random.default_rng(number)).lower()
        marks = re.findall(r"blue|red\b|\bcat|kitt|pup|dog", re.sub("colou?red", "", text))
        kinds = ["cat" if mark in ("cat", "kitt", "blue") else "dog" for mark in marks]
        # Whatever the order: both words for the one come before both words for the other.
        assert kinds in (["cat", "cat", "dog", "dog"], ["dog", "dog", "cat", "cat"]), text


@each_way
def test_backgrounds_places_and_sizes_are_said_as_they_are(wording: Wording, say: Say) -> None:
    for scene, _ in _scenes(1500):
        text = say(scene, np.random.default_rng(2)).lower()
        for placed in scene.objects:
            if placed.said_place:
                assert any(place in text for place in wording.places[placed.said_place]), text
            if placed.said_size:
                assert any(re.search(rf"\b{size}\b", text) for size in SIZE_WORDS[placed.said_size]), text
        if scene.background_named:
            said = {*scene.ground_colours} or {scene.background}
            assert all(any(word in text for word in _words_for(name, wording)) for name in said), text
        if scene.style_named:
            assert any(word in text for word in STYLE_WORDS[scene.style]), text


def _words_for(name: str, wording: Wording) -> tuple[str, ...]:
    if name in HUES:
        return COLOUR_SYNONYMS.get(name, (name,))
    return (*wording.sceneries[name], *SCENERY_TAGS[name])


@pytest.mark.parametrize("kind", sorted(BLENDS))
@each_way
def test_the_two_colours_of_a_blend_are_not_swapped(wording: Wording, say: Say, kind: str) -> None:
    scene = replace(PAIR, background=kind, background_named=True, ground_colours=("teal", "brown"))
    firsts = set()
    for number in range(100):
        text = say(scene, np.random.default_rng(number)).lower()
        teal = min(text.index(word) for word in ("teal", "turquoise") if word in text)
        firsts.add(teal < text.index("brown"))
        if kind == "dots":
            # Whatever comes first, the dots are teal.
            assert re.search("(teal|turquoise) (polka )?dots", text), text
    assert kind == "dots" or firsts == {True}


def test_what_is_held_out_is_never_said_in_training() -> None:
    """Neither the phrases themselves, nor a whole caption."""
    ours, theirs = (_phrases_of(wording) for wording in (TRAINING, HELD_OUT))
    assert ours.isdisjoint(theirs)
    for scene, _ in _scenes(150):
        trained = {caption(scene, np.random.default_rng(number)).lower() for number in range(60)}
        assert held_out_caption(scene, np.random.default_rng(3)).lower() not in trained


def _phrases_of(wording: Wording) -> set[str]:
    tables = (wording.openings, wording.style_leads, wording.fillers, wording.grounds, wording.related, wording.counts)
    by_name = (wording.blends, wording.sceneries, wording.relations, wording.places, wording.empty)
    named = {phrase for table in by_name for phrases in table.values() for phrase in phrases}
    return {phrase for table in tables for phrase in table} | named


def test_training_knows_each_word_of_what_is_held_out() -> None:
    trained = {word for wording in (TRAINING,) for text in _everything(wording) for word in _plain_words(text)}
    tables = (STYLE_WORDS, SIZE_WORDS, SCENERY_TAGS, COLOUR_SYNONYMS)
    trained |= {word for table in tables for texts in table.values() for text in texts for word in _plain_words(text)}
    trained |= {"left", "right", "top", "bottom", "the", "a", "one", *NUMBERS}
    asked = {word for text in _everything(HELD_OUT) for word in _plain_words(text)}
    assert asked - trained == set()


def _everything(wording: Wording) -> Iterator[str]:
    for field in fields(wording):
        table = getattr(wording, field.name)
        if isinstance(table, bool):
            continue
        yield from (text for texts in table.values() for text in texts) if isinstance(table, dict) else table


def _plain_words(text: str) -> list[str]:
    return re.findall("[a-z0-9]+", re.sub(r"\{\w*\}", " ", text.lower()))


def test_what_has_a_colour_is_called_by_no_other() -> None:
    apple = replace(PAIR, objects=(replace(LEFT, noun=NAMES["apple"], colour="blue"),), relation=None)
    for number in range(200):
        assert "red" not in re.findall(r"\w+", caption(apple, np.random.default_rng(number)).lower())


def test_some_captions_are_lists_some_are_long_and_some_begin_with_a_capital() -> None:
    texts = [text for _, text in _scenes(1000)]
    assert sum(text[0].isupper() for text in texts) > 100
    assert sum(text.endswith(".") for text in texts) > 80
    assert sum(text.isupper() for text in texts) > 3
    assert sum(" " not in text.split(", ")[0] for text in texts) > 20
    assert sum(len(text.split()) > 18 for text in texts) > 30
    assert max(len(text.split()) for text in texts) <= MAX_WORDS
    assert any(re.search(r"\b[2-6]\b", text) for text in texts)


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
        # "Right above" tells of no side.
        text = re.sub("right (?=above|below|on top|under)", "", text)
        found = ((re.search(rf"\b({words})\b", text), told) for words, told in RELATIONS.items())
        ((at, said),) = [(at, told) for at, told in found if at is not None]
        cat, dog = (re.search(words, text) for words in ("cat|kitt", "dog|pupp"))
        assert cat is not None
        assert dog is not None
        # "Above it", and "above the dog is a cat", tell of the second.
        is_turned = bool(re.match("( hand)?( side)?( of)? it ?", text[at.end() :])) or at.start() < min(
            cat.start(), dog.start()
        )
        is_cat_first = (cat.start() < dog.start()) != is_turned
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
