from pathlib import Path

import numpy as np
import torch

from seedbed.world.dataset import CROPS, SCENES, CropDataset, generator, pixels_to_tensor


def test_each_item_of_each_stream_has_its_own_generator() -> None:
    draws = {
        (seed, stream, index): generator(seed, stream, index).random()
        for seed in (0, 1)
        for stream in (CROPS, SCENES)
        for index in (0, 1)
    }
    assert len(set(draws.values())) == len(draws)
    assert draws[1, CROPS, 1] == generator(1, CROPS, 1).random()


def test_pixels_become_numbers_from_minus_one_to_one() -> None:
    pixels = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    tensor = pixels_to_tensor(pixels)
    assert tensor.shape == (3, 16, 16)
    assert (float(tensor.min()), float(tensor.max())) == (-1, 1)
    assert torch.equal(((tensor + 1) * 127.5).round().byte().permute(1, 2, 0), torch.from_numpy(pixels))


def test_a_resumed_run_goes_on_with_the_same_crops(icons: Path) -> None:
    whole = CropDataset(icons, seed=0, first=0, count=6, crop=64)
    resumed = CropDataset(icons, seed=0, first=4, count=2, crop=64)
    assert len(resumed) == 2
    assert torch.equal(whole[5].part, resumed[1].part)
    assert whole[5].scene == resumed[1].scene
    assert not torch.equal(whole[4].part, whole[5].part)


def test_crops_show_part_of_an_object(icons: Path) -> None:
    crops = CropDataset(icons, seed=0, first=0, count=12)
    for number in range(12):
        crop = crops[number].part
        assert crop.shape == (3, 512, 512)
        assert crop.abs().max() <= 1
        assert crop.std((1, 2)).max() > 0.05


def test_a_crop_is_the_very_part_of_its_scene(icons: Path) -> None:
    crops = CropDataset(icons, seed=0, first=0, count=6, crop=256)
    apart = torch.zeros(2)
    for crop in (crops[number] for number in range(6)):
        small = torch.nn.functional.avg_pool2d(crop.part, 4)
        for turned, pixels in enumerate((crop.pixels, crop.pixels.flip(2))):
            there = pixels[:, crop.top : crop.top + 64, crop.left : crop.left + 64]
            apart[turned] += (small - there).abs().mean() / 6
    # Strokes are rounded otherwise at each size; a picture the wrong way round is far further away.
    assert apart[0] < min(0.05, 0.5 * float(apart[1]))
