import base64
import io
import re

import pytest
from PIL import Image

from seedbed.cli.inline import CHUNK, SIDE, inline_picture, protocol_of, show_inline


def picture(width: int, height: int) -> bytes:
    out = io.BytesIO()
    # Noise, so that it does not shrink to one chunk.
    Image.effect_noise((width, height), 90).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("environment", "protocol"),
    [
        ({}, None),
        ({"TERM": "xterm-256color"}, None),
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"KITTY_WINDOW_ID": "1", "TERM": "xterm"}, "kitty"),
        ({"TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ({"TERM_PROGRAM": "Apple_Terminal"}, None),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, None),
    ],
)
def test_a_terminal_is_known_by_its_variables(environment: dict[str, str], protocol: str | None) -> None:
    assert protocol_of(environment) == protocol


def test_kitty_gets_a_small_png_in_chunks_of_which_the_last_says_so() -> None:
    sequences = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", inline_picture(picture(1000, 500), "kitty"))
    assert len(sequences) > 2
    assert all(len(data) <= CHUNK for _, data in sequences)
    assert sequences[0][0] == "a=T,f=100,q=2,m=1"
    assert [head for head, _ in sequences[1:]] == ["m=1"] * (len(sequences) - 2) + ["m=0"]
    with Image.open(io.BytesIO(base64.b64decode("".join(data for _, data in sequences)))) as shown:
        assert (shown.format, shown.size) == ("PNG", (SIDE, SIDE // 2))


def test_iterm2_gets_a_small_jpeg_whose_length_is_told() -> None:
    found = re.fullmatch(
        r"\x1b]1337;File=inline=1;size=(\d+):([^\a]*)\a\n", inline_picture(picture(300, 600), "iterm2")
    )
    assert found is not None
    data = base64.b64decode(found[2])
    assert len(data) == int(found[1])
    with Image.open(io.BytesIO(data)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (SIDE // 2, SIDE))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_only_a_terminal_that_can_is_shown_anything() -> None:
    kitty = {"TERM": "xterm-kitty"}
    for out, environment, shown in (
        (Terminal(), kitty, True),
        (io.StringIO(), kitty, False),
        (Terminal(), {}, False),
    ):
        assert show_inline(picture(10, 10), environment, out, ask=never) is shown
        assert (out.getvalue() != "") is shown


def never() -> bool:
    raise AssertionError("it was asked what it can")


@pytest.mark.parametrize("environment", [{"TERM": "xterm-256color"}, {"TERM": "tmux-256color", "TMUX": "/tmp/tmux"}])
def test_a_terminal_that_says_so_when_asked_is_shown_sixel(environment: dict[str, str]) -> None:
    for says in (True, False):
        out = Terminal()
        assert show_inline(picture(20, 10), environment, out, ask=lambda says=says: says) is says  # type: ignore[misc]
        assert out.getvalue().startswith("\x1bP") is says


def test_a_pipe_and_a_dumb_terminal_are_asked_nothing() -> None:
    assert not show_inline(picture(10, 10), {"TERM": "xterm-256color"}, io.StringIO(), ask=never)
    assert not show_inline(picture(10, 10), {"TERM": "dumb"}, Terminal(), ask=never)


def test_sixel_is_made_small_too() -> None:
    assert f'"1;1;{SIDE};{SIDE // 2}#' in inline_picture(picture(1000, 500), "sixel")
