import numpy as np
import pytest

from seedbed.sprout.spelling import Spelling, plural_forms
from seedbed.sprout.vocabulary import PACKAGED_VOCABULARY, Vocabulary

WORDS = "cat bee ball background pizza rabbit rabbits house light strawberry pale apple hare boat goat koala mint"
SPELLING = Spelling(frozenset(WORDS.split()))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("pizzza", "pizza"),
        ("piza", "pizza"),
        ("pzza", "pizza"),
        ("pixza", "pizza"),
        ("ipzza", "pizza"),
        ("oizza", "pizza"),
        ("lihgt", "light"),
        ("rabit", "rabbit"),
        ("rabits", "rabbits"),
        ("rabbitd", "rabbits"),
        ("beee", "bee"),
        ("backgroud", "background"),
        ("bakcgruond", "background"),
        ("strwabery", "strawberry"),
    ],
)
def test_a_slip_is_put_right(written: str, meant: str) -> None:
    assert SPELLING.meant(written) == meant


@pytest.mark.parametrize(
    "word",
    [
        *("horse", "coat", "ducal", "hoist", "mins", "piazza", "dont", "cafe"),  # words themselves
        *("ct", "caz", "catq"),  # too short to tell
        *("doat", "hara", "elwt"),  # two or none that it may be, or no slip that hands make
        *("bizzarr", "qabbit", "pixsa", "rzbbut", "bsckgruonf"),  # too far
        *("pizza2", "p1zza", "пицца", "x" * 31, "🍕🍕🍕🍕"),
    ],
)
def test_where_there_is_doubt_nothing_is_changed(word: str) -> None:
    assert SPELLING.meant(word) is None


def test_what_fits_its_place_goes_before_what_is_known() -> None:
    assert SPELLING.meant("oney") is None
    assert SPELLING.meant("oney", {"money"}) == "money"
    assert SPELLING.meant("strqwbery", {"raspberry"}) == "strawberry"
    assert SPELLING.meant("rabit", {"habit"}) == "habit"
    assert SPELLING.meant("horse", {"house", "horses"}) is None


def test_words_that_are_known_to_nobody_are_left_alone() -> None:
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    rng = np.random.default_rng(0)
    vocabulary = Vocabulary.from_pretrained(PACKAGED_VOCABULARY)
    words = ["".join(rng.choice(letters, int(rng.integers(4, 12)))) for _ in range(2000)]
    assert sum(bool(vocabulary.parse(word).corrections) for word in words) <= 10


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("dog", ("dogs",)),
        ("volcano", ("volcanos", "volcanoes")),
        ("cherry", ("cherrys", "cherries")),
        ("top hat", ("top hats",)),
        ("leaf", ("leafs", "leaves")),
        ("knife", ("knifes", "knives")),
        ("snowman", ("snowmans", "snowmen")),
        ("cactus", ("cactuss", "cactuses", "cacti")),
        ("glass", ("glasss", "glasses")),
        ("grapes", ()),
        ("ox", ("oxes",)),
    ],
)
def test_plurals_by_rule(name: str, forms: tuple[str, ...]) -> None:
    assert sorted(plural_forms(name)) == sorted(forms)
