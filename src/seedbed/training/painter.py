"""What the decoder is given to decode: latents as the transformer leaves them, seams between its cells included.

A decoder that has only seen true latents draws every fault of the transformer's in all its sharpness. As a plan decides
nearly all of a picture, the true picture is known behind what the transformer drew, and the decoder can learn to mend.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seedbed.diffusion.flow import interpolate
from seedbed.diffusion.guidance import Guidance
from seedbed.diffusion.samplers import euler
from seedbed.diffusion.schedule import sampling_timesteps
from seedbed.engine.sprout_pipeline import guided
from seedbed.sprout.autoencoder import Autoencoder
from seedbed.sprout.cells import Cells, cells_of
from seedbed.sprout.transformer import Transformer
from seedbed.training.plans import plan_of
from seedbed.world.scene import Scene

__all__ = ["Painter"]


@dataclass(frozen=True)
class Painter:
    """Draws scenes again, with a trained transformer."""

    autoencoder: Autoencoder
    transformer: Transformer
    things: Mapping[str, int]
    """The numbers of all nouns and letters by their names."""
    num_inference_steps: int = 3
    guidance_scale: float = 2.5

    def cells(self, scenes: Sequence[Scene]) -> Cells:
        """The plans of `scenes`, all of one canvas, and behind them as many that say nothing."""
        canvas, plans = scenes[0].canvas, [plan_of(scene, self.things) for scene in scenes]
        # Both predictions of a guided step in one pass, as they are drawn.
        return cells_of((*plans, *([None] * len(plans))), canvas.rows, canvas.columns, self.transformer.config.sizes)

    @torch.no_grad()
    def latents(self, clean: Tensor, both: Cells, generator: torch.Generator) -> Tensor:
        """True latents, (batch, channels, rows, columns), drawn again; `both` are the `cells` of their scenes.

        The walk begins at one of the sampler's times, with that share of noise: at its beginning nothing of the true
        latents is left, at its last step nearly all.
        """
        times = sampling_timesteps(self.num_inference_steps, 1.0)
        first = int(torch.randint(self.num_inference_steps, (1,), generator=generator))
        noise = torch.randn(clean.shape, generator=generator).to(clean.device)
        begun = interpolate(clean, noise, times[first].to(clean.device).expand(len(clean)))
        model = guided(self.transformer, both.to(clean.device), Guidance(self.guidance_scale))
        *_, drawn = euler(model, begun, times[first:])
        return drawn
