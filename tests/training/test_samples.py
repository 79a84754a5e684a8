from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from seedbed.sprout.autoencoder import Autoencoder
from seedbed.sprout.transformer import Transformer
from seedbed.training.samples import SAMPLED, Samples
from tests.sprout.tiny import VOCABULARY, autoencoder, planner
from tests.sprout.tiny import transformer as tiny_transformer

PROMPTS = (("a red cat", 1), ("a dog on the box", 2), ("", 3))


@pytest.fixture
def transformer() -> Transformer:
    return tiny_transformer().requires_grad_().train()


def _pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_the_same_weights_draw_the_same_picture_and_others_another(transformer: Transformer, tmp_path: Path) -> None:
    samples, decoder = Samples(tmp_path / "samples", VOCABULARY, PROMPTS), autoencoder()
    first = samples.draw("transformer", 250, planner(), transformer, decoder)
    assert first.name == "transformer-000250.png"
    before = _pixels(first)
    assert before.shape == (296, 1024, 3)
    again = samples.draw("decoder", 1, planner(), transformer, decoder)
    assert (_pixels(again) == before).all()
    with torch.no_grad():
        transformer.out.bias.add_(0.5)
    assert (_pixels(samples.draw("transformer", 500, planner(), transformer, decoder)) != before).any()


def test_drawing_leaves_the_run_as_it_was(transformer: Transformer, tmp_path: Path) -> None:
    decoder: Autoencoder = autoencoder().train().requires_grad_()
    reader, random = planner(), torch.get_rng_state()
    Samples(tmp_path, VOCABULARY, PROMPTS[:1]).draw("transformer", 1, reader, transformer, decoder)
    assert torch.equal(torch.get_rng_state(), random)
    assert transformer.training
    assert decoder.training
    assert all(parameter.requires_grad for parameter in decoder.parameters())


def test_what_is_sampled_is_told_apart() -> None:
    assert len(set(SAMPLED)) == len(SAMPLED) == 12
