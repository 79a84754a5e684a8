import re
from collections import Counter
from hashlib import sha256

from seedbed.world.colours import BACKGROUNDS, OBJECT_COLOURS
from seedbed.world.icons import SHAPE
from seedbed.world.nouns import FIRST_NOUNS, NOUNS, phrases, plural, spelt
from seedbed.world.shapes import SHAPES
from seedbed.world.wording import NUMBERS, SCENERY_TAGS, STYLE_WORDS

COLOURS = {*BACKGROUNDS, *OBJECT_COLOURS}
NAMED = {noun.name: index for index, noun in enumerate(NOUNS)}


def test_the_world_has_enough_things() -> None:
    assert len(NOUNS) >= 800


def test_no_two_nouns_share_a_name_or_an_icon() -> None:
    for noun in NOUNS:
        assert len(set(noun.names)) == len(noun.names)
    names = Counter(name for noun in NOUNS for name in {*noun.names, *map(plural, noun.names)})
    assert [name for name, count in names.items() if count > 1] == []
    assert len({noun.icon for noun in NOUNS}) == len(NOUNS)


def test_names_are_plain_lower_case_words() -> None:
    for name in (name for noun in NOUNS for name in noun.names):
        assert name == " ".join(name.lower().split())
        assert name.replace(" ", "").replace("-", "").isascii()
        assert name.replace(" ", "").replace("-", "").isalnum()


def test_the_first_nouns_keep_their_names_and_their_order() -> None:
    first = NOUNS[:FIRST_NOUNS]
    assert [noun.name for noun in first[:5]] == ["cat", "dog", "rabbit", "fox", "panda"]
    assert first[-1].name == "christmas tree"
    digest = sha256("\n".join(f"{noun.name}|{noun.icon}" for noun in first).encode()).hexdigest()
    assert digest.startswith("19a2acde8b031ee8"), "weights know these nouns in this order"


def test_some_names_go_with_any_colour() -> None:
    assert NOUNS[NAMED["apple"]].uncoloured_names == ("apple",)
    assert NOUNS[NAMED["orange"]].uncoloured_names == NOUNS[NAMED["orange"]].names
    assert NOUNS[NAMED["green book"]].uncoloured_names == ()


def test_shapes_are_nouns_too() -> None:
    drawn = {noun.icon.removeprefix(SHAPE) for noun in NOUNS if noun.icon.startswith(SHAPE)}
    assert drawn == set(SHAPES)


def test_every_name_leads_to_its_noun_in_one_and_in_many() -> None:
    known = phrases()
    for index, noun in enumerate(NOUNS):
        for name in noun.names:
            assert known[spelt(name)][0] == index
            assert known[spelt(plural(name))][0] == index
    assert known["fox"] == (NAMED["fox"], False)
    assert known["foxes"] == (NAMED["fox"], True)
    assert known["jack o lantern"] == (NAMED["pumpkin"], False)


def test_phrases_are_plain_words_with_one_space_between() -> None:
    assert all(re.fullmatch("[a-z0-9]+( [a-z0-9]+)*", phrase) for phrase in phrases())


def test_no_name_is_a_word_that_says_something_else() -> None:
    said = {
        *COLOURS,
        *STYLE_WORDS,
        *SCENERY_TAGS,
        *NUMBERS,
        "left",
        "right",
        "above",
        "below",
        "small",
        "big",
        "background",
    }
    # An orange is an orange.
    assert said & phrases().keys() == {"orange"}
