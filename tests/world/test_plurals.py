import pytest

from seedbed.world.nouns import NOUNS
from seedbed.world.plurals import is_countable, plural


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("cat", "cats"),
        ("fox", "foxes"),
        ("cherry", "cherries"),
        ("monkey", "monkeys"),
        ("bus", "buses"),
        ("volcano", "volcanoes"),
        ("piano", "pianos"),
        ("snowman", "snowmen"),
        ("calf", "calves"),
        ("mouse", "mice"),
        ("computer mouse", "computer mice"),
        ("goose", "geese"),
        ("maple leaf", "maple leaves"),
        ("ox", "oxen"),
        ("fish", "fish"),
        ("tropical fish", "tropical fish"),
        ("grapes", "grapes"),
        ("palm tree", "palm trees"),
        ("slice of pizza", "slices of pizza"),
        ("bunch of grapes", "bunches of grapes"),
        ("sun behind a rain cloud", "suns behind a rain cloud"),
        ("lock and key", "locks and keys"),
        ("flip-flop", "flip-flops"),
        ("bowl of noodles", "bowls of noodles"),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many


@pytest.mark.parametrize("name", ["fox", "sheep", "tropical fish", "dice", "slice of pizza"])
def test_what_can_be_counted(name: str) -> None:
    assert is_countable(name)


@pytest.mark.parametrize("name", ["bacon", "scissors", "grapes", "french fries", "meat on the bone"])
def test_what_cannot_be_counted(name: str) -> None:
    assert not is_countable(name)


def test_most_nouns_can_be_counted() -> None:
    assert sum(noun.is_countable for noun in NOUNS) > 0.9 * len(NOUNS)
