"""A Sprout of random weights, small enough for tests."""

from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.sprout.checkpoint import Sprout, save_pretrained
from seedbed.sprout.text_encoder import TextEncoder, TextEncoderConfig
from seedbed.sprout.transformer import Transformer, TransformerConfig
from seedbed.sprout.vocabulary import Name, Vocabulary

Network = TypeVar("Network", bound=nn.Module)

THINGS = ("cat", "dog", "box")
NAMES = {name: Name(THINGS.index(name), plural=False) for name in THINGS} | {"cats": Name(0, plural=True)}
VOCABULARY = Vocabulary(("a", "left", "of", "on", "red", "the", "to"), THINGS, NAMES)
TEXT_ENCODER = TextEncoderConfig(len(VOCABULARY), len(THINGS), slots=4, width=32, depth=1, heads=2, hidden=48)
TRANSFORMER = TransformerConfig(
    latent_channels=4, width=32, depth=2, heads=2, hidden=48, text_width=32, slots=4, lookups=(1,)
)
AUTOENCODER = AutoencoderConfig(patch=16, latent_channels=4, widths=(16, 16, 32), head_width=16)


def text_encoder() -> TextEncoder:
    return _random(TextEncoder(TEXT_ENCODER), 0)


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
    save_pretrained(folder, text_encoder(), transformer(), autoencoder(), VOCABULARY)
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
