import math

import pytest
import torch
from torch import Tensor

from seedbed.evaluation.finder import Found
from seedbed.evaluation.matcher import Matcher, poses
from seedbed.evaluation.observation import Reading
from seedbed.evaluation.templates import FINE, Look, Templates

GROUND = torch.tensor([0.2, 0.5, 0.9])
DISC, RING, BAR, BAR_AGAIN = range(4)


def shapes() -> Templates:
    """A disc in two colours, a ring, and a bar under two names; all in one style but the ring."""
    middle = (torch.arange(FINE) + 0.5) / FINE - 0.5
    far = (middle[:, None] ** 2 + middle**2).sqrt()
    disc, ring = (far < 0.4).float(), ((far < 0.4) & (far > 0.25)).float()
    bar = ((middle.abs() < 0.12)[:, None] & (middle.abs() < 0.45)).float()
    red, white = torch.tensor([0.9, 0.1, 0.1]), torch.tensor([0.95, 0.95, 0.95])
    looks = (
        (Look(DISC, "flat", None), disc, white),
        (Look(DISC, "flat", "red"), disc, red),
        (Look(RING, "neon", None), ring, white),
        (Look(BAR, "flat", "red"), bar, red),
        (Look(BAR_AGAIN, "flat", None), bar, red),
    )
    pixels = [torch.cat((colour[:, None, None] * shape, shape[None])) for _, shape, colour in looks]
    return Templates(tuple(look for look, _, _ in looks), (torch.stack(pixels) * 255).round().byte())


TEMPLATES = shapes()
MATCHER = Matcher(TEMPLATES)


def picture(look: int, left: int = 24, top: int = 48, ground: Tensor | None = None) -> Tensor:
    """The look four pixels a template's, before a ground, (3, 144, 144)."""
    whole = GROUND[:, None, None].expand(3, 144, 144).clone() if ground is None else ground.clone()
    drawn = TEMPLATES.fine([look])[0].repeat_interleave(3, 1).repeat_interleave(3, 2)
    part = whole[:, top : top + 72, left : left + 72]
    whole[:, top : top + 72, left : left + 72] = drawn[:3] + (1 - drawn[3:]) * part
    return whole


@pytest.mark.parametrize("look", range(len(TEMPLATES.looks)))
def test_each_look_is_known_by_its_own_picture(look: int) -> None:
    found = MATCHER.match(picture(look), [Found(60, 84, 72, 1.0)], GROUND)
    assert TEMPLATES.looks[look].noun in {reading.noun for reading in found.readings}
    assert found.explained > 0.97
    assert (found.x, found.y, found.side) == pytest.approx((60, 84, 72), abs=2.5)


@pytest.mark.parametrize("box", [Found(50, 94, 72, 1.0), Found(60, 84, 100, 1.0), Found(70, 74, 50, 1.0)])
def test_a_box_that_is_quite_wrong_is_put_right(box: Found) -> None:
    found = MATCHER.match(picture(1), [box], GROUND)
    assert found.look == Look(DISC, "flat", "red")
    assert (found.x, found.y, found.side) == pytest.approx((60, 84, 72), abs=2.5)


def test_of_several_guesses_the_one_that_explains_most_counts() -> None:
    found = MATCHER.match(picture(2), [Found(120, 20, 30, 1.0), Found(60, 84, 72, 1.0)], GROUND)
    assert (found.look.noun, round(found.x), round(found.y)) == (RING, 60, 84)


def test_what_looks_the_same_is_read_both_ways() -> None:
    found = MATCHER.match(picture(3), [Found(60, 84, 72, 1.0)], GROUND)
    assert set(found.readings) == {Reading(BAR, "red"), Reading(BAR_AGAIN, None)}
    assert found.chance > 0.9, "two names for one look do not make it less sure"


def test_what_differs_is_not_read_both_ways() -> None:
    assert MATCHER.match(picture(1), [Found(60, 84, 72, 1.0)], GROUND).readings == (Reading(DISC, "red"),)


def test_each_style_is_given_what_its_looks_explain() -> None:
    found = MATCHER.match(picture(2), [Found(60, 84, 72, 1.0)], GROUND)
    assert found.styles["neon"] > 0.97 > found.styles["flat"] + 0.2


def test_a_ground_that_is_not_plain_is_taken_from_beside_the_object() -> None:
    layers = torch.linspace(0.1, 0.9, 144)[None, :, None] * torch.tensor([1.0, 0.6, 0.3])[:, None, None]
    found = MATCHER.match(picture(1, ground=layers.expand(3, 144, 144)), [Found(60, 84, 72, 1.0)], None)
    assert found.look == Look(DISC, "flat", "red")
    assert found.explained > 0.95


def test_nothing_is_explained_by_no_look() -> None:
    speckles = torch.rand(3, 144, 144, generator=torch.Generator().manual_seed(0))
    assert MATCHER.match(speckles, [Found(60, 84, 72, 1.0)], GROUND).explained < 0.5


def test_poses_shift_and_grow() -> None:
    some = poses(0.1, 3, (0.5, 1.0))
    assert some.shape == (18, 3)
    assert {round(float(shift), 6) for shift in some[:, 0]} == {-0.1, 0.0, 0.1}
    assert {round(math.exp(float(growth)), 6) for growth in some[:, 2]} == {0.5, 1.0}
