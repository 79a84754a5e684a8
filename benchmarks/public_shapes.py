"""Open models at their public shapes with random weights, built where they shall compute: no file, no network.

The shapes are those of the public configurations: Z-Image's transformer is what diffusers' class has as defaults, that
of FLUX.2 klein is its 4B. Both read prompts with Qwen3-4B, of true shape too: it reads but once a picture, which is
little time beside the steps, but it is as large as a transformer, and without it memory would tell nothing. Only the
tokenizers are not theirs: a token is a letter, so that a prompt of 50 letters counts as one of 40 words.

Weights are what torch and transformers begin trainings with, from one seed: numbers stay finite, as time and exactness
need; what is drawn is noise.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from tests.engine.tiny_pipelines import qwen_tokenizer

__all__ = ["PUBLIC_SHAPES", "build_public"]

SEED = 0


def build_public(family: str, device: str, dtype: torch.dtype) -> Any:
    """The family's pipeline with random weights on `device`: the same ones every time on one kind of device."""
    torch.manual_seed(SEED)
    return PUBLIC_SHAPES[family](device, dtype)


@contextmanager
def _made_on(device: str, dtype: torch.dtype) -> Iterator[None]:
    """Networks that are made within the block lie on `device` from the first; nothing passes through the CPU."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            yield
    finally:
        torch.set_default_dtype(before)


def _qwen3_4b() -> Any:
    from transformers import Qwen3Config

    return Qwen3Config(
        vocab_size=151936,
        hidden_size=2560,
        intermediate_size=9728,
        num_hidden_layers=36,
        num_attention_heads=32,
        num_key_value_heads=8,
        head_dim=128,
        max_position_embeddings=40960,
        rope_theta=1000000.0,
        tie_word_embeddings=True,
    )


def _flux1_autoencoder() -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=16,
        use_quant_conv=False,
        use_post_quant_conv=False,
        scaling_factor=0.3611,
        shift_factor=0.1159,
    )


def _z_image(device: str, dtype: torch.dtype) -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel
    from transformers import Qwen3Model

    with _made_on(device, dtype), torch.no_grad():
        transformer = ZImageTransformer2DModel().eval()
        # These are left as whatever was in memory, for a checkpoint to fill.
        transformer.x_pad_token.normal_()
        transformer.cap_pad_token.normal_()
        text_encoder, vae = Qwen3Model(_qwen3_4b()).eval(), _flux1_autoencoder().eval()
    return ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=qwen_tokenizer(),
        transformer=transformer,
    )


def _flux2_klein_4b(device: str, dtype: torch.dtype) -> Any:
    from diffusers import (
        AutoencoderKLFlux2,
        FlowMatchEulerDiscreteScheduler,
        Flux2KleinPipeline,
        Flux2Transformer2DModel,
    )
    from transformers import Qwen3ForCausalLM

    with _made_on(device, dtype), torch.no_grad():
        transformer = Flux2Transformer2DModel(
            num_layers=5,
            num_single_layers=20,
            num_attention_heads=24,
            joint_attention_dim=7680,
            guidance_embeds=False,
        ).eval()
        text_encoder, vae = Qwen3ForCausalLM(_qwen3_4b()).eval(), AutoencoderKLFlux2().eval()
    return Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=qwen_tokenizer(),
        transformer=transformer,
        is_distilled=True,
    )


PUBLIC_SHAPES: dict[str, Callable[[str, torch.dtype], Any]] = {
    "FLUX.2 klein": _flux2_klein_4b,
    "Z-Image-Turbo": _z_image,
    "Z-Image": _z_image,
}
"""How to build each, by the family's name; the quickest first."""
