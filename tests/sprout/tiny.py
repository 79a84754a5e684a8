"""A Sprout of random weights, small enough for tests."""

from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.sprout.checkpoint import Sprout, save_pretrained
from seedbed.sprout.plan import Repertoire
from seedbed.sprout.planner import Planner, PlannerConfig
from seedbed.sprout.transformer import Transformer, TransformerConfig
from seedbed.sprout.vocabulary import CLOSING, OPENING, Name, Vocabulary

Network = TypeVar("Network", bound=nn.Module)

THINGS = ("cat", "dog", "box", "A", "B")
NAMES = {name: Name(THINGS.index(name), plural=False) for name in THINGS[:3]} | {"cats": Name(0, plural=True)}
VOCABULARY = Vocabulary(("a", "left", "of", "on", "red", "the", "to", OPENING, CLOSING), THINGS, NAMES)
REPERTOIRE = Repertoire(("flat", "glossy"), ("white", "red", "stripes", "sea"), ("red", "blue"))
PLANNER = PlannerConfig(
    len(VOCABULARY),
    things=len(THINGS),
    letters=2,
    styles=2,
    grounds=4,
    plain=2,
    blends=1,
    colours=2,
    mentions=4,
    width=32,
    depth=1,
    heads=2,
    hidden=48,
)
TRANSFORMER = TransformerConfig(
    things=len(THINGS),
    styles=2,
    grounds=4,
    plain=2,
    colours=2,
    latent_channels=4,
    width=32,
    depth=2,
    heads=2,
    hidden=48,
    looks_width=16,
    scenery_width=8,
    lookups=(0, 1),
)
AUTOENCODER = AutoencoderConfig(
    patch=16, latent_channels=4, stride=4, widths=(16, 16, 32), head_width=16, enlargement=4
)


def planner() -> Planner:
    """Shows whatever a prompt names."""
    network = _random(Planner(PLANNER), 0)
    network.of_instance.bias[0] = 5.0
    return network


def transformer(config: TransformerConfig = TRANSFORMER) -> Transformer:
    return _random(Transformer(config), 1)


def autoencoder() -> Autoencoder:
    """Its components are random directions, at right angles as a fitted encoder's are."""
    network = _random(Autoencoder(AUTOENCODER), 2)
    generator = torch.Generator().manual_seed(3)
    directions, _ = torch.linalg.qr(torch.randn(network.components.shape[::-1], generator=generator))
    network.components.copy_(directions.T)
    network.mean.normal_(0, 0.1, generator=generator)
    network.scale.copy_(torch.tensor([8.0, 4.0, 2.0, 1.0]))
    return network


def save(folder: Path) -> Path:
    """The tiny Sprout's files, in `folder`."""
    save_pretrained(folder, planner(), transformer(), autoencoder(), VOCABULARY, REPERTOIRE)
    return folder


def sprout(folder: Path) -> Sprout:
    return Sprout.from_pretrained(save(folder))


def _random(network: Network, seed: int) -> Network:
    # Also what begins at zero, so that every weight has a say in what comes out.
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0, 0.2, generator=generator)
    return network.eval().requires_grad_(False)
