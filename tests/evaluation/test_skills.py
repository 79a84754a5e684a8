from dataclasses import replace

import pytest

from seedbed.evaluation.observation import Observation, Reading
from seedbed.evaluation.skills import ClaimKind, claims, stands
from seedbed.world.placed import Place, Relation, Size
from seedbed.world.scene import Scene
from tests.evaluation.truth import APPLE, CAT, DOG, detection, observation, placed, scene


def held(asked: Scene, seen: Observation, kind: ClaimKind) -> list[bool]:
    return [claim.holds for claim in claims(asked, seen) if claim.kind is kind]


def test_a_noun_is_there_or_not() -> None:
    asked = scene(placed(CAT))
    assert held(asked, observation(detection(CAT)), ClaimKind.NOUN) == [True]
    assert held(asked, observation(detection(DOG), detection(None)), ClaimKind.NOUN) == [False]
    assert held(asked, observation(), ClaimKind.NOUN) == [False]


def test_each_of_several_nouns_is_a_claim_of_its_own() -> None:
    asked = scene(placed(CAT), placed(DOG), placed(APPLE))
    assert held(asked, observation(detection(APPLE), detection(CAT)), ClaimKind.NOUN) == [True, False, True]


@pytest.mark.parametrize(("drawn", "right"), [(2, False), (3, True), (4, False), (0, False)])
def test_a_count_is_exact(drawn: int, right: bool) -> None:
    asked = scene(*(placed(CAT) for _ in range(3)))
    seen = observation(detection(DOG), *(detection(CAT) for _ in range(drawn)))
    assert held(asked, seen, ClaimKind.COUNT) == [right]
    assert held(asked, seen, ClaimKind.NOUN) == [drawn > 0]


def test_an_object_that_nobody_asked_for_is_noticed() -> None:
    asked = scene(placed(CAT))
    assert held(asked, observation(detection(CAT)), ClaimKind.ALONE) == [True]
    assert held(asked, observation(detection(CAT), detection(None)), ClaimKind.ALONE) == [False]


def test_a_colour_is_the_colour_of_its_own_object() -> None:
    asked = scene(placed(CAT, colour="blue"), placed(DOG, colour="red"))
    right = observation(detection(CAT, colour="blue"), detection(DOG, colour="red"))
    swapped = observation(detection(CAT, colour="red"), detection(DOG, colour="blue"))
    assert held(asked, right, ClaimKind.COLOUR) == [True, True]
    assert held(asked, swapped, ClaimKind.COLOUR) == [False, False]
    assert held(asked, observation(detection(APPLE, colour="blue")), ClaimKind.COLOUR) == [False, False]


def test_several_of_a_noun_must_all_have_its_colour() -> None:
    asked = scene(placed(CAT, colour="blue"), placed(CAT, colour="blue"))
    both = observation(detection(CAT, colour="blue"), detection(CAT, colour="blue"))
    one = observation(detection(CAT, colour="blue"), detection(CAT, colour="red"))
    assert held(asked, both, ClaimKind.COLOUR) == [True]
    assert held(asked, one, ClaimKind.COLOUR) == [False]


def test_a_colour_that_was_not_said_is_no_claim() -> None:
    assert held(scene(placed(CAT)), observation(detection(CAT)), ClaimKind.COLOUR) == []


@pytest.mark.parametrize(
    ("where", "relation"),
    [
        ((0.2, 0.5), Relation.LEFT_OF),
        ((0.8, 0.5), Relation.RIGHT_OF),
        ((0.5, 0.2), Relation.ABOVE),
        ((0.5, 0.8), Relation.BELOW),
    ],
)
def test_a_relation_is_where_the_first_stands(where: tuple[float, float], relation: Relation) -> None:
    seen = observation(detection(CAT, *where, size=0.3), detection(DOG, size=0.3))
    asked = {other: scene(placed(CAT), placed(DOG), relation=other, relation_named=True) for other in Relation}
    assert {other for other, one in asked.items() if held(one, seen, ClaimKind.RELATION) == [True]} == {relation}


