from pathlib import Path

import pytest
import torch
from torch import Tensor

from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.sprout.lexicon import LEVELS, SLOTS
from seedbed.training.latents import SceneLatents
from seedbed.training.looks import first_looks, icon_of, likely_looks
from seedbed.world.icons import IconLibrary
from seedbed.world.nouns import NOUNS

WIDTH = 9
ICONS = [noun.icon for noun in NOUNS[:840:70]]


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


def test_what_the_slots_show_can_be_read_from_them(world: SceneLatents, looks: Tensor) -> None:
    """With as many numbers as the encoder gives, nothing is lost: the icons' own latents are linear in the looks."""
    whole = first_looks(world, ICONS, 24).flatten(0, 1)
    seen = _seen(world, "glossy")
    assert _left_over(whole[:, 8:16], seen) < 1e-4
    assert _left_over(looks[..., 3:6].flatten(0, 1), seen) < 0.5
    shuffled = torch.randperm(len(seen), generator=torch.Generator().manual_seed(0))
    assert _left_over(whole[shuffled, 8:16], seen) > 0.4


@pytest.mark.parametrize(("style", "third"), [("flat", 0), ("glossy", 1), ("line art", 2), ("neon", 2)])
def test_each_icon_set_and_the_strokes_fill_a_third_of_their_own(
    world: SceneLatents, looks: Tensor, style: str, third: int
) -> None:
    seen = _seen(world, style)
    left = [_left_over(numbers, seen) for numbers in looks.flatten(0, 1).chunk(3, dim=1)]
    assert left[third] == min(left)


def test_looks_of_what_was_never_drawn_are_guessed_from_those_that_were(world: SceneLatents) -> None:
    turned = torch.linalg.qr(torch.randn(16, 16, generator=torch.Generator().manual_seed(1)))[0]
    learnt = first_looks(world, ICONS, 24)[..., :16] @ turned + 0.3
    guessed = likely_looks(world, ICONS[:-3], learnt[:-3], ICONS[-3:])
    assert guessed.shape == (3, SLOTS, 16)
    assert (guessed - learnt[-3:]).square().mean() < 0.05 * learnt.var()


def test_nouns_and_characters_have_icons() -> None:
    assert icon_of(NOUNS[0].name) == NOUNS[0].icon
    assert icon_of("A") != icon_of("B")


def _seen(world: SceneLatents, hand: str) -> Tensor:
    """The ink of every slot of every icon, (icons * SLOTS, channels)."""
    return torch.cat([world.icon(hand, icon, level)[0].flatten(1).T for icon in ICONS for level in LEVELS])


def _left_over(numbers: Tensor, seen: Tensor) -> float:
    """The share of `seen` that no linear function of `numbers` gives."""
    known = torch.cat((numbers, torch.ones(len(numbers), 1)), dim=1)
    fitted = known @ torch.linalg.pinv(known) @ seen
    return float((seen - fitted).square().sum() / (seen - seen.mean(0)).square().sum())
