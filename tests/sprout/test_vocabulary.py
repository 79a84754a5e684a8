import json
from pathlib import Path

import pytest

from seedbed.errors import CheckpointError
from seedbed.sprout.spelling import Correction
from seedbed.sprout.vocabulary import (
    CHARACTERS,
    CLOSING,
    MAX_TOKENS,
    NULL,
    OPENING,
    PADDING,
    PLURAL,
    UNKNOWN,
    Name,
    Vocabulary,
)

NAMES = {
    "cat": Name(0, plural=False),
    "kitty": Name(0, plural=False),
    "cats": Name(0, plural=True),
    "box": Name(1, plural=False),
    "boxes": Name(1, plural=True),
    "christmas tree": Name(2, plural=False),
    "christmas trees": Name(2, plural=True),
    "tree": Name(3, plural=False),
}
VOCABULARY = Vocabulary(("a", "red", "the"), ("cat", "box", "christmas tree", "tree"), NAMES)
A, RED, THE, CAT, BOX, XMAS, TREE = range(PLURAL + 1, len(VOCABULARY))


@pytest.mark.parametrize(
    ("prompt", "tokens"),
    [
        ("a red cat", (A, RED, CAT)),
        ("A RED\tCat!", (A, RED, CAT)),
        ("red-cat_box", (RED, CAT, BOX)),
        ("cats", (CAT, PLURAL)),
        ("the boxes", (THE, BOX, PLURAL)),
        ("a cat's box, the cats’ box", (A, CAT, BOX, THE, CAT, PLURAL, BOX)),
        ("a red kitty", (A, RED, CAT)),
        ("a tree", (A, TREE)),
        ("a Christmas-tree", (A, XMAS)),
        ("christmas\n trees, a tree", (XMAS, PLURAL, A, TREE)),
        ("red tree christmas tree tree", (RED, TREE, XMAS, TREE)),
        ("ｃａｔ", (CAT,)),
        ("", (NULL,)),
        ("...", (NULL,)),
    ],
)
def test_words_become_tokens(prompt: str, tokens: tuple[int, ...]) -> None:
    assert VOCABULARY.parse(prompt).tokens == tokens


@pytest.mark.parametrize(
    ("prompt", "tokens", "ignored"),
    [
        ("a dog", (A, UNKNOWN), ("dog",)),
        ("dog cat DOG", (UNKNOWN, CAT, UNKNOWN), ("dog",)),
        ("cattle christmas reds", (UNKNOWN, UNKNOWN, UNKNOWN), ("cattle", "christmas", "reds")),
        ("christmas 🎄 tree", (UNKNOWN, TREE), ("christmas", "🎄")),
        ("猫 и बिल्ली", (UNKNOWN, UNKNOWN, UNKNOWN), ("猫", "и", "बिल्ली")),
        ("café", (UNKNOWN,), ("café",)),
        ("cafe\u0301", (UNKNOWN,), ("café",)),
        ("a red 🐱", (A, RED), ("🐱",)),
        ("🍕", (NULL,), ("🍕",)),
        ("👨‍👩‍👧 ❤️ 👍🏽", (NULL,), ("👨‍👩‍👧", "❤️", "👍🏽")),
        (" ?! ", (NULL,), ("?!",)),
    ],
)
def test_what_is_not_known_is_named_once(prompt: str, tokens: tuple[int, ...], ignored: tuple[str, ...]) -> None:
    parsed = VOCABULARY.parse(prompt)
    assert (parsed.tokens, parsed.ignored_words) == (tokens, ignored)


@pytest.mark.parametrize(
    ("prompt", "tokens", "corrections"),
    [
        ("a KITYT, the kityt", (A, CAT, THE, CAT), [("kityt", "kitty")]),
        ("catts boxxes", (CAT, PLURAL, BOX, PLURAL), [("catts", "cats"), ("boxxes", "boxes")]),
        ("chrisstmas tree", (XMAS,), [("chrisstmas", "christmas")]),
        ("red christmas treee", (RED, XMAS), [("treee", "tree")]),
        ("rred treee", (RED, TREE), [("rred", "red"), ("treee", "tree")]),
        ("a Christmastree", (A, XMAS), [("christmastree", "christmas tree")]),
    ],
)
def test_what_was_misspelt_is_read_and_named_once(
    prompt: str, tokens: tuple[int, ...], corrections: list[tuple[str, str]]
) -> None:
    parsed = VOCABULARY.parse(prompt)
    assert parsed.tokens == tokens
    assert list(parsed.corrections) == corrections
    assert parsed.ignored_words == ()


