from dataclasses import replace

import pytest

from seedbed.errors import ConfigurationError
from seedbed.evaluation.prompts import SKILLS, frozen_prompts
from seedbed.evaluation.scope import EVERYTHING, Scope, scope_of
from seedbed.sprout.vocabulary import Name, Vocabulary
from seedbed.training.sprout import world_vocabulary
from seedbed.world.mix import DEFAULT, FIRST
from seedbed.world.nouns import NOUNS
from tests.sprout import tiny


def test_who_knows_all_words_is_asked_for_everything() -> None:
    assert scope_of(world_vocabulary(DEFAULT)) == EVERYTHING


def test_who_was_taught_the_first_world_is_asked_for_no_more() -> None:
    plain = Scope(FIRST.nouns, frozenset({"plain"}), frozenset({"flat", "glossy"}))
    assert scope_of(world_vocabulary(FIRST)) == plain


def test_a_scenery_is_known_by_all_its_names() -> None:
    whole = world_vocabulary(DEFAULT)
    less = Vocabulary(tuple(word for word in whole.words if word != "seaside"), whole.things, whole.names)
    assert EVERYTHING.backgrounds - scope_of(less).backgrounds == {"beach"} & EVERYTHING.backgrounds


def test_nouns_count_up_to_the_first_that_is_unknown() -> None:
    names = {noun.name: Name(number, plural=False) for number, noun in enumerate(NOUNS)}
    things = tuple(noun.name for number, noun in enumerate(NOUNS) if number != 30)
    assert scope_of(Vocabulary((), things, names)).nouns == 30


def test_weights_that_know_next_to_nothing_are_not_asked() -> None:
    with pytest.raises(ConfigurationError, match="these weights know 2 of the world's nouns"):
        scope_of(tiny.VOCABULARY)


def test_prompts_keep_within_their_scope() -> None:
    scope = Scope(8, frozenset({"plain"}), frozenset({"flat"}))
    for skill in (skill for skill in SKILLS.values() if not skill.mix.text):
        for item in frozen_prompts(skill, 4, 1, scope):
            assert all(placed.noun < 8 for placed in item.scene.objects)
            assert item.scene.style == ("flat" if item.scene.style_named else "glossy")


def test_a_mix_loses_only_what_lies_outside() -> None:
    limited = replace(EVERYTHING, nouns=9).limited(DEFAULT)
    assert limited == replace(DEFAULT, nouns=9)
