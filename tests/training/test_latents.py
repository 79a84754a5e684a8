from pathlib import Path

import numpy as np
import pytest
import torch

from seedbed.errors import ConfigurationError
from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.sprout.canvas import latent_grid
from seedbed.training.latents import LatentCache, canvas_of, scene_number, write_shards
from seedbed.world.dataset import pixels_to_tensor
from seedbed.world.icons import IconLibrary
from seedbed.world.render import render

SHARDS, SHARD_SIZE, SEED = 10, 2, 4


@pytest.fixture(scope="module")
def autoencoder() -> Autoencoder:
    network = Autoencoder(AutoencoderConfig(latent_channels=4, widths=(16, 16, 16), head_width=16))
    network.components.copy_(torch.eye(4, network.components.shape[1]))
    return network


@pytest.fixture(scope="module")
def cache(icons: Path, autoencoder: Autoencoder, tmp_path_factory: pytest.TempPathFactory) -> LatentCache:
    folder = tmp_path_factory.mktemp("latents")
    written = list(write_shards(folder, icons, autoencoder, SEED, range(SHARDS), SHARD_SIZE))
    assert written == list(range(SHARDS))
    return LatentCache(folder, SEED, SHARDS, SHARD_SIZE)


@pytest.mark.parametrize("ratio", AspectRatio)
def test_every_shape_is_trained_on(ratio: AspectRatio) -> None:
    canvases = [scene_number(0, index, 1).canvas for index in range(9)]
    assert canvas_of(ratio) in canvases
    rows, columns = latent_grid(ratio)
    assert (canvas_of(ratio).width, canvas_of(ratio).height) == (32 * columns, 32 * rows)


def test_a_batch_is_scenes_of_one_shape_and_their_latents(
    cache: LatentCache, icons: Path, autoencoder: Autoencoder
) -> None:
    library = IconLibrary(icons)
    for number in range(5):
        latents, scenes = cache.batch(np.random.default_rng(number), 4)
        assert len({scene.canvas for scene in scenes}) == 1
        pixels = torch.stack([pixels_to_tensor(render(scene, library)) for scene in scenes])
        torch.testing.assert_close(latents, autoencoder.encode(pixels), atol=2e-3, rtol=1e-3)


def test_batches_reach_every_shard_and_scene(cache: LatentCache) -> None:
    rng = np.random.default_rng(0)
    seen = {scene for _ in range(60) for scene in cache.batch(rng, 4)[1]}
    assert seen == {scene_number(SEED, index, SHARD_SIZE) for index in range(SHARDS * SHARD_SIZE)}


def test_shards_that_are_there_are_kept(cache: LatentCache, icons: Path, autoencoder: Autoencoder) -> None:
    before = {path: path.stat().st_mtime_ns for path in cache.folder.iterdir()}
    list(write_shards(cache.folder, icons, autoencoder, SEED, range(SHARDS), SHARD_SIZE))
    assert {path: path.stat().st_mtime_ns for path in cache.folder.iterdir()} == before


def test_too_few_shards_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="aspect ratio"):
        LatentCache(tmp_path, SEED, 8)
