"""The autoencoder: a linear encoder, its linear inverse, and a convolutional decoder that makes the picture crisp.

The encoder projects each 32 × 32 patch on the principal components of rendered patches, so it needs no training and
the transformer can learn before the decoder. The decoder takes the linear reconstruction of what the transformer drew,
which is soft and has seams, and returns the picture with crisp edges at several times its size: what it learnt from was
drawn from vectors.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.sprout.seams import mended

__all__ = ["Autoencoder", "AutoencoderConfig"]


@dataclass(frozen=True, slots=True)
class AutoencoderConfig:
    """The autoencoder's shape."""

    patch: int = 32
    """Pixels per latent along one side, before the decoder enlarges them."""
    latent_channels: int = 192
    """Principal components kept of a patch's 3 × 32 × 32 numbers."""
    stride: int = 8
    """Pixels of the linear reconstruction to each place where the decoder begins."""
    widths: tuple[int, int, int] = (96, 128, 192)
    """The decoder's channels at once, twice and four times that stride."""
    head_width: int = 64
    """Channels where the decoder ends, at half the stride of the first."""
    enlargement: int = 2
    """How many times the linear reconstruction's side the decoder's picture has."""


class _ResidualBlock(nn.Module):
    """x + conv(silu(conv(silu(norm(x))))); shape (batch, channels, height, width) in and out."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(channels // 16, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor) -> Tensor:
        hidden: Tensor = self.conv2(functional.silu(self.conv1(functional.silu(self.norm(x)))))
        return x + hidden


class Autoencoder(nn.Module):
    """Encodes pictures in -1..1, shape (batch, 3, height, width), to latents and decodes them enlarged.

    Height and width must be multiples of `config.patch`.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        numbers = 3 * config.patch**2
        self.mean: Tensor
        self.components: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.zeros(numbers))
        self.register_buffer("components", torch.zeros(config.latent_channels, numbers))
        self.register_buffer("scale", torch.ones(config.latent_channels))
        self.decoder = _Decoder(config)

    @torch.no_grad()
    def fit(self, pictures: Tensor) -> None:
        """Set the encoder to the principal components of `pictures`, shape (batch, 3, height, width), -1..1.

        A component's latents are divided by the square root of its spread: halfway between pixels, where only the
        coarse would count, and whitened latents, where noise-like detail would count as much as the layout.
        """
        patches = self._patches(pictures).flatten(2).transpose(1, 2).flatten(0, 1)
        mean = patches.mean(0)
        self.mean.copy_(mean)
        centred = patches - mean
        variances, vectors = torch.linalg.eigh(centred.T @ centred / len(centred))
        spread = variances.flip(0)[: self.config.latent_channels].clamp(min=1e-8).sqrt()
        self.components.copy_(vectors.flip(1)[:, : self.config.latent_channels].T)
        self.scale.copy_(spread.sqrt() * spread.mean().sqrt())

    @property
    def projection(self) -> Tensor:
        """The encoder's matrix, (latent_channels, 3 * patch²)."""
        return self.components / self.scale[:, None]

    def encode(self, pixels: Tensor) -> Tensor:
        """Latents, shape (batch, latent_channels, height / patch, width / patch)."""
        centred = self._patches(pixels) - self.mean[:, None, None]
        return torch.einsum("bnhw,cn->bchw", centred, self.projection)

    def project(self, latents: Tensor) -> Tensor:
        """The linear reconstruction in about -1..1, shape (batch, 3, height, width)."""
        weights = self.components * self.scale[:, None]
        patches = torch.einsum("bchw,cn->bnhw", latents, weights) + self.mean[:, None, None]
        return functional.pixel_shuffle(patches, self.config.patch)

    def soften(self, latents: Tensor) -> Tensor:
        """The linear reconstruction with its seams mended: what the decoder is given."""
        return mended(self.project(latents), self.config.patch)

    def decode(self, latents: Tensor) -> Tensor:
        """Pictures in about -1..1, `enlargement` times as high and wide as the linear reconstruction."""
        pixels: Tensor = self.decoder(self.soften(latents))
        return pixels

    def _patches(self, pixels: Tensor) -> Tensor:
        return functional.pixel_unshuffle(pixels, self.config.patch)


class _Decoder(nn.Module):
    """A small U-Net (arXiv 1505.04597) that adds what the linear reconstruction lacks."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        fine, middle, coarse = config.widths
        head, corner, places = config.head_width, config.stride * config.enlargement // 2, config.patch // config.stride
        self.enlargement, self.stride = config.enlargement, config.stride
        self.enter = nn.Conv2d(3 * config.stride**2, fine, 3, padding=1)
        # Where in its latent's patch a place is: only so can be known where to look for the seams between patches.
        self.phase = nn.Parameter(torch.zeros(fine, places, places))
        self.down1 = nn.Conv2d(fine, middle, 2, stride=2)
        self.down2 = nn.Conv2d(middle, coarse, 2, stride=2)
        self.fine1, self.fine2 = _ResidualBlock(fine), nn.Sequential(_ResidualBlock(fine), _ResidualBlock(fine))
        self.middle1 = _ResidualBlock(middle)
        self.middle2 = nn.Sequential(_ResidualBlock(middle), _ResidualBlock(middle))
        self.coarse = nn.Sequential(_ResidualBlock(coarse), _ResidualBlock(coarse))
        self.up2 = nn.Sequential(nn.Conv2d(coarse, middle * 4, 1), nn.PixelShuffle(2))
        self.up1 = nn.Sequential(nn.Conv2d(middle, fine * 4, 1), nn.PixelShuffle(2))
        self.head = nn.Sequential(nn.Conv2d(fine, head * 4, 3, padding=1), nn.PixelShuffle(2), _ResidualBlock(head))
        self.out = nn.Sequential(nn.SiLU(), nn.Conv2d(head, 3 * corner**2, 3, padding=1), nn.PixelShuffle(corner))
        nn.init.zeros_(self.out[1].weight)  # type: ignore[arg-type]

    def forward(self, soft: Tensor) -> Tensor:
        entered = self.enter(functional.pixel_unshuffle(soft, self.stride))
        rows, columns = entered.shape[-2] // self.phase.shape[-2], entered.shape[-1] // self.phase.shape[-1]
        fine = self.fine1(entered + self.phase.repeat(1, rows, columns))
        middle = self.middle1(self.down1(fine))
        middle = self.middle2(middle + self.up2(self.coarse(self.down2(middle))))
        fine = self.fine2(fine + self.up1(middle))
        detail: Tensor = self.out(self.head(fine))
        return functional.interpolate(soft, scale_factor=self.enlargement, mode="bilinear") + detail
