import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from seedbed.errors import CheckpointError, ConfigurationError
from seedbed.evaluation.finder import NODE, Maps
from seedbed.evaluation.judge import GROUNDS, STYLES, Judge, JudgeNetworks, ground_of, picture_tensor
from seedbed.evaluation.namer import Names
from seedbed.world.colours import BACKGROUNDS
from seedbed.world.icons import IconLibrary
from seedbed.world.nouns import NOUNS
from seedbed.world.render import render
from tests.evaluation.truth import SQUARE, placed, scene


class _Finder(torch.nn.Module):
    """Finds what it was told to: the column, row and side, in nodes, of each object."""

    def __init__(self, *objects: tuple[int, int, float], ground: str = "plain", style: str = "glossy") -> None:
        super().__init__()
        self.objects = objects
        self.ground = ground
        self.style = style

    def forward(self, pictures: torch.Tensor) -> Maps:
        rows, columns = (side // NODE for side in pictures.shape[-2:])
        heat, side = torch.full((1, rows, columns), -9.0), torch.zeros(1, rows, columns)
        for column, row, size in self.objects:
            heat[0, row, column], side[0, row, column] = 3.0, torch.tensor(size).log()
        ground = 9.0 * torch.tensor([[kind == self.ground for kind in GROUNDS]])
        style = torch.tensor([[float(style == self.style) for style in STYLES]])
        return Maps(heat, torch.zeros(1, 2, rows, columns), side, ground, style)


class _Namer(torch.nn.Module):
    """Calls everything one noun, so surely, in one style."""

    def __init__(
        self, noun: int, logit: float = 20.0, style: str = "glossy", step: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ) -> None:
        super().__init__()
        self.noun, self.logit, self.style, self.step = noun, logit, style, step

    def forward(self, crops: torch.Tensor) -> Names:
        noun = torch.zeros(len(crops), len(NOUNS) + 1)
        noun[:, self.noun] = self.logit
        style = torch.tensor([[float(style == self.style) for style in STYLES]]).expand(len(crops), -1)
        return Names(noun, style, torch.tensor([self.step]).expand(len(crops), -1))


def judge(library: IconLibrary, finder: _Finder, namer: _Namer) -> Judge:
    networks = JudgeNetworks()
    networks.finder, networks.namer = finder, namer  # type: ignore[assignment]
    return Judge(networks, library)


def picture(library: IconLibrary, colour: str = "teal", style: str = "glossy") -> Image.Image:
    asked = scene(placed(3, 0.25, 0.5, 0.25, colour="red"), background=colour, style=style)
    return Image.fromarray(render(asked, library))


def test_it_says_what_its_networks_find_in_shares_of_the_picture(library: IconLibrary) -> None:
    seen = judge(library, _Finder((4, 8, 4.0)), _Namer(3)).look(picture(library), SQUARE)
    (found,) = seen.detections
    assert found.noun == 3
    assert (found.x, found.y, found.size) == pytest.approx((0.25, 0.5, 0.25))
    assert found.colour == "red"
    assert (seen.background, seen.style) == ("teal", "glossy")


def test_its_namer_puts_right_where_an_object_stands_twice(library: IconLibrary) -> None:
    namer = _Namer(3, step=(0.25, -0.125, math.log(2.0)))
    (found,) = judge(library, _Finder((4, 8, 4.0)), namer).look(picture(library), SQUARE).detections
    # 64 pixels wide at first, then 128, then 256.
    assert (found.x, found.y) == pytest.approx(((64 + 16 + 32) / 256, (128 - 8 - 16) / 256))
    assert found.size == pytest.approx(1.0)


def test_two_findings_that_turn_out_to_be_one_object_are_one(library: IconLibrary) -> None:
    both = _Finder((4, 8, 2.0), (6, 8, 2.0))
    assert len(judge(library, both, _Namer(3)).look(picture(library), SQUARE).detections) == 2
    grown = _Namer(3, step=(0.0, 0.0, math.log(3.0)))
    assert len(judge(library, both, grown).look(picture(library), SQUARE).detections) == 1


def test_a_larger_picture_is_seen_alike(library: IconLibrary) -> None:
    examiner = judge(library, _Finder((4, 8, 4.0)), _Namer(3))
    small = picture(library)
    assert examiner.look(small.resize((1024, 1024)), SQUARE) == examiner.look(small, SQUARE)


def test_whom_it_is_unsure_of_has_no_noun(library: IconLibrary) -> None:
    (found,) = judge(library, _Finder((4, 8, 4.0)), _Namer(3, 1.0)).look(picture(library), SQUARE).detections
    assert found.noun is None


def test_what_its_namer_calls_nothing_is_nothing(library: IconLibrary) -> None:
    seen = judge(library, _Finder((4, 8, 4.0)), _Namer(len(NOUNS))).look(picture(library), SQUARE)
    assert seen.detections == ()


def test_an_empty_picture_has_a_ground_and_a_style(library: IconLibrary) -> None:
    plain = Image.new("RGB", (256, 256), BACKGROUNDS["purple"])
    seen = judge(library, _Finder(style="flat"), _Namer(0)).look(plain, SQUARE)
    assert (seen.detections, seen.background, seen.style) == ((), "purple", "flat")


def test_a_ground_that_is_no_colour_is_its_kind(library: IconLibrary) -> None:
    assert judge(library, _Finder(ground="beach"), _Namer(0)).look(picture(library), SQUARE).background == "beach"


def test_a_plain_ground_that_is_not_even_is_not_said_to_be(library: IconLibrary) -> None:
    speckled = np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)
    assert judge(library, _Finder(), _Namer(0)).look(Image.fromarray(speckled), SQUARE).background == "uneven"


def test_it_reads_back_as_it_was_written(library: IconLibrary, tmp_path: Path) -> None:
    networks = JudgeNetworks().eval()
    networks.save(tmp_path, {"named": [0.9, 0.8, 1.0]})
    read = Judge.from_pretrained(tmp_path, library)
    assert read.exam == {"named": [0.9, 0.8, 1.0]}
    for name, tensor in networks.state_dict().items():
        torch.testing.assert_close(read.networks.state_dict()[name], tensor, atol=1e-3, rtol=1e-3)
    assert (tmp_path / "judge.safetensors").stat().st_size < 10_000_000


def test_where_there_is_none_it_says_how_to_get_one(library: IconLibrary, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no judge in .*--train-judge"):
        Judge.from_pretrained(tmp_path, library)


def test_a_damaged_judge_is_one_sentence(library: IconLibrary, tmp_path: Path) -> None:
    JudgeNetworks().save(tmp_path, {})
    (tmp_path / "judge.safetensors").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="cannot be read"):
        Judge.from_pretrained(tmp_path, library)


def test_a_judge_of_another_world_does_not_judge_this_one(library: IconLibrary, tmp_path: Path) -> None:
    JudgeNetworks().save(tmp_path, {})
    card = json.loads((tmp_path / "judge.json").read_text())
    card["nouns"][3] = "dragon"
    (tmp_path / "judge.json").write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match="another world"):
        Judge.from_pretrained(tmp_path, library)


def test_the_kind_of_a_coloured_ground_is_plain() -> None:
    assert ground_of(scene(background="red")) == "plain"
    assert ground_of(scene(background="beach")) == "beach"


def test_a_picture_becomes_numbers_of_the_canvas_size() -> None:
    tensor = picture_tensor(Image.new("RGB", (512, 512), (255, 0, 0)), SQUARE)
    assert tensor.shape == (3, 256, 256)
    assert tensor[:, 0, 0].tolist() == [1.0, -1.0, -1.0]