@pytest.mark.parametrize("where", [(0.46, 0.5), (0.5, 0.5), (0.3, 0.2)])
def test_what_is_hardly_beside_or_more_above_is_not_left(where: tuple[float, float]) -> None:
    asked = scene(placed(CAT), placed(DOG), relation=Relation.LEFT_OF, relation_named=True)
    seen = observation(detection(CAT, *where, size=0.3), detection(DOG, size=0.3))
    assert held(asked, seen, ClaimKind.RELATION) == [False]


def test_a_relation_to_what_is_not_there_does_not_hold() -> None:
    asked = scene(placed(CAT), placed(DOG), relation=Relation.LEFT_OF, relation_named=True)
    assert held(asked, observation(detection(CAT, 0.1)), ClaimKind.RELATION) == [False]


def test_an_unnamed_relation_is_no_claim() -> None:
    asked = scene(placed(CAT), placed(DOG), relation=Relation.LEFT_OF)
    assert held(asked, observation(detection(CAT), detection(DOG)), ClaimKind.RELATION) == []


@pytest.mark.parametrize("place", Place)
def test_only_what_a_place_speaks_of_counts(place: Place) -> None:
    across = 0.2 if "left" in place else 0.8 if "right" in place else 0.5
    down = 0.2 if "top" in place else 0.8 if "bottom" in place else 0.5
    assert stands(detection(x=across, y=down), place)
    assert not stands(detection(x=1 - across, y=1 - down), place) or place is Place.CENTRE
    assert stands(detection(x=across, y=down), Place.CENTRE) == (place is Place.CENTRE)


def test_a_place_is_that_of_the_noun_it_was_said_of() -> None:
    asked = scene(placed(CAT, said_place=Place.TOP_LEFT))
    assert held(asked, observation(detection(CAT, 0.2, 0.2)), ClaimKind.PLACE) == [True]
    assert held(asked, observation(detection(CAT, 0.8, 0.2)), ClaimKind.PLACE) == [False]
    assert held(asked, observation(detection(DOG, 0.2, 0.2)), ClaimKind.PLACE) == [False]


@pytest.mark.parametrize(("size", "side"), [("tiny", 0.2), ("small", 0.37), ("big", 0.65), ("huge", 1.0)])
def test_a_size_is_a_share_of_the_short_side(size: str, side: float) -> None:
    right = {
        said
        for said in Size
        if held(scene(placed(CAT, said_size=said)), observation(detection(CAT, size=side)), ClaimKind.SIZE) == [True]
    }
    assert right == {Size(size)}


def test_backgrounds_and_styles_count_where_they_are_said() -> None:
    asked = scene(placed(CAT), background="blue", background_named=True, style="flat", style_named=True)
    seen = observation(detection(CAT), background="blue", style="glossy")
    assert held(asked, seen, ClaimKind.BACKGROUND) == [True]
    assert held(asked, seen, ClaimKind.STYLE) == [False]
    unsaid = scene(placed(CAT), background="blue")
    assert held(unsaid, seen, ClaimKind.BACKGROUND) == held(unsaid, seen, ClaimKind.STYLE) == []


def test_what_looks_the_same_may_be_called_either() -> None:
    """A black "cat" is drawn as the noun "black cat" is, and no judge could tell which of them was meant."""
    both = replace(detection(CAT, colour="white"), readings=(Reading(CAT, None), Reading(DOG, "black")))
    assert held(scene(placed(DOG, colour="black")), observation(both), ClaimKind.COLOUR) == [True]
    assert held(scene(placed(DOG, colour="white")), observation(both), ClaimKind.COLOUR) == [False]
    assert held(scene(placed(CAT, colour="white")), observation(both), ClaimKind.COLOUR) == [True]
    assert held(scene(placed(APPLE)), observation(both), ClaimKind.NOUN) == [False]
