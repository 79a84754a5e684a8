"""`seedbed serve`, but that each SIGUSR1 appends a line of JSON about its memory to the file in `MEMORY_REPORT`.

Linux with glibc. Run by `python -m benchmarks.memory`.
"""

import ctypes
import gc
import json
import os
import signal
import sys
from pathlib import Path

from benchmarks.hardware import resident
from seedbed.cli.main import app

MIB = 2**20
FIELDS = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
PAGES = 2
"""SQLITE_STATUS_PAGECACHE_OVERFLOW: bytes of all page caches."""


class _Allocated(ctypes.Structure):
    """What glibc's mallinfo2 says of its arenas."""

    _fields_ = [(name, ctypes.c_size_t) for name in FIELDS.split()]


def look() -> dict[str, float]:
    """The memory now, in MiB, and Python's objects, in numbers."""
    gc.collect()
    libc, sqlite = ctypes.CDLL("libc.so.6"), ctypes.CDLL("libsqlite3.so.0")
    libc.mallinfo2.restype, sqlite.sqlite3_memory_used.restype = _Allocated, ctypes.c_int64
    now, most = ctypes.c_int64(), ctypes.c_int64()
    sqlite.sqlite3_status64(PAGES, ctypes.byref(now), ctypes.byref(most), 0)
    allocated = libc.mallinfo2()
    seen = {
        "resident": resident(os.getpid()),
        "allocated": allocated.uordblks / MIB,
        "free in arenas": allocated.fordblks / MIB,
        "SQLite": sqlite.sqlite3_memory_used() / MIB,
        "of it pages": now.value / MIB,
        "objects": len(gc.get_objects()),
        "blocks": sys.getallocatedblocks(),
    }
    libc.malloc_trim(0)
    return {**seen, "resident, trimmed": resident(os.getpid())}


def report(*_: object) -> None:
    """Append a line."""
    with Path(os.environ["MEMORY_REPORT"]).open("a") as file:
        file.write(json.dumps(look()) + "\n")


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, report)
    app()
