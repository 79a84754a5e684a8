from pathlib import Path

import pytest

from seedbed.engine.hub import pull, snapshot, wanted_files
from seedbed.engine.models import parse_model
from seedbed.errors import CheckpointError, ConfigurationError

pytest.importorskip("huggingface_hub", reason="the extra [diffusers] is not installed")

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, in the hub's own layout, and no way to the hub itself."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    return tmp_path


def test_a_pulled_model_is_found_with_its_very_commit(cache: Path) -> None:
    repository = cache / "models--x--y"
    (repository / "snapshots" / COMMIT).mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    source, path = snapshot(parse_model("x/y"))
    assert path == repository / "snapshots" / COMMIT
    assert source.revision == COMMIT
    assert source.label == "x/y@0123456789ab"


@pytest.mark.parametrize("model", ["x/y", "x/y@v1"])
def test_what_was_not_pulled_is_told_with_the_command_that_does_it(cache: Path, model: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{model} is not on this machine: run `seedbed models pull {model}`"):
        snapshot(parse_model(model))


def test_a_hub_that_cannot_be_reached_is_one_sentence(cache: Path) -> None:
    with pytest.raises(CheckpointError, match="x/y cannot be pulled: ") as raised:
        pull(parse_model("x/y"))
    assert "\n" not in str(raised.value)


def test_only_what_the_pipeline_loads_is_pulled() -> None:
    index = {"_class_name": "FluxPipeline", "transformer": ["diffusers", "F"], "image_encoder": [None, None]}
    wanted = [
        "model_index.json",
        "README.md",
        "transformer/config.json",
        "transformer/diffusion_pytorch_model-00001-of-00002.safetensors",
    ]
    unwanted = [
        "flux1-dev.safetensors",
        "transformer/diffusion_pytorch_model.bin",
        "transformer/model.py",
        "transformer/diffusion_pytorch_model.fp16.safetensors",
        "image_encoder/model.safetensors",
        "vae/config.json",
        "image.png",
    ]
    assert wanted_files([*unwanted, *wanted], index) == wanted
