import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seedbed.cli.sixel import COLOURS, sixel_data

SIZES = [(64, 48), (61, 47), (7, 1), (1, 13)]
"""Full bands of six rows and broken ones."""


def picture(width: int, height: int) -> Image.Image:
    """Blends, edges and a plain part, so that there are short runs and long ones."""
    across, down = np.linspace(0, 255, width), np.linspace(255, 0, height)
    pixels = np.stack([np.tile(across, (height, 1)), np.tile(down[:, None], (1, width)), np.full((height, width), 90)])
    pixels[:, : height // 3] = 200
    return Image.fromarray(pixels.transpose(1, 2, 0).astype(np.uint8))


def decoded(data: str) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """The pixels that a terminal would show, read by the manual's rules; each has to be set exactly once."""
    whole = re.fullmatch(r'\x1bP0;1;0q"1;1;(\d+);(\d+)(.*)\x1b\\', data)
    assert whole is not None
    width, height, body = int(whole[1]), int(whole[2]), whole[3]
    shown = np.zeros((height, width, 3), dtype=np.uint8)
    times = np.zeros((height, width), dtype=int)
    palette: dict[int, list[int]] = {}
    colour, left, top = 0, 0, 0
    for defined, red, green, blue, chosen, many, shape, move in re.findall(
        r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|(?:!(\d+))?([?-~])|([$-])", body
    ):
        if defined:
            palette[int(defined)] = [round(int(share) * 2.55) for share in (red, green, blue)]
        elif chosen:
            colour = int(chosen)
        elif shape:
            bits, right = ord(shape) - 0x3F, left + int(many or 1)
            for row in range(6):
                if bits >> row & 1:
                    shown[top + row, left:right] = palette[colour]
                    times[top + row, left:right] += 1
            left = right
            assert left <= width
        else:
            left, top = 0, top + 6 * (move == "-")
    assert (times == 1).all()
    assert len(palette) <= COLOURS
    return shown


@pytest.mark.parametrize("size", SIZES)
def test_what_is_decoded_is_the_picture(size: tuple[int, int]) -> None:
    drawn = picture(*size)
    shown = decoded(sixel_data(drawn))
    # 256 colours and whole percents are all that is lost.
    assert np.abs(shown.astype(int) - np.asarray(drawn)).mean() < 6


def test_two_colours_are_told_to_the_letter() -> None:
    """As worked out by hand from the manual: six rows of four columns, and one row below."""
    drawn = Image.new("RGB", (4, 7), "white")
    drawn.paste("black", (0, 0, 4, 1))
    data = sixel_data(drawn)
    registers = re.findall(r"#(\d+);2;(\d+;\d+;\d+)", data)
    number = {shares: register for register, shares in registers}
    black, white = number["0;0;0"], number["100;100;100"]
    # The first row is bit 0, character 0x3F + 1; the others are bits 1 to 5, 0x3F + 62.
    layers = sorted([(int(black), f"#{black}!4@"), (int(white), f"#{white}!4}}")])
    assert data.endswith("$".join(layer for _, layer in layers) + f"-#{white}!4@\x1b\\")


def test_another_program_reads_it_too(tmp_path: Path) -> None:
    reader = next((name for name in ("sixel2png", "magick", "convert") if shutil.which(name)), None)
    if reader is None:
        pytest.skip("neither libsixel's sixel2png nor ImageMagick is here (Debian: apt-get install libsixel-bin)")
    drawn = picture(61, 47)
    source, target = tmp_path / "picture.six", tmp_path / "picture.png"
    source.write_text(sixel_data(drawn))
    options = ["-i", str(source), "-o", str(target)] if reader == "sixel2png" else [f"sixel:{source}", str(target)]
    subprocess.run([reader, *options], check=True, timeout=60)
    with Image.open(target) as shown:
        assert shown.size == drawn.size
        assert np.abs(np.asarray(shown.convert("RGB")).astype(int) - np.asarray(drawn)).mean() < 6
