"""The small parts that the text encoder and the transformer share."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["FeedForward", "attend", "axial_rotary", "rotary", "rotate", "timestep_embedding", "unit"]


class FeedForward(nn.Module):
    """SwiGLU (Shazeer, arXiv 2002.05202, equation 6); shape (…, width) in and out."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.gate_and_value = nn.Linear(width, 2 * hidden, bias=False)
        self.out = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, value = self.gate_and_value(x).chunk(2, dim=-1)
        out: Tensor = self.out(functional.silu(gate) * value)
        return out


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    """Softmax attention; on a CPU, while nothing is learnt, written out: so its bytes stay what they were.

    Where something is learnt it is torch's fused kernel: compiled in bfloat16, what is written out gets gradients that
    are no numbers with 256 tokens (torch 2.13 on a CPU with AMX).

    Shapes: query (batch, heads, n, dim), key and value (batch, heads, m, dim), mask broadcastable to
    (batch, heads, n, m), True where a query may look. Returns (batch, n, heads * dim).
    """
    if query.is_cuda or query.requires_grad:
        fused = functional.scaled_dot_product_attention(query, key, value, mask)
        return fused.transpose(1, 2).flatten(2)
    scores = (query @ key.transpose(-1, -2)).float() / math.sqrt(query.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -1e9)
    mixed = torch.softmax(scores, dim=-1).to(value.dtype) @ value
    return mixed.transpose(1, 2).flatten(2)


def timestep_embedding(timesteps: Tensor, width: int) -> Tensor:
    """Sines and cosines of times in 0..1, shape (batch,) to (batch, width), as in DDPM (arXiv 2006.11239)."""
    half = width // 2
    frequencies = torch.exp(-math.log(10000.0) * torch.arange(half, dtype=torch.float32) / half)
    angles = 1000.0 * timesteps.float()[:, None] * frequencies.to(timesteps.device)
    return torch.cat((angles.cos(), angles.sin()), dim=-1)


def rotary(positions: Tensor, dim: int, base: float = 100.0) -> Tensor:
    """Rotary angles (RoFormer, arXiv 2104.09864) for `positions`, shape (n,) to (n, dim / 2)."""
    frequencies = base ** (-torch.arange(0, dim, 2, dtype=torch.float32) / dim)
    return positions.float()[:, None] * frequencies.to(positions.device)


def axial_rotary(rows: int, columns: int, dim: int) -> Tensor:
    """Angles for a grid of tokens in row order, shape (rows * columns, dim / 2).

    Half of each head turns with the row and half with the column; positions count from the canvas's centre,
    so that the middle of the picture is the middle at every aspect ratio.
    """
    vertical = rotary(torch.arange(rows) - (rows - 1) / 2, dim // 2)
    horizontal = rotary(torch.arange(columns) - (columns - 1) / 2, dim // 2)
    grid = (vertical[:, None].expand(-1, columns, -1), horizontal[None].expand(rows, -1, -1))
    return torch.cat(grid, dim=-1).flatten(0, 1)


def rotate(x: Tensor, angles: Tensor) -> Tensor:
    """Turn each pair of numbers of `x` (batch, heads, n, dim) by `angles` (n, dim / 2)."""
    first, second = x.float().chunk(2, dim=-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1).to(x.dtype)


def unit(x: Tensor) -> Tensor:
    """`x` with its last axis at root mean square 1; an RMS norm (arXiv 1910.07467, equation 4) without a weight."""
    return functional.rms_norm(x, x.shape[-1:], eps=1e-6)
