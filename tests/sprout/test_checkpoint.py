import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from seedbed.errors import CheckpointError
from seedbed.sprout.checkpoint import Sprout, save_pretrained
from tests.sprout.tiny import REPERTOIRE, VOCABULARY, autoencoder, planner, save, transformer

Metadata = dict[str, str]


def _rewrite(folder: Path, change: Callable[[dict[str, Tensor], Metadata], None]) -> None:
    path = folder / "sprout.safetensors"
    with safe_open(path, framework="pt") as file:
        metadata = dict(file.metadata())
    tensors = load_file(path)
    change(tensors, metadata)
    save_file(tensors, path, metadata)


def test_what_is_saved_reads_back(tmp_path: Path) -> None:
    sprout = Sprout.from_pretrained(save(tmp_path))
    pairs = (
        (sprout.planner, planner()),
        (sprout.transformer, transformer()),
        (sprout.autoencoder, autoencoder()),
    )
    for read, written in pairs:
        assert read.config == written.config
        kept = {name: tensor.half().float() for name, tensor in written.state_dict().items() if "looks" not in name}
        assert read.state_dict().keys() == written.state_dict().keys()
        assert all(torch.equal(read.state_dict()[name], kept[name]) for name in kept)
    assert sprout.vocabulary == VOCABULARY
    assert sprout.repertoire == REPERTOIRE


def test_looks_are_kept_in_eight_bits_and_lose_little(tmp_path: Path) -> None:
    first = Sprout.from_pretrained(save(tmp_path / "first"))
    looks, kept = transformer().lexicon.looks.weight, first.transformer.lexicon.looks.weight
    assert (kept - looks).abs().max() < 0.006 * looks.abs().max()
    assert not torch.equal(kept, looks)
    assert load_file(tmp_path / "first" / "sprout.safetensors")["transformer.lexicon.looks.weight"].dtype == torch.int8
    networks = (first.planner, first.transformer, first.autoencoder)
    save_pretrained(tmp_path / "again", *networks, first.vocabulary, first.repertoire)
    assert Sprout.from_pretrained(tmp_path / "again").digest == first.digest


def test_networks_come_ready_to_draw(tmp_path: Path) -> None:
    sprout = Sprout.from_pretrained(save(tmp_path))
    for network in (sprout.planner, sprout.transformer, sprout.autoencoder):
        assert not network.training
        assert not any(parameter.requires_grad for parameter in network.parameters())
        assert {tensor.dtype for tensor in network.state_dict().values()} == {torch.float32}


def test_the_digest_is_the_weights_files(tmp_path: Path) -> None:
    sprout = Sprout.from_pretrained(save(tmp_path))
    assert sprout.digest == hashlib.sha256((tmp_path / "sprout.safetensors").read_bytes()).hexdigest()


def test_the_same_networks_give_the_same_file(tmp_path: Path) -> None:
    first, second = (Sprout.from_pretrained(save(tmp_path / name)) for name in ("one", "two"))
    assert first.digest == second.digest


@pytest.mark.parametrize("name", ["sprout.safetensors", "vocabulary.json"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (save(tmp_path) / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        Sprout.from_pretrained(tmp_path)


@pytest.mark.parametrize("kept", [0, 4, 1000, -1])
def test_a_truncated_file_is_refused(tmp_path: Path, kept: int) -> None:
    path = save(tmp_path) / "sprout.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match="cannot read the weights"):
        Sprout.from_pretrained(tmp_path)


def test_a_tensor_of_another_shape_is_refused(tmp_path: Path) -> None:
    def widen(tensors: dict[str, Tensor], _metadata: Metadata) -> None:
        tensors["transformer.embed.bias"] = torch.zeros(33).half()

    _rewrite(save(tmp_path), widen)
    with pytest.raises(CheckpointError, match=r"transformer\.embed\.bias"):
        Sprout.from_pretrained(tmp_path)


def test_a_missing_tensor_is_refused(tmp_path: Path) -> None:
    def drop(tensors: dict[str, Tensor], _metadata: Metadata) -> None:
        del tensors["planner.text_encoder.norm.weight"]

    _rewrite(save(tmp_path), drop)
    with pytest.raises(CheckpointError, match=r"planner\.text_encoder\.norm\.weight"):
        Sprout.from_pretrained(tmp_path)


@pytest.mark.parametrize("config", ["", "[]", "3", '{"a": 1}', '{"width": "wide"}', '{"heads": 0}'])
@pytest.mark.parametrize("network", ["planner", "transformer", "autoencoder"])
def test_shapes_that_make_no_network_are_refused(tmp_path: Path, network: str, config: str) -> None:
    _rewrite(save(tmp_path), lambda _tensors, metadata: metadata.update({network: config}))
    with pytest.raises(CheckpointError, match="does not fit"):
        Sprout.from_pretrained(tmp_path)


def test_weights_without_shapes_are_refused(tmp_path: Path) -> None:
    _rewrite(save(tmp_path), lambda _tensors, metadata: metadata.clear())
    with pytest.raises(CheckpointError, match="does not fit"):
        Sprout.from_pretrained(tmp_path)


@pytest.mark.parametrize("words", [(*VOCABULARY.words, "zebra"), VOCABULARY.words[::-1]])
def test_another_vocabulary_is_refused(words: tuple[str, ...], tmp_path: Path) -> None:
    replace(VOCABULARY, words=words).save(save(tmp_path) / "vocabulary.json")
    with pytest.raises(CheckpointError, match="vocabulary"):
        Sprout.from_pretrained(tmp_path)


def test_the_header_tells_each_networks_shape(tmp_path: Path) -> None:
    with safe_open(save(tmp_path) / "sprout.safetensors", framework="pt") as file:
        metadata = file.metadata()
    shapes = {name: json.loads(config) for name, config in metadata.items() if name not in ("vocabulary", "repertoire")}
    assert metadata["vocabulary"] == VOCABULARY.digest
    assert shapes["transformer"]["depth"] == 2
    assert shapes["transformer"]["lookups"] == [0, 1]
    assert shapes["planner"]["vocabulary_size"] == len(VOCABULARY)
    assert shapes["autoencoder"]["widths"] == [16, 16, 32]
