from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.sprout.canvas import latent_grid
from seedbed.sprout.cells import Cells
from seedbed.sprout.lexicon import LEVELS, SLOTS, ground_places, scenery_slots
from seedbed.sprout.plan import VARIANTS
from seedbed.training.batches import BatchRecipe
from seedbed.training.latents import SceneLatents
from seedbed.training.looks import STROKES, first_looks, first_sceneries, first_shades, icon_of, likely_looks
from seedbed.training.plans import REPERTOIRE
from seedbed.world.colours import BACKGROUNDS
from seedbed.world.icons import IconLibrary
from seedbed.world.mix import DEFAULT, FIRST
from seedbed.world.nouns import NOUNS
from seedbed.world.styles import Style

WIDTH = 9
ICONS = [noun.icon for noun in NOUNS[:840:105]]
SHOWN = ("flat", "glossy", *STROKES)


@pytest.fixture(scope="module")
def world(icons: Path) -> SceneLatents:
    network = Autoencoder(AutoencoderConfig(latent_channels=4, widths=(16, 16, 16), head_width=16))
    network.components.copy_(torch.randn(network.components.shape, generator=torch.Generator().manual_seed(3)) / 50)
    return SceneLatents(IconLibrary(icons), network)


@pytest.fixture(scope="module")
def looks(world: SceneLatents) -> Tensor:
    return first_looks(world, ICONS, WIDTH)


def test_each_slot_of_each_noun_has_numbers_of_one_spread(looks: Tensor) -> None:
    assert looks.shape == (len(ICONS), SLOTS, WIDTH)
    assert looks.flatten(0, 1).std(0).min() > 0.01
    assert float(looks.square().mean().sqrt()) == pytest.approx(0.5)


def test_what_the_slots_show_can_be_read_from_them(world: SceneLatents) -> None:
    """With as many numbers as the encoder gives, nothing is lost: the icons' own latents are linear in the looks."""
    whole = first_looks(world, ICONS, 2 * 4 * len(SHOWN)).flatten(0, 1)
    seen = _seen(world, "glossy")
    assert _left_over(whole, seen) < 1e-4
    shuffled = torch.randperm(len(seen), generator=torch.Generator().manual_seed(0))
    assert _left_over(whole[shuffled], seen) > 0.9


@pytest.mark.parametrize("style", SHOWN)
def test_few_numbers_show_both_icon_sets_and_the_strokes(world: SceneLatents, looks: Tensor, style: str) -> None:
    seen, numbers = _seen(world, style), looks.flatten(0, 1)
    # Nine numbers for six styles of four channels, and how clear each is: neon's dark inside is what counts least.
    assert _left_over(numbers, seen) < (0.6 if style == "neon" else 0.1)
    shuffled = torch.randperm(len(seen), generator=torch.Generator().manual_seed(0))
    assert _left_over(numbers[shuffled], seen) > 0.9


@pytest.mark.parametrize("colour", ["red", "white", "black"])
def test_shades_say_what_looks_do_not_of_recoloured_things(world: SceneLatents, looks: Tensor, colour: str) -> None:
    shades = first_shades(world, ICONS, looks, 4).flatten(0, 1)
    assert shades.shape == (len(ICONS) * SLOTS, 4)
    seen, numbers = _seen(world, "glossy", colour), looks.flatten(0, 1)
    without, with_them = (_left_over(known, seen) for known in (numbers, torch.cat((numbers, shades), dim=1)))
    assert with_them < 0.7 * without
    shuffled = shades[torch.randperm(len(seen), generator=torch.Generator().manual_seed(0))]
    assert _left_over(torch.cat((numbers, shuffled), dim=1), seen) > 0.9 * without


def test_looks_of_what_was_never_drawn_are_guessed_from_those_that_were(world: SceneLatents) -> None:
    turned = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(1)))[0]
    learnt = first_looks(world, ICONS, 4) @ turned + 0.3
    guessed = likely_looks(world, ICONS[:-3], learnt[:-3], ICONS[-3:])
    assert guessed.shape == (3, SLOTS, 4)
    assert (guessed - learnt[-3:]).square().mean() < 0.05 * learnt.var()


class _Grounds:
    """A world of nothing but grounds: noise, another on each."""

    def __init__(self) -> None:
        self.asked: set[tuple[int, int, AspectRatio]] = set()

    def batches(self, recipe: BatchRecipe, numbers: Iterable[int]) -> Iterator[tuple[Tensor, Cells]]:
        raise NotImplementedError

    @property
    def autoencoder(self) -> Autoencoder:
        raise NotImplementedError

    def icons(self, style: Style, icons: Sequence[str], level: int, colour: str | None = None) -> tuple[Tensor, Tensor]:
        raise NotImplementedError

    def ground(self, ground: int, variant: int, aspect_ratio: AspectRatio) -> Tensor:
        self.asked.add((ground, variant, aspect_ratio))
        generator = torch.Generator().manual_seed(1000 * ground + 10 * variant + list(AspectRatio).index(aspect_ratio))
        return torch.randn(4, *latent_grid(aspect_ratio), generator=generator)


PICTURED = REPERTOIRE.grounds[len(BACKGROUNDS) :]


def test_every_ground_that_is_shown_has_looks_of_its_own_and_no_other() -> None:
    world, shown = _Grounds(), [PICTURED.index(name) for name in ("dots", "beach")]
    mix = replace(DEFAULT, backgrounds=(("plain", 1.0), ("dots", 1.0), ("beach", 1.0), ("sea", 0.0)))
    looks = first_sceneries(world, 5, mix)
    assert looks.shape == (scenery_slots(len(PICTURED)), 5)
    assert world.asked == set(product(shown, range(VARIANTS), AspectRatio))
    places = [ground_places(g, len(PICTURED), v, *latent_grid(ratio)) for g, v, ratio in world.asked]
    there = torch.from_numpy(np.concatenate(places))
    assert set(looks.any(1).nonzero()[:, 0].tolist()) == set(there.tolist())
    seen = torch.cat([world.ground(*key).flatten(1).T for key in world.asked])
    assert _left_over(looks[there], seen) < 1e-4


def test_plain_colours_need_no_looks() -> None:
    assert not first_sceneries(_Grounds(), 5, FIRST).any()


def test_nouns_and_characters_have_icons() -> None:
    assert icon_of(NOUNS[0].name) == NOUNS[0].icon
    assert icon_of("A") != icon_of("B")


def _seen(world: SceneLatents, hand: str, colour: str | None = None) -> Tensor:
    """The ink of every slot of every icon, (icons * SLOTS, channels)."""
    levels = [world.icons(hand, ICONS, level, colour)[0].flatten(2) for level in LEVELS]
    return torch.cat(levels, dim=2).transpose(1, 2).flatten(0, 1)


def _left_over(numbers: Tensor, seen: Tensor) -> float:
    """The share of `seen` that no linear function of `numbers` gives."""
    known = torch.cat((numbers, torch.ones(len(numbers), 1)), dim=1)
    fitted = known @ torch.linalg.pinv(known) @ seen
    return float((seen - fitted).square().sum() / (seen - seen.mean(0)).square().sum())
