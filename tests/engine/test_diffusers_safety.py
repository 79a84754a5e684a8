from pathlib import Path

import pytest

pytest.importorskip("diffusers", reason="the extra [diffusers] is not installed")

from PIL import Image

from seedbed.engine.diffusers_safety import SafetyChecker
from seedbed.errors import CheckpointError, ConfigurationError
from tests.engine.test_diffusers_engine import REQUEST, ignore, load
from tests.engine.tiny_pipelines import save_tiny


def save_checker(folder: Path, threshold: float) -> Path:
    """A tiny checker with random weights that flags whatever is more alike to a concept than `threshold`."""
    import torch
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessorPil

    part = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = CLIPConfig(
        text_config={**part, "vocab_size": 16}, vision_config={**part, "image_size": 32, "patch_size": 8}
    )
    torch.manual_seed(0)
    checker = StableDiffusionSafetyChecker(config)
    with torch.no_grad():
        checker.concept_embeds_weights.fill_(threshold)
        checker.special_care_embeds_weights.fill_(2.0)
    checker.save_pretrained(folder)
    size = {"height": 32, "width": 32}
    CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=size).save_pretrained(folder)
    return folder


def test_what_is_alike_to_a_concept_is_flagged(tmp_path: Path) -> None:
    picture = Image.effect_noise((64, 48), 90).convert("RGB")
    before = picture.tobytes()
    # No two directions are less alike than -1, and none more than 1.
    assert SafetyChecker(save_checker(tmp_path / "strict", -1.1)).flags(picture)
    assert not SafetyChecker(save_checker(tmp_path / "mild", 1.1)).flags(picture)
    assert picture.tobytes() == before


def test_a_flagged_picture_says_so_and_is_the_same_picture(tmp_path: Path) -> None:
    folder = save_tiny("Z-Image", tmp_path / "Z-Image")
    plain = load(folder).draw(REQUEST, ignore)
    flagged = load(folder, safety_checker=save_checker(tmp_path / "strict", -1.1)).draw(REQUEST, ignore)
    assert flagged.remarks.is_flagged
    assert not plain.remarks.is_flagged
    assert flagged.jpeg == plain.jpeg


def test_a_checker_that_is_not_there_or_not_sound_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no folder"):
        SafetyChecker(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match="no safetensors"):
        SafetyChecker(tmp_path)
    (save_checker(tmp_path / "cut", 0.0) / "model.safetensors").write_bytes(b"short")
    with pytest.raises(CheckpointError, match="the safety checker cut does not load"):
        SafetyChecker(tmp_path / "cut")
    for name in ("preprocessor_config.json", "config.json"):
        (tmp_path / "cut" / name).unlink()
        with pytest.raises(CheckpointError, match=f"cut is no safety checker of Stable Diffusion: it has no {name}"):
            SafetyChecker(tmp_path / "cut")
