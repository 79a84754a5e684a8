import json
from pathlib import Path

import pytest

from seedbed.errors import CheckpointError
from seedbed.sprout.vocabulary import MAX_TOKENS, NULL, PADDING, UNKNOWN, Vocabulary

VOCABULARY = Vocabulary(("a", "box", "cat", "fries", "red"), things=("cat", "box"))
S, ES, A, BOX, CAT, FRIES, RED = range(UNKNOWN + 1, len(VOCABULARY))


@pytest.mark.parametrize(
    ("prompt", "tokens"),
    [
        ("a red cat", (A, RED, CAT)),
        ("A RED\tCat!", (A, RED, CAT)),
        ("red-cat_box", (RED, CAT, BOX)),
        ("cats", (CAT, S)),
        ("boxes", (BOX, ES)),
        ("a cat's box, the cats’ box", (A, CAT, BOX, UNKNOWN, CAT, S, BOX)),
        ("fries", (FRIES,)),
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
        ("catss fry es", (UNKNOWN, UNKNOWN, UNKNOWN), ("catss", "fry", "es")),
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


@pytest.mark.parametrize("prompt", ["a " * 2048, "x" * 4096, "🐱" * 4096, "ﷺ" * 4096, "\u0301" * 4096, "İ" * 4096])
def test_no_prompt_is_too_much(prompt: str) -> None:
    parsed = VOCABULARY.parse(prompt)
    assert 1 <= len(parsed.tokens) <= MAX_TOKENS
    assert all(PADDING < token < len(VOCABULARY) for token in parsed.tokens)


def test_it_tells_whether_it_knows_a_word() -> None:
    assert [VOCABULARY.knows(word) for word in ("cat", "Cats", "boxes", "dog", "")] == [True, True, True, False, False]


def test_a_saved_vocabulary_reads_back(tmp_path: Path) -> None:
    VOCABULARY.save(tmp_path / "vocabulary.json")
    read = Vocabulary.from_pretrained(tmp_path / "vocabulary.json")
    assert (read.words, read.things) == (VOCABULARY.words, VOCABULARY.things)


@pytest.mark.parametrize("content", ["", "[]", "{}", "\x80", json.dumps({"words": 1, "things": []})])
def test_a_damaged_vocabulary_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "vocabulary.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(CheckpointError, match="vocabulary"):
        Vocabulary.from_pretrained(path)


def test_a_missing_vocabulary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nowhere\.json"):
        Vocabulary.from_pretrained(tmp_path / "nowhere.json")