def test_part_of_a_name_is_no_word_by_itself() -> None:
    parsed = VOCABULARY.parse("a chrstmas cat")
    assert (parsed.tokens, parsed.ignored_words) == ((A, UNKNOWN, CAT), ("chrstmas",))
    assert parsed.corrections == ()


def test_a_word_that_is_known_is_never_put_right_and_a_misspelt_one_is_not_known() -> None:
    for word in (*VOCABULARY.words, *VOCABULARY.names):
        assert VOCABULARY.parse(word).corrections == ()
    assert not VOCABULARY.knows("kityt")


@pytest.mark.parametrize(("plural", "thing"), [("kitties", CAT), ("kittys", CAT), ("christmas treess", None)])
def test_plurals_that_have_no_name_are_read_by_rule(plural: str, thing: int | None) -> None:
    assert VOCABULARY.parse(plural).tokens[:2] == ((thing, PLURAL) if thing else (XMAS, PLURAL))
    assert bool(VOCABULARY.parse(plural).corrections) == (thing is None)


def test_a_long_prompt_is_cut_and_the_cut_is_named() -> None:
    parsed = VOCABULARY.parse("a " * MAX_TOKENS + "red cat")
    assert parsed.tokens == (A,) * MAX_TOKENS
    assert parsed.ignored_words == ("red", "cat")
    assert VOCABULARY.parse("a " * (MAX_TOKENS - 1) + "red").ignored_words == ()


def test_a_plural_is_never_cut_in_two() -> None:
    parsed = VOCABULARY.parse("a " * (MAX_TOKENS - 1) + "cats")
    assert parsed.tokens == (A,) * (MAX_TOKENS - 1)
    assert parsed.ignored_words == ("cats",)
    assert VOCABULARY.parse("a " * MAX_TOKENS + "christmas tree").ignored_words == ("christmas tree",)


@pytest.mark.parametrize("prompt", ["a " * 2048, "x" * 4096, "🐱" * 4096, "ﷺ" * 4096, "\u0301" * 4096, "İ" * 4096])
def test_no_prompt_is_too_much(prompt: str) -> None:
    parsed = VOCABULARY.parse(prompt)
    assert 1 <= len(parsed.tokens) <= MAX_TOKENS
    assert all(PADDING < token < len(VOCABULARY) for token in parsed.tokens)


def test_it_tells_whether_it_knows_a_word() -> None:
    known = ("cat", "Cats", "boxes", "red", "christmas tree")
    unknown = ("dog", "christmas", "red cat", "🐱", "")
    assert [VOCABULARY.knows(word) for word in (*known, *unknown)] == [True] * len(known) + [False] * len(unknown)


def test_a_saved_vocabulary_reads_back(tmp_path: Path) -> None:
    VOCABULARY.save(tmp_path / "vocabulary.json")
    read = Vocabulary.from_pretrained(tmp_path / "vocabulary.json")
    assert read == VOCABULARY
    assert read.digest == VOCABULARY.digest


def test_the_digest_covers_all_that_decides_tokens() -> None:
    others = (
        Vocabulary(VOCABULARY.words[::-1], VOCABULARY.things, NAMES),
        Vocabulary(VOCABULARY.words, VOCABULARY.things[::-1], NAMES),
        Vocabulary(VOCABULARY.words, VOCABULARY.things, {**NAMES, "kitty": Name(1, plural=False)}),
    )
    assert len({VOCABULARY.digest, *(other.digest for other in others)}) == 4


DAMAGED = (
    json.dumps({"words": 1, "things": [], "names": {}}),
    json.dumps({"words": [], "things": []}),
    json.dumps({"words": [], "things": [], "names": []}),
    json.dumps({"words": [], "things": [], "names": {"cat": 3}}),
)


@pytest.mark.parametrize("content", ["", "[]", "{}", "\x80", *DAMAGED])
def test_a_damaged_vocabulary_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "vocabulary.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(CheckpointError, match="vocabulary"):
        Vocabulary.from_pretrained(path)


