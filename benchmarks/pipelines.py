"""What a user would otherwise run on a CPU: diffusers' pipelines at the shapes of two one-step models.

The weights are random, since time does not depend on them, and built from the public configurations: nothing is
downloaded. SD-Turbo is Stable Diffusion 2.1's shape. That of SDXS-512 is approximate: its UNet is Stable Diffusion
2.1's with one layer a block, without the coarsest level, the middle block and attention at the finest level; its
decoder is the tiny one (TAESD).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from PIL import Image
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

__all__ = ["SHAPES", "Baseline"]

_SIDE, _TOKENS = 512, 77
_SCHEDULE = {
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "timestep_spacing": "trailing",
    "steps_offset": 1,
}


def _unet_of_sd_turbo() -> nn.Module:
    return UNet2DConditionModel(
        sample_size=64,
        cross_attention_dim=1024,
        attention_head_dim=(5, 10, 20, 20),
        block_out_channels=(320, 640, 1280, 1280),
        use_linear_projection=True,
    )


def _unet_of_sdxs() -> nn.Module:
    return UNet2DConditionModel(
        sample_size=64,
        cross_attention_dim=1024,
        attention_head_dim=(5, 10, 20),
        block_out_channels=(320, 640, 1280),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        mid_block_type=None,
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        use_linear_projection=True,
    )


def _decoder_of_sd() -> nn.Module:
    kinds = (("DownEncoderBlock2D",) * 4, ("UpDecoderBlock2D",) * 4)
    decoder: nn.Module = AutoencoderKL(
        down_block_types=kinds[0],
        up_block_types=kinds[1],
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
        sample_size=_SIDE,
    )
    return decoder


def _text_encoder() -> nn.Module:
    # OpenCLIP's ViT-H/14, with its last layer left out.
    config = CLIPTextConfig(
        hidden_size=1024,
        intermediate_size=4096,
        num_hidden_layers=23,
        num_attention_heads=16,
        projection_dim=1024,
        hidden_act="gelu",
    )
    text_encoder: nn.Module = CLIPTextModel(config)
    return text_encoder


SHAPES: dict[str, tuple[Callable[[], nn.Module], Callable[[], nn.Module]]] = {
    "SD-Turbo": (_unet_of_sd_turbo, _decoder_of_sd),
    "SDXS-512 (approximate)": (_unet_of_sdxs, AutoencoderTiny),
}
"""For each model, what makes its UNet and its autoencoder."""


def _with_random_weights(make: Callable[[], nn.Module]) -> nn.Module:
    # Without numbers first: torch's own initialisation of hundreds of millions takes minutes.
    with torch.device("meta"):
        empty = make()
    network = empty.to_empty(device="cpu")
    with torch.no_grad():
        for tensor in (*network.parameters(), *network.buffers()):
            if tensor.is_floating_point():
                # No zeros and nothing tiny: denormal numbers are slow.
                tensor.uniform_(-0.02, 0.02)
        for module in network.modules():
            if isinstance(ids := getattr(module, "position_ids", None), Tensor):
                ids.copy_(torch.arange(ids.shape[-1]).expand_as(ids))
    return network.eval().requires_grad_(False)


@dataclass(frozen=True)
class Baseline:
    """One of the two, ready to draw with one step and without guidance."""

    pipeline: Any

    @classmethod
    def of(cls, name: str) -> "Baseline":
        """The model of that shape, with random weights."""
        unet, decoder = SHAPES[name]
        pipeline = StableDiffusionPipeline(
            vae=_with_random_weights(decoder),
            text_encoder=_with_random_weights(_text_encoder),
            tokenizer=None,
            unet=_with_random_weights(unet),
            scheduler=EulerDiscreteScheduler(**_SCHEDULE),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.set_progress_bar_config(disable=True)
        return cls(pipeline)

    @torch.inference_mode()
    def stages(self, encode: Callable[[Image.Image], object]) -> dict[str, float]:
        """Seconds that each stage of one 512 px picture takes: the pipeline's own parts, in its order."""
        clock = [time.perf_counter()]

        def lap() -> None:
            clock.append(time.perf_counter())

        embeds = self.pipeline.text_encoder(torch.ones(1, _TOKENS, dtype=torch.long))[0]
        lap()
        latents = self.pipeline(
            prompt_embeds=embeds, num_inference_steps=1, guidance_scale=0.0, output_type="latent"
        ).images
        lap()
        scale = self.pipeline.vae.config.scaling_factor
        pixels = self.pipeline.vae.decode(latents / scale, return_dict=False)[0]
        (picture,) = self.pipeline.image_processor.postprocess(pixels, do_denormalize=[True])
        lap()
        encode(picture)
        lap()
        names = ("text or plan", "network steps", "decode", "encode")
        return {name: after - before for name, before, after in zip(names, clock, clock[1:], strict=False)}
