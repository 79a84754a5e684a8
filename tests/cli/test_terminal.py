"""Asking a terminal what it can, with a real one of the system's, whose other end the test holds."""

import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from seedbed.cli.terminal import QUESTION, device_attributes

XTERM_WITH_SIXEL = b"\x1b[?63;1;2;4;6;9;15;22c"
XTERM_WITHOUT = b"\x1b[?64;1;2;6;9;15;22c"
OPENED = """
import os, sys, termios
from seedbed.cli.terminal import device_attributes, shows_sixel
terminal = os.open(sys.argv[1], os.O_RDWR)  # a session's first terminal becomes its own
before = termios.tcgetattr(terminal)
"""


@contextmanager
def terminal(typed: bytes = b"") -> Iterator[tuple[int, str]]:
    """The outer end of a new terminal, where that was typed already, and the inner one's path."""
    outer, inner = pty.openpty()
    try:
        # Before anybody asks, so that no test waits for who is faster.
        os.write(outer, typed)
        yield outer, os.ttyname(inner)
    finally:
        os.close(outer)
        os.close(inner)


def run(code: str, path: str) -> str:
    """What a program prints that runs in a session of its own, in that terminal; its standard output is a pipe."""
    command = [sys.executable, "-c", OPENED + code, path]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=120, start_new_session=True)
    return ran.stdout.strip()


def shown(outer: int) -> bytes:
    """What has come out at the terminal's outer end."""
    found = b""
    while select.select([outer], [], [], 0)[0]:
        found += os.read(outer, 1000)
    return found


@pytest.mark.parametrize(("answer", "can"), [(XTERM_WITH_SIXEL, "True"), (XTERM_WITHOUT, "False")])
def test_a_terminal_says_whether_it_shows_sixel(answer: bytes, can: str) -> None:
    with terminal(answer) as (outer, path):
        assert run("print(shows_sixel())", path) == can
        assert QUESTION in shown(outer)


def test_all_attributes_are_understood_and_the_terminal_is_left_as_it_was() -> None:
    with terminal(b"typed before" + XTERM_WITHOUT + b"ls\n") as (_, path):
        told = run(
            "print(sorted(device_attributes(terminal, 60)), before == termios.tcgetattr(terminal),"
            " os.read(terminal, 100))",
            path,
        )
    assert told == r"[1, 2, 6, 9, 15, 22, 64] True b'ls\n'"


def test_who_does_not_answer_is_not_waited_for() -> None:
    with terminal(b"no answer") as (outer, path):
        told = run("print(set(device_attributes(terminal, 0.05)), before == termios.tcgetattr(terminal))", path)
        assert told == "set() True"
        assert QUESTION in shown(outer)


def test_a_process_in_the_background_asks_nothing() -> None:
    """It would be stopped by the system: this test would not end."""
    with terminal(XTERM_WITH_SIXEL) as (outer, path):
        shown(outer)
        background = "os.fork() and (os.wait(), os._exit(0)); os.setpgid(0, 0); print(shows_sixel(), flush=True)"
        assert run(background, path) == "False"
        assert QUESTION not in shown(outer)


def test_what_is_no_terminal_is_asked_nothing() -> None:
    reading, writing = os.pipe()
    try:
        assert device_attributes(writing) == frozenset()
        assert select.select([reading], [], [], 0)[0] == []
    finally:
        os.close(reading)
        os.close(writing)
    code = "from seedbed.cli.terminal import shows_sixel; print(shows_sixel())"
    ran = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, timeout=120, start_new_session=True
    )
    assert ran.stdout == "False\n"
