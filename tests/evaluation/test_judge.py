import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from PIL import Image

from seedbed.errors import CheckpointError, ConfigurationError
from seedbed.evaluation.finder import NODE, Maps
from seedbed.evaluation.judge import GROUNDS, STYLES, Judge, JudgeNetworks, ground_of, picture_tensor
from seedbed.evaluation.matcher import Matcher
from seedbed.evaluation.namer import Names
from seedbed.world.colours import BACKGROUNDS
from seedbed.world.icons import IconLibrary
from seedbed.world.nouns import NOUNS
from seedbed.world.placed import Placed
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


class _Tools(NamedTuple):
    library: IconLibrary
    matcher: Matcher

    def judge(self, finder: _Finder, namer: _Namer) -> Judge:
        networks = JudgeNetworks()
        networks.finder, networks.namer = finder, namer  # type: ignore[assignment]
        return Judge(networks, self.library, self.matcher)

    def picture(self, *objects: Placed, colour: str = "teal") -> Image.Image:
        asked = scene(*(objects or (placed(3, 0.25, 0.5, 0.25, colour="red"),)), background=colour)
        return Image.fromarray(render(asked, self.library))


@pytest.fixture
def tools(library: IconLibrary, matcher: Matcher) -> _Tools:
    return _Tools(library, matcher)


def test_it_says_what_stands_where_in_shares_of_the_picture(tools: _Tools) -> None:
    seen = tools.judge(_Finder((4, 8, 4.0)), _Namer(3)).look(tools.picture(), SQUARE)
    (found,) = seen.detections
    assert found.may_be(3)
    assert (found.x, found.y, found.size) == pytest.approx((0.25, 0.5, 0.25), abs=0.01)
    assert found.colour == "red"
    assert (seen.background, seen.style) == ("teal", "glossy")


def test_what_the_networks_call_it_changes_nothing(tools: _Tools) -> None:
    one, other = (tools.judge(_Finder((4, 8, 4.0)), _Namer(noun)).look(tools.picture(), SQUARE) for noun in (1, 4))
    assert one == other


@pytest.mark.parametrize("guess", [(5, 9, 5.0), (4, 7, 3.0), (5, 8, 6.0)])
def test_a_rough_guess_is_put_right(tools: _Tools, guess: tuple[int, int, float]) -> None:
    (found,) = tools.judge(_Finder(guess), _Namer(3)).look(tools.picture(), SQUARE).detections
    assert (found.x, found.y, found.size) == pytest.approx((0.25, 0.5, 0.25), abs=0.015)


@pytest.mark.parametrize("style", ["flat", "glossy", "pixel art", "watercolour", "sepia", "neon"])
def test_a_style_is_told_by_the_object_whatever_the_networks_say(tools: _Tools, style: str) -> None:
    picture = Image.fromarray(
        render(scene(placed(3, 0.25, 0.5, 0.375), background="black", style=style), tools.library)
    )
    assert tools.judge(_Finder((4, 8, 6.0), style="pastel"), _Namer(3)).look(picture, SQUARE).style == style


def test_two_guesses_at_one_object_are_one(tools: _Tools) -> None:
    both = _Finder((3, 8, 2.0), (5, 8, 2.0))
    assert len(tools.judge(both, _Namer(3)).look(tools.picture(), SQUARE).detections) == 1


def test_what_was_taken_for_parts_is_one_large_object(tools: _Tools) -> None:
    quarters = _Finder((4, 4, 7.0), (12, 4, 7.0), (4, 12, 7.0), (12, 12, 7.0))
    picture = tools.picture(placed(3, 0.5, 0.5, 0.94, colour="red"))
    (found,) = tools.judge(quarters, _Namer(3)).look(picture, SQUARE).detections
    assert (found.x, found.y, found.size) == pytest.approx((0.5, 0.5, 0.94), abs=0.03)


def test_several_are_not_taken_for_one(tools: _Tools) -> None:
    four = _Finder((4, 4, 7.0), (12, 4, 7.0), (4, 12, 7.0), (12, 12, 7.0))
    places = [(x, y) for x in (0.25, 0.75) for y in (0.25, 0.75)]
    picture = tools.picture(*(placed(3, x, y, 0.44, colour="red") for x, y in places))
    assert len(tools.judge(four, _Namer(3)).look(picture, SQUARE).detections) == 4


def test_a_larger_picture_is_seen_alike(tools: _Tools) -> None:
    examiner = tools.judge(_Finder((4, 8, 4.0)), _Namer(3))
    small = tools.picture()
    # Each pixel four times as large, so that shrinking gives the same picture again.
    large = small.resize((1024, 1024), Image.Resampling.NEAREST)
    assert examiner.look(large, SQUARE) == examiner.look(small, SQUARE)


def test_what_looks_like_nothing_known_has_no_noun(tools: _Tools) -> None:
    picture = tools.picture()
    scribble = np.random.default_rng(0).integers(0, 255, (8, 8, 3), np.uint8)
    picture.paste(Image.fromarray(scribble).resize((64, 64), Image.Resampling.BICUBIC), (32, 96))
    (found,) = tools.judge(_Finder((4, 8, 4.0)), _Namer(3)).look(picture, SQUARE).detections
    assert found.noun is None
    assert not found.may_be(3)


def test_nothing_is_no_object_whatever_its_finder_feels(tools: _Tools) -> None:
    seen = tools.judge(_Finder((12, 4, 4.0)), _Namer(len(NOUNS))).look(tools.picture(), SQUARE)
    assert seen.detections == ()


def test_an_empty_picture_has_a_ground_and_a_style(tools: _Tools) -> None:
    plain = Image.new("RGB", (256, 256), BACKGROUNDS["purple"])
    seen = tools.judge(_Finder(style="flat"), _Namer(0)).look(plain, SQUARE)
    assert (seen.detections, seen.background, seen.style) == ((), "purple", "flat")


def test_a_ground_that_is_no_colour_is_its_kind(tools: _Tools) -> None:
    beach = Image.fromarray(render(scene(background="beach"), tools.library))
    assert tools.judge(_Finder(), _Namer(0)).look(beach, SQUARE).background == "beach"


def test_a_plain_ground_that_is_not_even_is_not_said_to_be(tools: _Tools) -> None:
    speckled = np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)
    assert tools.judge(_Finder(), _Namer(0)).look(Image.fromarray(speckled), SQUARE).background == "uneven"


def test_it_reads_back_as_it_was_written(library: IconLibrary, tmp_path: Path) -> None:
    networks = JudgeNetworks().eval()
    networks.save(tmp_path, {"named": [0.9, 0.8, 1.0]})
    read = Judge.from_pretrained(tmp_path, library, 6)
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
