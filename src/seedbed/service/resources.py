"""What a process asks of the system before it serves: files enough, and no more memory than it uses."""

import ctypes
import os
import resource

__all__ = ["MAX_FILES", "allow_many_files", "keep_few_arenas", "max_connections"]

MAX_FILES = 65_536
"""Files that we open at most; sockets are files."""
_OWN_FILES = 1024
"""Of those, what is kept from connections: 640 are for webhooks, some for the database, the images and the engine."""
_ARENAS = 2
_M_ARENA_MAX = -8
"""glibc's number of that parameter, from its malloc.h."""


def allow_many_files() -> None:
    """Open as many files as the system lets us, which is often far more than it lets us at first.

    At first are 1,024, from the days of `select`. All webhooks under way may take 640, and without one to spare
    neither a connection nor an image could be opened.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def max_connections() -> int:
    """How many files connections may take; at least half of what there are."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MAX_FILES if soft == resource.RLIM_INFINITY else min(soft, MAX_FILES)
    return max(files - _OWN_FILES, files // 2)


def keep_few_arenas() -> None:
    """Let threads share two of glibc's arenas. To be called before there are threads; elsewhere it does nothing.

    glibc gives threads arenas of their own, up to eight a core, and what is freed in one serves no other: what looks
    like a leak of some kilobytes a task is memory that lies about in pieces (benchmarks/RESULTS.md). They are there so
    that threads need not wait for each other, and Python's do that anyway. Whoever has set `MALLOC_ARENA_MAX` knows
    better.
    """
    libc = ctypes.CDLL(None)
    if "MALLOC_ARENA_MAX" not in os.environ and hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, _ARENAS)
