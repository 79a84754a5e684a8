import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from seedbed.engine.diffusers_folder import PipelineFolder
from seedbed.errors import CheckpointError

INDEX = {
    "_class_name": "FluxPipeline",
    "_diffusers_version": "0.42.1",
    "transformer": ["diffusers", "FluxTransformer2DModel"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
    "image_encoder": [None, None],
    "is_distilled": True,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is sound, as far as it can be without any library."""
    path = tmp_path / "model"
    for name in ("transformer", "text_encoder", "scheduler"):
        (path / name).mkdir(parents=True)
    save_file({"a": np.ones(64, np.float32)}, path / "transformer" / "diffusion_pytorch_model.safetensors")
    save_file({"b": np.ones(8, np.float32)}, path / "text_encoder" / "model.safetensors")
    (path / "transformer" / "config.json").write_text('{"guidance_embeds": false}')
    (path / "text_encoder" / "config.json").write_text("{}")
    (path / "scheduler" / "scheduler_config.json").write_text("{}")
    write_index(path)
    return path


def write_index(path: Path, **changes: Any) -> None:
    (path / "model_index.json").write_text(json.dumps({**INDEX, **changes}))


def refused(folder: Path, match: str) -> None:
    with pytest.raises(CheckpointError, match=match) as raised:
        PipelineFolder.read(folder)
    # Whoever reads the task's reason need not know where the server keeps its files.
    assert str(folder.parent) not in str(raised.value)


def test_a_sound_folder_tells_what_it_is(folder: Path) -> None:
    found = PipelineFolder.read(folder)
    assert found.pipeline == "FluxPipeline"
    assert found.components == ("transformer", "text_encoder", "scheduler")
    assert found.settings["is_distilled"] is True
    assert found.settings["transformer.guidance_embeds"] is False
    assert found.largest_component_bytes > 256
    assert found.weight_bytes > found.largest_component_bytes


def test_its_digest_follows_from_its_files_alone(folder: Path, tmp_path: Path) -> None:
    digest = PipelineFolder.read(folder).digest()
    copy = shutil.copytree(folder, tmp_path / "elsewhere")
    assert PipelineFolder.read(copy).digest() == digest
    save_file({"b": np.zeros(8, np.float32)}, copy / "text_encoder" / "model.safetensors")
    assert PipelineFolder.read(copy).digest() != digest


def test_the_hubs_cache_need_not_be_read_again_for_it(folder: Path) -> None:
    file = folder / "text_encoder" / "model.safetensors"
    before = PipelineFolder.read(folder).digest()
    import hashlib

    blob = folder.parent / hashlib.sha256(file.read_bytes()).hexdigest()
    file.rename(blob)
    file.symlink_to(blob)
    assert PipelineFolder.read(folder).digest() == before


def test_any_other_folder_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "nothing", "nothing is no model that diffusers can run")


@pytest.mark.parametrize("text", ["{", "[]", "\udcff"])
def test_a_damaged_index_is_refused(folder: Path, text: str) -> None:
    (folder / "model_index.json").write_bytes(text.encode(errors="surrogateescape"))
    refused(folder, "no model that diffusers can run")


def test_a_missing_part_is_named(folder: Path) -> None:
    shutil.rmtree(folder / "text_encoder")
    refused(folder, "the part text_encoder is missing")


def test_a_part_without_settings_is_named_before_its_library_makes_some_up(folder: Path) -> None:
    # Without them transformers builds its class's own example: gigabytes of random weights.
    (folder / "text_encoder" / "config.json").unlink()
    refused(folder, r"text_encoder has no settings, config.json; copy or pull all of the model")


def test_a_part_that_is_empty_is_named(folder: Path) -> None:
    (folder / "scheduler" / "scheduler_config.json").unlink()
    refused(folder, "the part scheduler is empty; copy or pull all of the model")


def test_settings_that_are_damaged_are_named(folder: Path) -> None:
    (folder / "scheduler" / "scheduler_config.json").write_text("{")
    refused(folder, "scheduler is damaged: scheduler_config.json cannot be read; copy or pull it again")


def test_pickled_weights_are_refused(folder: Path) -> None:
    (folder / "transformer" / "diffusion_pytorch_model.safetensors").unlink()
    (folder / "transformer" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x04.")
    refused(folder, r"only pickled weights \(diffusion_pytorch_model.bin\), which may run code")


def test_a_part_without_weights_is_named(folder: Path) -> None:
    (folder / "text_encoder" / "model.safetensors").unlink()
    refused(folder, "text_encoder has no weights")


@pytest.mark.parametrize("keep", [4, 100, -1])
def test_a_file_that_is_cut_off_is_named(folder: Path, keep: int) -> None:
    file = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    refused(folder, "transformer/diffusion_pytorch_model.safetensors is damaged")


def test_a_missing_shard_is_named(folder: Path) -> None:
    index = {"weight_map": {"a": "diffusion_pytorch_model.safetensors", "c": "more.safetensors"}}
    (folder / "transformer" / "x.safetensors.index.json").write_text(json.dumps(index))
    refused(folder, "transformer lacks more.safetensors")


def test_a_pipeline_with_code_of_its_own_is_refused(folder: Path) -> None:
    write_index(folder, _class_name=["pipeline.py", "MyPipeline"])
    refused(folder, "brings code of its own, which is never run")


def test_a_part_with_code_of_its_own_is_refused(folder: Path) -> None:
    write_index(folder, transformer=["my_model", "MyTransformer"])
    (folder / "transformer" / "my_model.py").write_text("raise SystemExit")
    refused(folder, "transformer brings code of its own")
