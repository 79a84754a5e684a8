"""What the terminal says of itself when it is asked.

Source: DEC, "VT510 Video Terminal Programmer Information", "DA1 - Primary Device Attributes".
"""

import os
import re
import select
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["device_attributes", "shows_sixel"]

QUESTION: Final = b"\x1b[c"
ANSWER: Final = re.compile(rb"\x1b\[\?([\d;]*)c")
SIXEL: Final = 4
"""The attribute of terminals that show sixel graphics."""
PATIENCE: Final = 1.0
"""Seconds that an answer may take, a slow connection included; nearly every terminal answers, and at once."""


def shows_sixel() -> bool:
    """Whether this process's terminal says that it shows sixel graphics; False where there is none."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return SIXEL in device_attributes(terminal)
    finally:
        os.close(terminal)


def device_attributes(terminal: int, patience: float = PATIENCE) -> frozenset[int]:
    """What the terminal answers when it is asked what it is; nothing where it does not, or where we may not ask.

    Args:
        terminal: its file descriptor, open for reading and writing.
        patience: seconds after which nobody waits for the answer any longer.
    """
    with _unechoed(terminal) as may_ask:
        if not may_ask:
            return frozenset()
        os.write(terminal, QUESTION)
        found = ANSWER.search(_read_answer(terminal, time.monotonic() + patience))
    return frozenset(int(number) for number in found[1].split(b";") if number) if found else frozenset()


def _read_answer(terminal: int, until: float) -> bytes:
    """What came until an answer was whole, or the time over."""
    told = b""
    while ANSWER.search(told) is None:
        ready, _, _ = select.select([terminal], [], [], max(0.0, until - time.monotonic()))
        # One by one: what was typed after the answer is left to whoever reads next.
        more = os.read(terminal, 1) if ready else b""
        if not more:
            break
        told += more
    return told


@contextmanager
def _unechoed(terminal: int) -> Iterator[bool]:
    """For as long as the block lasts, answers come as they are and are not shown; False where that may not be."""
    try:
        # A process in the background would be stopped for it.
        may_ask = os.tcgetpgrp(terminal) == os.getpgrp()
        before = termios.tcgetattr(terminal)
    except (OSError, termios.error):
        may_ask = False
    if not may_ask:
        yield False
        return
    try:
        # Not TCSAFLUSH: what was typed already is not to be thrown away.
        tty.setcbreak(terminal, termios.TCSADRAIN)
        yield True
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