def test_a_missing_vocabulary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nowhere\.json"):
        Vocabulary.from_pretrained(tmp_path / "nowhere.json")


TEXT = Vocabulary(("a", "red", "says", OPENING, CLOSING), ("cat", "8 ball", *CHARACTERS), {"cat": Name(0, False)})
TEXT = Vocabulary(TEXT.words, TEXT.things, {**TEXT.names, "8 ball": Name(1, False)})
BEGIN, END = (PLURAL + 1 + TEXT.words.index(mark) for mark in (OPENING, CLOSING))


def _spelt(word: str) -> tuple[int, ...]:
    return (BEGIN, *(TEXT.characters[character] for character in word), END)


@pytest.mark.parametrize(
    "quoted",
    [
        '"OPEN24"',
        "“OPEN24”",
        "'OPEN24'",
        "‘OPEN24’",
        "„OPEN24“",
        "«OPEN24»",
        "＂ＯＰＥＮ２４＂",
        '("OPEN24")',
        '"OPEN24".',
    ],
)
def test_a_quoted_word_is_spelt(quoted: str) -> None:
    parsed = TEXT.parse(f"a cat says {quoted} red")
    assert parsed.tokens == (*TEXT.parse("a cat says").tokens, *_spelt("OPEN24"), *TEXT.parse("red").tokens)
    assert parsed.ignored_words == ()


def test_letters_keep_their_order_and_their_number() -> None:
    assert TEXT.parse('"HELLO" "LL"').tokens == (*_spelt("HELLO"), *_spelt("LL"))


@pytest.mark.parametrize(
    ("prompt", "ignored"),
    [
        ("A CAT SAYS RED", ()),
        ('"cat"', ()),
        ('"Cat" says "RED', ()),
        ('a 5" red 6" cat', ("5", "6")),
        ("cat's 'red'", ()),
        ('"OPEN!"', ("open",)),
        ('"HI YOU"', ("hi", "you")),
        ('"NINECHARS"', ("ninechars",)),
        ('"ÄRA"', ("ära",)),
        ("'CAT\" says", ()),
    ],
)
def test_nothing_else_is_ever_letters(prompt: str, ignored: tuple[str, ...]) -> None:
    parsed = TEXT.parse(prompt)
    assert not {*TEXT.characters.values(), BEGIN, END} & set(parsed.tokens)
    assert parsed.ignored_words == ignored


@pytest.mark.parametrize("word", ["open", "Open", "oPeN"])
def test_what_is_said_in_small_letters_is_read_as_capitals_and_told(word: str) -> None:
    parsed = TEXT.parse(f"a cat says '{word}'")
    assert parsed.tokens == (*TEXT.parse("a cat says").tokens, *_spelt("OPEN"))
    assert parsed.corrections == (Correction(word, "OPEN"),)
    assert TEXT.parse(f"a cat '{word}'").tokens == TEXT.parse(f"a cat {word}").tokens


def test_a_quoted_figure_is_no_part_of_a_name() -> None:
    assert TEXT.parse('"8" ball').tokens == (*_spelt("8"), UNKNOWN)
    assert TEXT.parse("8 ball").tokens == (TEXT.first_thing + 1,)


def test_a_quoted_word_is_never_cut_in_two() -> None:
    parsed = TEXT.parse("a " * (MAX_TOKENS - 5) + '"OPEN"')
    assert parsed.tokens == TEXT.parse("a " * (MAX_TOKENS - 5)).tokens
    assert parsed.ignored_words == ("OPEN",)


def test_who_knows_no_letters_reads_words_as_ever() -> None:
    assert VOCABULARY.characters == {}
    assert VOCABULARY.parse('"OPEN" a "CAT"') == VOCABULARY.parse("open a cat")
    assert VOCABULARY.parse('"OPEN" a "CAT"').ignored_words == ("open",)


def test_the_nouns_of_a_prompt_are_told_by_their_usual_names() -> None:
    told = VOCABULARY.meanings("Zeppelins, a kitty; red BOXES by the Christmas-tree")
    assert told == (("kitty", "cat"), ("boxes", "box"), ("christmas tree", "christmas tree"))
    assert VOCABULARY.meanings("?! red") == ()
