import pytest

from seedbed.engine.guidance_map import AppliedGuidance, GuidanceKind, GuidanceMap


def test_as_is_hands_it_over_unchanged() -> None:
    guidance = GuidanceMap(GuidanceKind.AS_IS, highest=20.0)
    assert [guidance.apply(g) for g in (0.0, 2.5, 20.0)] == [AppliedGuidance(g, g) for g in (0.0, 2.5, 20.0)]
    assert guidance.span == (0.0, 20.0)


def test_one_plus_is_off_at_one() -> None:
    guidance = GuidanceMap(GuidanceKind.ONE_PLUS, lowest=1.0)
    assert [guidance.apply(g).value for g in (0.0, 2.5, 20.0)] == [1.0, 3.5, 21.0]


def test_beyond_what_was_trained_it_is_limited_and_says_to_what() -> None:
    guidance = GuidanceMap(GuidanceKind.EMBEDDED, lowest=1.5, highest=5.0)
    assert guidance.apply(0.0) == AppliedGuidance(1.5, 0.5)
    assert guidance.apply(2.5) == AppliedGuidance(3.5, 2.5)
    assert guidance.apply(20.0) == AppliedGuidance(5.0, 4.0)
    assert guidance.span == (0.5, 4.0)


@pytest.mark.parametrize("asked", [0.0, 2.5, 20.0])
def test_a_model_without_guidance_gets_one_value_whatever_is_asked(asked: float) -> None:
    guidance = GuidanceMap(GuidanceKind.NONE, off=1.0)
    assert guidance.apply(asked) == AppliedGuidance(1.0, None)
    assert guidance.span is None


def test_renormalisation_is_switched_on_only_where_it_is_strong() -> None:
    guidance = GuidanceMap(
        GuidanceKind.ONE_PLUS, "cfg", lowest=1.0, renormalise_above=7.0, renormalise=(("rescale", 0.7),)
    )
    assert guidance.arguments(6.0) == {"cfg": 7.0}
    assert guidance.arguments(6.1) == {"cfg": 7.1, "rescale": 0.7}
