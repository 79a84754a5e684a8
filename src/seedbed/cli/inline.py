"""Pictures in the terminal itself, where it can: kitty's protocol and iTerm2's, a few lines each.

Sources: kitty, "Terminal graphics protocol"; iTerm2, "Inline Images Protocol".
"""

import base64
import io
import sys
from collections.abc import Mapping
from typing import Final, TextIO

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
        protocol: kitty or iterm2.
    """
    if protocol == "iterm2":
        small = _small(jpeg, "JPEG")
        data = base64.b64encode(small).decode()
        return f"\x1b]1337;File=inline=1;size={len(small)}:{data}\a\n"
    data = base64.b64encode(_small(jpeg, "PNG")).decode()
    chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    last = len(chunks) - 1
    # f=100: PNG; a=T: show it at once; q=2: answer nothing, for nobody reads it; m: whether more follows.
    heads = (
        f"a=T,f=100,q=2,m={int(place < last)}" if place == 0 else f"m={int(place < last)}" for place in range(last + 1)
    )
    return "".join(f"\x1b_G{head};{chunk}\x1b\\" for head, chunk in zip(heads, chunks, strict=True)) + "\n"


def show_inline(jpeg: bytes, environment: Mapping[str, str], out: TextIO | None = None) -> bool:
    """Show the picture where standard output is a terminal that can; whether it did."""
    out = sys.stdout if out is None else out
    protocol = protocol_of(environment) if out.isatty() else None
    if protocol is None:
        return False
    out.write(inline_picture(jpeg, protocol))
    out.flush()
    return True


def _small(jpeg: bytes, format: str) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        found = io.BytesIO()
        picture.convert("RGB").save(found, format)
        return found.getvalue()
