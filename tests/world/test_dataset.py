from pathlib import Path

import numpy as np
import torch

from seedbed.world.dataset import CROPS, SCENES, StudyDataset, generator, pixels_to_tensor


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


def test_a_resumed_run_goes_on_with_the_same_scenes(icons: Path) -> None:
    whole = StudyDataset(icons, seed=0, first=0, count=6, cells=1, enlargement=1)
    resumed = StudyDataset(icons, seed=0, first=4, count=2, cells=1, enlargement=1)
    assert len(resumed) == 2
    assert whole[5].scene == resumed[1].scene
    for one, other in zip(whole[5].details, resumed[1].details, strict=True):
        assert torch.equal(one.pixels, other.pixels)
    assert not torch.equal(whole[4].details[0].pixels, whole[5].details[0].pixels)


def test_details_show_part_of_an_object(icons: Path) -> None:
    studies = StudyDataset(icons, seed=0, first=0, count=6, cells=4, enlargement=2)
    for number in range(6):
        study = studies[number]
        assert len(study.details) == 2
        for detail in study.details:
            assert detail.pixels.shape == (3, 512, 512)
            assert detail.pixels.abs().max() <= 1
            assert detail.pixels.std((1, 2)).max() > 0.05


def test_the_details_of_a_scene_are_not_all_the_same_one(icons: Path) -> None:
    studies = StudyDataset(icons, seed=0, first=0, count=6, cells=2, enlargement=2)
    windows = [[detail.window for detail in studies[number].details] for number in range(6)]
    assert sum(one != other for one, other in windows) >= 3


def test_a_detail_is_the_very_part_of_its_scene(icons: Path) -> None:
    studies = StudyDataset(icons, seed=0, first=0, count=6, cells=2, enlargement=2, details=1)
    apart = torch.zeros(2)
    for study in (studies[number] for number in range(6)):
        ((left, top, width, height), enlarged), *_ = study.details
        small = torch.nn.functional.avg_pool2d(enlarged, 2)
        for turned, pixels in enumerate((study.pixels, study.pixels.flip(2))):
            there = pixels[:, top : top + height, left : left + width]
            apart[turned] += (small - there).abs().mean() / 6
    # Strokes are rounded otherwise at each size; a picture the wrong way round is far further away.
    assert apart[0] < min(0.05, 0.5 * float(apart[1]))
