from collections import Counter

import pytest

from seedbed.world.nouns import NOUNS, plural


def test_the_world_has_enough_things() -> None:
    assert len(NOUNS) >= 80


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


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("cat", "cats"),
        ("fox", "foxes"),
        ("cherry", "cherries"),
        ("monkey", "monkeys"),
        ("bus", "buses"),
        ("volcano", "volcanoes"),
        ("snowman", "snowmen"),
        ("calf", "calves"),
        ("fish", "fish"),
        ("tropical fish", "tropical fish"),
        ("grapes", "grapes"),
        ("palm tree", "palm trees"),
        ("slice of pizza", "slices of pizza"),
        ("bunch of grapes", "bunches of grapes"),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many
