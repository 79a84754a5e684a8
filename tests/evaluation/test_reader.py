from dataclasses import replace
from pathlib import Path

import pytest

from seedbed.evaluation.answers import character_errors
from seedbed.evaluation.evaluate import _unasked
from seedbed.evaluation.prompts import SKILLS, frozen_prompts
from seedbed.evaluation.reader import can_read, edits, read
from seedbed.evaluation.scope import EVERYTHING
from seedbed.evaluation.sources import render_scene
from seedbed.world.colours import OBJECT_COLOURS
from seedbed.world.icons import IconLibrary
from seedbed.world.text import Letter, Sign, Text
from tests.evaluation.truth import answer, observation, scene

HELLO = Text(tuple(Letter(character, 1 + column, 4) for column, character in enumerate("HELLO")), 1)


@pytest.mark.parametrize(
    ("read", "word", "count"), [("", "HI", 2), ("HI", "HI", 0), ("HIT", "HI", 1), ("LO", "LOL", 1), ("AB", "BA", 2)]
)
def test_edits_are_counted(read: str, word: str, count: int) -> None:
    assert edits(read, word) == count


@pytest.mark.skipif(not can_read(), reason="tesseract is not installed")
@pytest.mark.parametrize("text", [HELLO, replace(HELLO, colour="white", sign=Sign("blue", True))])
def test_a_rendered_word_is_read(icons: Path, text: Text) -> None:
    shown = scene(text=text)
    assert read(render_scene(shown, IconLibrary(icons)), text, shown.canvas) == "HELLO"
    assert read(render_scene(replace(shown, text=None), IconLibrary(icons)), text, shown.canvas) == ""


def test_words_are_claims_and_their_characters_are_counted() -> None:
    (item,) = frozen_prompts(SKILLS["text"], 1, 1)
    assert answer(item).passes
    wrong = answer(item, replace(observation(), text=None))
    assert not wrong.passes
    assert character_errors([answer(item)]) == 0.0
    assert character_errors([answer(item), wrong]) == 0.5
    assert character_errors([]) is None


def test_words_are_asked_only_of_who_knows_letters() -> None:
    assert _unasked(SKILLS["text"], replace(EVERYTHING, text=False)) == "these weights know no letters"
    assert _unasked(SKILLS["styles"], replace(EVERYTHING, text=False)) is None
    assert set(OBJECT_COLOURS) >= {"white", "blue"}
