"""An optional look at each finished picture: it flags what its network takes for unsafe, and changes no picture."""

from pathlib import Path

import numpy as np
import torch
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from PIL import Image
from safetensors import SafetensorError
from transformers import CLIPImageProcessorPil

from seedbed.errors import CheckpointError, ConfigurationError

__all__ = ["SafetyChecker"]

SETTINGS = ("config.json", "preprocessor_config.json")


class SafetyChecker:
    """Stable Diffusion's checker, from a folder of this machine; on the CPU, beside whatever draws.

    Raises `ConfigurationError` when there is no such folder, `CheckpointError` when it does not load.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ConfigurationError(f"SEEDBED_SAFETY_CHECKER: there is no folder {folder}")
        if not list(folder.glob("*.safetensors")):
            raise CheckpointError(f"{folder.name} has no safetensors; pickled weights are never read")
        for name in SETTINGS:
            if not (folder / name).is_file():
                raise CheckpointError(f"{folder.name} is no safety checker of Stable Diffusion: it has no {name}")
        try:
            self._processor = CLIPImageProcessorPil.from_pretrained(folder, local_files_only=True)
            self._checker = StableDiffusionSafetyChecker.from_pretrained(
                folder, use_safetensors=True, local_files_only=True
            ).eval()
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise CheckpointError(f"the safety checker {folder.name} does not load: {error}") from error

    @torch.inference_mode()
    def flags(self, picture: Image.Image) -> bool:
        """Whether it takes `picture` for unsafe."""
        pixels = self._processor(picture, return_tensors="pt").pixel_values
        # It blackens what it is given: that is not the picture.
        _, found = self._checker(clip_input=pixels, images=[np.zeros((1, 1, 3))])
        return bool(found[0])
