import json

from typer.testing import CliRunner

from seedbed.cli.main import app
from seedbed.world.captions import all_words
from seedbed.world.nouns import NOUNS
from seedbed.world.text import CHARACTERS


def test_it_lists_every_thing_and_every_word_of_the_packaged_weights() -> None:
    listed = json.loads(CliRunner().invoke(app, ["vocabulary", "--json"]).stdout)
    assert listed["things"] == [*(noun.name for noun in NOUNS), *CHARACTERS]
    # The world may have grown since these weights were trained, never shrunk.
    assert set(listed["words"]) <= set(all_words())
    assert {"left", "blue", "flat"} <= set(listed["words"])


def test_people_read_it_as_text() -> None:
    shown = CliRunner().invoke(app, ["vocabulary"]).stdout
    assert f"{len(NOUNS)} things it draws" in shown
    assert f"\n{CHARACTERS}\n" in shown
    assert "strawberry" in shown
