"""The diffusion transformer: noisy latents, a time and a plan to the clean latents it expects.

A DiT (arXiv 2212.09748) with one modulation network for all blocks (adaLN-single, PixArt-α, arXiv 2310.00426,
section 2.3), QK-norm, axial rotary positions centred on the canvas, and a few tokens of what the plan says of the whole
picture, which every block reads beside the image's. What each latent shows it is told at the start, and before some of
its blocks it looks up what that looks like. It predicts the clean latents themselves (x-prediction; "Back to Basics",
arXiv 2511.13720).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.sprout.cells import PLACES, Cells, Sizes
from seedbed.sprout.layers import FeedForward, attend, axial_rotary, rotate, timestep_embedding, unit
from seedbed.sprout.lexicon import Lexicon, Lookup, Sceneries
from seedbed.sprout.plan import VARIANTS

__all__ = ["Transformer", "TransformerConfig"]


@dataclass(frozen=True, slots=True)
class TransformerConfig:
    """The transformer's shape."""

    things: int
    """Nouns and letters that it knows by their looks."""
    styles: int
    grounds: int
    plain: int
    """How many of the grounds, the first, are plain colours; the others have looks of their own."""
    colours: int
    latent_channels: int = 192
    width: int = 256
    depth: int = 8
    heads: int = 4
    hidden: int = 704
    """Width inside the feed-forward layers."""
    looks_width: int = 92
    """Numbers of each of the lexicon's tokens."""
    scenery_width: int = 32
    """Numbers of each of the sceneries' tokens."""
    lookups: tuple[int, ...] = (0, 2, 5)
    """The blocks before which the looks of things are looked up."""

    @property
    def sizes(self) -> Sizes:
        """How many of each kind a plan may name."""
        return Sizes(self.things, self.styles, self.grounds, self.plain, self.colours)


class Transformer(nn.Module):
    """Predicts clean latents of the shape of `latents`: (batch, channels, height, width)."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Linear(config.latent_channels, config.width)
        self.time = nn.Sequential(nn.Linear(256, config.width), nn.SiLU(), nn.Linear(config.width, config.width))
        self.pooled = nn.Linear(config.width, config.width)
        self.modulation = nn.Linear(config.width, 6 * config.width)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.depth))
        self.lexicon = Lexicon(config.things, config.looks_width)
        self.sceneries = Sceneries(config.grounds - config.plain, config.scenery_width)
        seen = config.looks_width + config.scenery_width
        self.lookups = nn.ModuleDict({str(block): Lookup(config.width, seen) for block in config.lookups})
        self.whole = _Whole(config)
        self.part = _Part(config)
        self.position = nn.Linear(config.width // config.heads + 4, config.width)
        self.final_modulation = nn.Linear(config.width, 2 * config.width)
        self.out = nn.Linear(config.width, config.latent_channels)
        for layer in (self.pooled, self.modulation, self.final_modulation, self.out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, latents: Tensor, timesteps: Tensor, cells: Cells) -> Tensor:
        """Expected clean latents, of the shape of `latents`.

        latents: (batch, channels, height, width). timesteps: (batch,), 0 is pure noise and 1 is clean.
        """
        rows, columns = latents.shape[-2:]
        angles = axial_rotary(rows, columns, self.config.width // self.config.heads).to(latents.device)
        whole = self.whole(cells)
        looks = torch.cat((self.lexicon(cells.things, cells.slots), self.sceneries(cells.grounds)), dim=-1)
        part, manner = self.part(cells, whole)
        time = self.time(timestep_embedding(timesteps, 256)) + self.pooled(whole.mean(1))
        modulation = self.modulation(functional.silu(time))
        x = self.embed(latents.flatten(2).transpose(1, 2)) + self.position(_positions(angles, rows, columns)) + part
        for number, block in enumerate(self.blocks):
            if str(number) in self.lookups:
                x = x + self.lookups[str(number)](looks, manner)
            x = block(x, whole, modulation, angles)
        shift, scale = self.final_modulation(functional.silu(time))[:, None].chunk(2, dim=-1)
        denoised: Tensor = self.out(_modulate(x, shift, scale)).transpose(1, 2).unflatten(2, (rows, columns))
        return denoised


class _Whole(nn.Module):
    """What is said of the picture as a whole, as tokens: style, ground, its two colours, its variant."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        # One row more of each: none, or nothing said.
        self.style = nn.Embedding(config.styles + 1, config.width)
        self.ground = nn.Embedding(config.grounds + 1, config.width)
        self.first = nn.Embedding(config.grounds + 1, config.width)
        self.second = nn.Embedding(config.grounds + 1, config.width)
        self.variant = nn.Embedding(VARIANTS + 1, config.width)

    def forward(self, cells: Cells) -> Tensor:
        """(batch, 5, width)."""
        tables = (self.style, self.ground, self.first, self.second, self.variant)
        said = zip(tables, cells.wholes.unbind(1), strict=True)
        return torch.stack([table(numbers) for table, numbers in said], dim=1)


