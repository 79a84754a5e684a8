import json
from pathlib import Path

import pytest

from seedbed.errors import CheckpointError
from seedbed.sprout.vocabulary import MAX_TOKENS, NULL, PADDING, PLURAL, UNKNOWN, Name, Vocabulary

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
        ("catss christmas reds", (UNKNOWN, UNKNOWN, UNKNOWN), ("catss", "christmas", "reds")),
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


def test_the_nouns_of_a_prompt_are_told_by_their_usual_names() -> None:
    told = VOCABULARY.meanings("Two Kitties, a kitty; red BOXES by the Christmas-tree")
    assert told == (("kitty", "cat"), ("boxes", "box"), ("christmas tree", "christmas tree"))
    assert VOCABULARY.meanings("?! red") == ()
