from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from seedbed.diffusion.flow import interpolate, velocity_loss
from seedbed.learning.checkpoints import load_checkpoint
from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.sprout.checkpoint import Sprout
from seedbed.sprout.transformer import Transformer
from seedbed.training.batches import BatchRecipe
from seedbed.training.latents import SceneLatents
from seedbed.training.plans import REPERTOIRE
from seedbed.training.sprout import world_vocabulary
from seedbed.training.transformer import TransformerRecipe, train_transformer
from seedbed.world.icons import IconLibrary
from seedbed.world.mix import WorldMix
from tests.sprout.tiny import planner
from tests.training.tiny_recipe import RECIPE as TINY

# Looks of all nouns, letters and sceneries would take minutes to draw.
MIX = TINY.mix
PLAIN = replace(MIX, backgrounds=(("plain", 1.0),))
THINGS = world_vocabulary(MIX).things
RECIPE = TransformerRecipe(
    latent_channels=4, width=32, depth=2, hidden=32, steps=6, batch_size=4, warm_up=2, checkpoint_every=3, compile=False
)


class _Interrupted(Exception):
    pass


@dataclass
class _Once(SceneLatents):
    """Encodes each ground once, as it does icons, for all the runs of these tests."""

    _pictured: dict[tuple[int, int, AspectRatio], torch.Tensor] = field(default_factory=dict)

    def ground(self, ground: int, variant: int, aspect_ratio: AspectRatio) -> torch.Tensor:
        key = (ground, variant, aspect_ratio)
        if key not in self._pictured:
            self._pictured[key] = super().ground(*key)
        return self._pictured[key]


@pytest.fixture(scope="module")
def world(icons: Path) -> SceneLatents:
    network = Autoencoder(AutoencoderConfig(latent_channels=4, widths=(16, 16, 16), head_width=16))
    network.components.copy_(torch.randn(network.components.shape, generator=torch.Generator().manual_seed(0)) / 50)
    return _Once(IconLibrary(icons), network)


def _train(
    recipe: TransformerRecipe, world: SceneLatents, checkpoint: Path, until: int = 6, mix: WorldMix = MIX
) -> dict[int, float]:
    """Train to the end, or be interrupted before step `until` + 1 is over; the loss of each step."""
    losses: dict[int, float] = {}

    def report(step: int, loss: float) -> None:
        if step > until:
            raise _Interrupted
        losses[step] = loss

    try:
        train_transformer(recipe, world, mix, THINGS, checkpoint, report)
    except _Interrupted:
        assert len(losses) == until
    return losses


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def test_an_interrupted_run_ends_bit_for_bit_like_one_that_was_not(world: SceneLatents, tmp_path: Path) -> None:
    straight = _train(RECIPE, world, tmp_path / "straight.pt")
    # It dies in step 5: step 4 is lost with it, and done again.
    _train(RECIPE, world, tmp_path / "resumed.pt", until=4)
    resumed = _train(RECIPE, world, tmp_path / "resumed.pt")
    assert resumed == {step: straight[step] for step in (4, 5, 6)}
    assert _same(load_checkpoint(tmp_path / "straight.pt"), load_checkpoint(tmp_path / "resumed.pt"))


def test_a_run_learns(world: SceneLatents, tmp_path: Path) -> None:
    recipe = replace(RECIPE, steps=40, batch_size=8, checkpoint_every=1000, learning_rate=1e-2)
    # Scenes on plain grounds are put together from what was encoded; others are drawn pixel by pixel.
    losses = list(_train(recipe, world, tmp_path / "a.pt", until=40, mix=PLAIN).values())
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])


def test_a_finished_run_gives_its_average_again(world: SceneLatents, tmp_path: Path) -> None:
    first, second = (
        train_transformer(RECIPE, world, MIX, THINGS, tmp_path / "a.pt", lambda _step, _loss: None) for _ in range(2)
    )
    assert not first.training
    assert _same(first.state_dict(), second.state_dict())
    state = load_checkpoint(tmp_path / "a.pt")
    assert state is not None
    assert not _same(first.state_dict(), state["network"])


def test_another_seed_is_another_run(world: SceneLatents, tmp_path: Path) -> None:
    assert _train(RECIPE, world, tmp_path / "a.pt") != _train(replace(RECIPE, seed=1), world, tmp_path / "b.pt")


def test_sceneries_begin_with_their_looks_when_they_are_first_shown(world: SceneLatents, tmp_path: Path) -> None:
    def begun(mix: WorldMix, start: Transformer | None = None) -> Transformer:
        vocabulary, untrained = world_vocabulary(MIX), replace(RECIPE, steps=0)
        known = Sprout(planner(), start, world.autoencoder, vocabulary, REPERTOIRE, digest="") if start else None
        return train_transformer(untrained, world, mix, THINGS, tmp_path / "a.pt", lambda _step, _loss: None, known)

    plain = begun(PLAIN)
    grown = begun(MIX, plain)
    kept = begun(PLAIN, grown)
    assert not plain.sceneries.looks.weight[:-1].any()
    assert grown.sceneries.looks.weight[:-1].any()
    assert torch.equal(kept.sceneries.looks.weight, grown.sceneries.looks.weight)
    assert torch.equal(kept.lexicon.looks.weight, plain.lexicon.looks.weight)


def test_only_matrices_within_blocks_and_lookups_go_to_muon(world: SceneLatents, tmp_path: Path) -> None:
    _train(RECIPE, world, tmp_path / "a.pt")
    state = load_checkpoint(tmp_path / "a.pt")
    assert state is not None
    network = Transformer(RECIPE.config(len(THINGS)))
    named = [(name, p) for name, p in network.named_parameters() if name.startswith(("blocks.", "lookups."))]
    matrices = [p for name, p in named if p.ndim == 2 and ".manner." not in name]
    muon, adamw = (len(optimizer["state"]) for optimizer in state["optimizers"])
    assert muon == len(matrices) == 2 * 5 + 2  # two blocks, and the first and the second one's lookups
    assert muon + adamw == len(list(network.parameters()))


def test_the_network_and_its_loss_stay_on_the_device_they_are_on(world: SceneLatents) -> None:
    """With a device that has no numbers, so that no GPU is needed: what would be left on the CPU raises."""
    numbers = {thing: number for number, thing in enumerate(THINGS)}
    network = Transformer(RECIPE.config(len(THINGS)))
    batches = BatchRecipe(0, 2, MIX, numbers, network.config.sizes, null_plans=0.5)
    ((latents, cells),) = world.batches(batches, [0])
    clean, timesteps = latents.to("meta"), torch.empty(2).to("meta")
    denoised = network.to("meta")(interpolate(clean, clean, timesteps), timesteps, cells.to(torch.device("meta")))
    velocity_loss(denoised, clean, timesteps).backward()  # type: ignore[no-untyped-call]
    assert {p.grad.device.type for p in network.parameters() if p.grad is not None} == {"meta"}