class _Part(nn.Module):
    """What is said of each latent besides looks: its place in its thing, colours, the sign; and the looks' manner."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.across = nn.Embedding(PLACES, config.width)
        self.down = nn.Embedding(PLACES, config.width)
        self.colour = nn.Embedding(config.colours + 1, config.width)
        self.sign_colour = nn.Embedding(config.colours + 1, config.width)
        for table in self.children():
            nn.init.normal_(table.weight, std=0.1)  # type: ignore[arg-type]

    def forward(self, cells: Cells, whole: Tensor) -> tuple[Tensor, Tensor]:
        """What is added to each latent, and the manner of its looks; both (batch, latents, width)."""
        style, _, first, second, _ = whole.unbind(1)
        colour, place = self.colour(cells.colours), self.across(cells.across) + self.down(cells.down)
        return place + colour + self.sign_colour(cells.sign_colours), (style + first + second)[:, None] + colour


class _Block(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.modulation = nn.Parameter(torch.randn(6 * config.width) / config.width**0.5)
        self.qkv = nn.Linear(config.width, 3 * config.width, bias=False)
        self.whole_kv = nn.Linear(config.width, 2 * config.width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)
        self.feed_forward = FeedForward(config.width, config.hidden)

    def forward(self, x: Tensor, whole: Tensor, modulation: Tensor, angles: Tensor) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2 = (modulation + self.modulation)[:, None].chunk(6, dim=-1)
        x = x + gate1 * self._attention(_modulate(x, shift1, scale1), whole, angles)
        forward: Tensor = x + gate2 * self.feed_forward(_modulate(x, shift2, scale2))
        return forward

    def _attention(self, x: Tensor, whole: Tensor, angles: Tensor) -> Tensor:
        query, key, value = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        whole_key, whole_value = self.whole_kv(whole).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        key = torch.cat((rotate(unit(key), angles), unit(whole_key)), dim=2)
        value = torch.cat((value, whole_value), dim=2)
        mixed: Tensor = self.out(attend(rotate(unit(query), angles), key, value, None))
        return mixed


def _modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return unit(x) * (1 + scale) + shift


def _positions(angles: Tensor, rows: int, columns: int) -> Tensor:
    """Where each latent is, (latents, dim + 4): as waves from the middle and as shares; the canvas's size."""
    down, right = torch.meshgrid(torch.linspace(-1, 1, rows), torch.linspace(-1, 1, columns), indexing="ij")
    size = torch.tensor([rows / 20, columns / 20]).expand(rows * columns, 2)
    shares = torch.cat((down.reshape(-1, 1), right.reshape(-1, 1), size), dim=-1).to(angles.device)
    return torch.cat((angles.cos(), angles.sin(), shares), dim=-1)
