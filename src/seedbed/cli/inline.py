"""Pictures in the terminal itself, where it can: by kitty's protocol, by iTerm2's, or as sixel graphics.

Which of the three: the first two by variables, sixel by asking the terminal itself.
Sources: kitty, "Terminal graphics protocol"; iTerm2, "Inline Images Protocol".
"""

import base64
import io
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, TextIO

from seedbed.cli.terminal import shows_sixel

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["inline_picture", "protocol_of", "show_inline"]

SIDE: Final = 512
"""Longer side of what is shown, in pixels: the file has all of them."""
CHUNK: Final = 4096
"""Characters that one of kitty's escape sequences may hold."""


def protocol_of(environment: Mapping[str, str]) -> str | None:
    """What the terminal of these variables shows pictures by: kitty, iterm2, or None where nothing says that it can."""
    # Within these the sequences would have to be wrapped, and most do not let them through.
    if environment.get("TMUX") or environment.get("STY"):
        return None
    program = environment.get("TERM_PROGRAM", "")
    if environment.get("KITTY_WINDOW_ID") or environment.get("TERM", "") in ("xterm-kitty", "xterm-ghostty"):
        return "kitty"
    if program == "ghostty":
        return "kitty"
    return "iterm2" if program in ("iTerm.app", "WezTerm", "mintty", "vscode") else None


def inline_picture(jpeg: bytes, protocol: str) -> str:
    """The escape sequences that show the picture, made small.

    Args:
        jpeg: the whole file.
        protocol: kitty, iterm2 or sixel.
    """
    small = _small(jpeg)
    if protocol == "sixel":
        from seedbed.cli.sixel import sixel_data

        return sixel_data(small) + "\n"
    return _iterm2(_file(small, "JPEG")) if protocol == "iterm2" else _kitty(_file(small, "PNG"))


def show_inline(
    jpeg: bytes,
    environment: Mapping[str, str],
    out: TextIO | None = None,
    ask: Callable[[], bool] = shows_sixel,
) -> bool:
    """Show the picture where standard output is a terminal that can; whether it did.

    Args:
        jpeg: the whole file.
        environment: the variables that tell which terminal it is.
        out: instead of standard output.
        ask: whether the terminal itself says that it shows sixel graphics; only called where the variables say nothing.
    """
    out = sys.stdout if out is None else out
    # What is no terminal is asked nothing, so that no pipe ever waits.
    if not out.isatty():
        return False
    protocol = protocol_of(environment) or ("sixel" if _may_be_asked(environment) and ask() else None)
    if protocol is None:
        return False
    out.write(inline_picture(jpeg, protocol))
    out.flush()
    return True


def _may_be_asked(environment: Mapping[str, str]) -> bool:
    return environment.get("TERM", "dumb") != "dumb"


def _iterm2(jpeg: bytes) -> str:
    return f"\x1b]1337;File=inline=1;size={len(jpeg)}:{base64.b64encode(jpeg).decode()}\a\n"


def _kitty(png: bytes) -> str:
    data = base64.b64encode(png).decode()
    chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    last = len(chunks) - 1
    # f=100: PNG; a=T: show it at once; q=2: answer nothing, for nobody reads it; m: whether more follows.
    heads = (
        f"a=T,f=100,q=2,m={int(place < last)}" if place == 0 else f"m={int(place < last)}" for place in range(last + 1)
    )
    return "".join(f"\x1b_G{head};{chunk}\x1b\\" for head, chunk in zip(heads, chunks, strict=True)) + "\n"


def _small(jpeg: bytes) -> "Image":
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        return picture.convert("RGB")


def _file(picture: "Image", format: str) -> bytes:
    found = io.BytesIO()
    picture.save(found, format)
    return found.getvalue()
