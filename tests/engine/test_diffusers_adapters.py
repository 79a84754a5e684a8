from pathlib import Path
from statistics import mean
from typing import Any

import pytest

pytest.importorskip("diffusers", reason="the extra [diffusers] is not installed")
pytest.importorskip("peft", reason="the extra [diffusers] is not installed")

from seedbed.engine.diffusers_adapters import parse_adapters
from seedbed.errors import CheckpointError, ConfigurationError
from tests.engine.test_diffusers_engine import REQUEST, ignore, load, pixels
from tests.engine.tiny_pipelines import save_tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny("Z-Image", tmp_path_factory.mktemp("models") / "Z-Image")


@pytest.fixture(scope="module")
def adapter(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter with random weights, saved as those who train them do."""
    import torch
    from diffusers import ZImagePipeline
    from peft import LoraConfig, get_peft_model_state_dict

    torch.manual_seed(0)
    pipeline: Any = ZImagePipeline.from_pretrained(folder)
    pipeline.transformer.add_adapter(LoraConfig(r=4, target_modules=["to_q", "to_v"], init_lora_weights=False))
    target = tmp_path_factory.mktemp("adapters")
    layers = get_peft_model_state_dict(pipeline.transformer)
    pipeline.save_lora_weights(target, transformer_lora_layers=layers, weight_name="style.safetensors")
    return target / "style.safetensors"


def test_an_adapter_changes_the_picture_by_its_strength_and_the_digest_with_it(folder: Path, adapter: Path) -> None:
    plain = load(folder)
    engines = [load(folder, loras=f"{adapter}={strength}") for strength in (0.0, 0.5, 1.0)]
    pictures = [pixels(engine.draw(REQUEST, ignore)) for engine in (plain, *engines)]
    assert pictures[0] == pictures[1]
    assert len(set(pictures)) == 3
    assert len({engine.identity.digest for engine in (plain, *engines)}) == 4


def test_several_add_up(folder: Path, adapter: Path) -> None:
    def drawn(loras: str) -> bytes:
        return pixels(load(folder, loras=loras).draw(REQUEST, ignore))

    once, half, twice = drawn(str(adapter)), drawn(f"{adapter}=0.5"), drawn(f"{adapter}=0.5,{adapter}=0.5")
    # The same sum, but for the order in which it is taken, and what that order makes of roundings.
    assert distance(twice, once) < distance(half, once) / 10


def distance(pixels: bytes, others: bytes) -> float:
    return mean(abs(a - b) for a, b in zip(pixels, others, strict=True))


def test_one_that_was_made_for_another_model_is_refused(adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"the adapter style\.safetensors does not fit"):
        load(save_tiny("FLUX.2 klein", tmp_path / "klein"), loras=str(adapter))


@pytest.mark.parametrize("text", ["/nowhere/style.safetensors", "style.bin", "{adapter}=strong", "{adapter}=nan"])
def test_what_is_no_adapter_is_told(adapter: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match="SEEDBED_LORAS"):
        parse_adapters([text.format(adapter=adapter)])


def test_a_damaged_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "style.safetensors").write_bytes(b"no tensors")
    with pytest.raises(CheckpointError, match=r"the adapter style\.safetensors is damaged"):
        parse_adapters([str(tmp_path / "style.safetensors")])
