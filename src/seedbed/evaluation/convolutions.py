"""The layers that both of the judge's networks are made of."""

from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Residual", "downward"]


def downward(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """A convolution over squares of `stride` pixels that do not overlap, then a norm and ReLU."""
    convolution = nn.Conv2d(inputs, outputs, stride, stride, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


class Residual(nn.Module):
    """relu(x + norm(conv(relu(norm(conv(x)))))) (He et al., arXiv 1512.03385); (batch, channels, height, width).

    reach: how many steps the neighbours that a convolution looks at are away.
    """

    def __init__(self, channels: int, reach: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=reach, dilation=reach, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=reach, dilation=reach, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.norm2.weight)

    def forward(self, x: Tensor) -> Tensor:
        hidden = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(x + self.norm2(self.conv2(hidden)))
