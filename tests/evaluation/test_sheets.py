from dataclasses import replace

from PIL import Image

from seedbed.evaluation.prompts import SKILLS, frozen_prompts
from seedbed.evaluation.scope import EVERYTHING
from seedbed.evaluation.sheets import Entry, answer_entry, sheet
from seedbed.world.nouns import NOUNS
from tests.evaluation.truth import answer, detection, observation

(ITEM,) = frozen_prompts(SKILLS["one object"], 1, 1, replace(EVERYTHING, nouns=6))


def test_a_right_answer_says_so() -> None:
    entry = answer_entry(answer(ITEM))
    assert (entry.text, entry.verdict, entry.is_right) == (ITEM.prompt, "right", True)


def test_a_wrong_one_says_what_is_missing_and_what_is_there_instead() -> None:
    wanted = ITEM.scene.objects[0].noun
    seen = observation(detection(wanted + 1, colour="blue"), detection(None, colour="red"))
    entry = answer_entry(answer(ITEM, seen))
    assert not entry.is_right
    assert entry.verdict == f"not {NOUNS[wanted].name}; sees blue {NOUNS[wanted + 1].name}, red something"
    assert answer_entry(answer(ITEM, observation())).verdict == f"not {NOUNS[wanted].name}; sees nothing"


def test_a_sheet_holds_every_picture_in_rows() -> None:
    colours = ["red", "green", "blue", "yellow", "purple"]
    entries = [Entry(Image.new("RGB", (300, 200), colour), f"a {colour} one " * 9, "right") for colour in colours]
    whole = sheet(entries, columns=3, cell=100, lines=2)
    assert whole.width == 300
    assert whole.height == 2 * (whole.height // 2)
    found = {
        whole.getpixel((column * 100 + 50, row * (whole.height // 2) + 50)) for column in range(3) for row in (0, 1)
    }
    assert found > {Image.new("RGB", (1, 1), colour).getpixel((0, 0)) for colour in colours}


def test_long_words_stay_within_their_lines() -> None:
    (short,) = (sheet([Entry(Image.new("RGB", (50, 50)), text)], 1, 100, 2).size for text in ("word " * 200,))
    assert short == sheet([Entry(Image.new("RGB", (50, 50)), "word")], 1, 100, 2).size
