from dataclasses import replace

from seedbed.evaluation.causes import Cause, by_background, by_style, cause_of, causes, missed_nouns
from seedbed.evaluation.intervals import Share
from seedbed.evaluation.prompts import SKILLS, frozen_prompts
from seedbed.world.nouns import NOUNS
from tests.evaluation.truth import answer, detection, observation, truth

ONE, TWO, BINDING = (frozen_prompts(SKILLS[name], 4, 1) for name in ("one object", "two objects", "colour binding"))


def test_what_is_right_has_no_cause() -> None:
    assert [cause_of(answer(item)) for item in (*ONE, *TWO, *BINDING)] == [None] * 12


def test_a_cause_is_the_first_thing_that_is_wrong() -> None:
    seen = truth(TWO[0].scene)
    first, second = seen.detections
    for detections, cause in (
        ((), Cause.NOTHING),
        ((first,), Cause.TOO_FEW),
        ((first, first, first), Cause.TOO_MANY),
        ((first, replace(second, noun=None)), Cause.UNKNOWN),
        ((first, first), Cause.OTHER),
    ):
        assert cause_of(answer(TWO[0], replace(seen, detections=detections))) is cause
    bound = truth(BINDING[0].scene)
    turned = tuple(replace(one, colour="none") for one in bound.detections)
    assert cause_of(answer(BINDING[0], replace(bound, detections=turned))) is Cause.COLOUR


def test_causes_are_counted() -> None:
    of = [answer(ONE[0]), answer(ONE[1], observation()), answer(ONE[2], observation())]
    assert causes(of) == {Cause.NOTHING: 2}


def test_groups_have_their_own_shares() -> None:
    wrong, right = answer(ONE[0], observation()), answer(ONE[1])
    styles = by_style([wrong, right])
    assert sum(shares["score"].trials for shares in styles.values()) == 2
    assert styles[ONE[1].scene.style]["score"].successes >= 1
    (name,) = by_background([wrong])
    assert by_background([wrong])[name]["objects"] == Share(0, 1)


def test_missed_nouns_come_worst_first() -> None:
    noun = ONE[0].scene.objects[0].noun
    both = [answer(ONE[0]), answer(ONE[0], observation(detection(noun + 1))), answer(ONE[1], observation())]
    missed = missed_nouns(both)
    assert list(missed) == [NOUNS[ONE[1].scene.objects[0].noun].name, NOUNS[noun].name]
    assert missed[NOUNS[noun].name] == Share(1, 2)
    assert missed_nouns([answer(ONE[0])]) == {}
