"""How Sprout draws: prompt to tokens to a plan, noise to latents to pixels at the canvas's own size."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from seedbed.diffusion.flow import straight_on
from seedbed.diffusion.guidance import Guidance, guide
from seedbed.diffusion.samplers import DenoisingModel, Sampler, euler
from seedbed.diffusion.schedule import sampling_timesteps
from seedbed.engine.previews import NO_PREVIEWS, Previews
from seedbed.errors import EngineError
from seedbed.request import GenerationRequest
from seedbed.sprout.canvas import cell_grid, latent_grid
from seedbed.sprout.cells import Cells, cells_of
from seedbed.sprout.checkpoint import Sprout
from seedbed.sprout.plan import Plan
from seedbed.sprout.transformer import Transformer
from seedbed.sprout.vocabulary import ParsedPrompt

__all__ = ["SproutPipeline", "guided"]


@dataclass(frozen=True)
class SproutPipeline:
    """Draws requests with one set of weights; knows nothing of files, tasks or processes."""

    sprout: Sprout
    num_inference_steps: int = 3
    shift: float = 1.0
    """How far the sampler's times are moved towards noise; 1 leaves them even."""
    sampler: Sampler = euler

    def parse(self, prompt: str) -> ParsedPrompt:
        """The prompt's tokens, and the words that Sprout does not know."""
        return self.sprout.vocabulary.parse(prompt)

    def plan(self, request: GenerationRequest) -> Plan:
        """What stands where in the picture. `request.seed` must be set."""
        tokens = self.parse(request.prompt).tokens
        return self.sprout.planner.plan(tokens, *cell_grid(request.aspect_ratio), _generator(request))

    @torch.inference_mode()
    def latents(
        self, request: GenerationRequest, on_step: Callable[[int, int], None], previews: Previews = NO_PREVIEWS
    ) -> Tensor:
        """The picture's latents, shape (1, channels, rows, columns). `request.seed` must be set."""
        latents = self._noise(request)
        timesteps = sampling_timesteps(self.num_inference_steps, self.shift)
        walk = self.sampler(self._model(request), latents, timesteps)
        ways = itertools.pairwise(timesteps.tolist())
        for step, (way, following) in enumerate(zip(ways, walk, strict=True), 1):
            before, latents = latents, following
            on_step(step, self.num_inference_steps)
            if step < self.num_inference_steps:
                previews.offer(partial(self._preview, before, latents, way))
        return latents

    @torch.inference_mode()
    def decode(self, latents: Tensor) -> Image.Image:
        """The picture behind `latents`, shape (1, channels, rows, columns), at the canvas's own size."""
        return _picture(self.sprout.autoencoder.decode(latents))

    def _preview(self, before: Tensor, after: Tensor, way: tuple[float, float], _place: int) -> Image.Image:
        """What the network expects after a step, as the autoencoder's linear half shows it: for next to nothing."""
        return _picture(self.sprout.autoencoder.soften(straight_on(before, after, *way)))

    def _noise(self, request: GenerationRequest) -> Tensor:
        rows, columns = latent_grid(request.aspect_ratio)
        channels = self.sprout.transformer.config.latent_channels
        return torch.randn(1, channels, rows, columns, generator=_generator(request))

    def _model(self, request: GenerationRequest) -> DenoisingModel:
        plan, transformer = self.plan(request), self.sprout.transformer
        both = cells_of((plan, None), plan.rows, plan.columns, transformer.config.sizes)
        return guided(transformer, both, Guidance(request.guidance_scale))


def guided(transformer: Transformer, both: Cells, guidance: Guidance) -> DenoisingModel:
    """The transformer as samplers ask it.

    both: the cells of the pictures' plans, and behind them those of as many plans that say nothing.
    """
    alone = Cells(*(part.chunk(2)[0] for part in both))

    def denoise(latents: Tensor, time: float) -> Tensor:
        timesteps = torch.full((len(latents),), time, device=latents.device)
        if not guidance.acts_at(time):
            conditional: Tensor = transformer(latents, timesteps, alone)
            return conditional
        # One pass for both: at these sizes a batch of two takes far less than twice the time of one.
        conditional, unconditional = transformer(latents.repeat(2, 1, 1, 1), timesteps.repeat(2), both).chunk(2)
        return guide(conditional, unconditional, guidance)

    return denoise


def _picture(pixels: Tensor) -> Image.Image:
    """A picture of pixels in about -1..1, shape (1, 3, height, width)."""
    array = ((pixels[0].clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).contiguous().numpy()
    return Image.fromarray(np.asarray(array))


def _generator(request: GenerationRequest) -> torch.Generator:
    """A generator of the request's own: whatever else is drawn never changes its plan or its noise."""
    if request.seed is None:
        raise EngineError("a request is drawn only with its seed set")
    return torch.Generator("cpu").manual_seed(request.seed)
