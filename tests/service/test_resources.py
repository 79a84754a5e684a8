import platform
import subprocess
import sys

import pytest

ARENAS = """
import ctypes, os, re, sys, tempfile, threading
from seedbed.service.resources import keep_few_arenas

if "few" in sys.argv:
    keep_few_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.fopen.restype, libc.fopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]
libc.malloc_info.argtypes, libc.fclose.argtypes = [ctypes.c_int, ctypes.c_void_p], [ctypes.c_void_p]
together = threading.Barrier(8)

def allocate():
    together.wait()  # so that no thread inherits the arena of one that is over
    libc.malloc(5000)
    together.wait()

threads = [threading.Thread(target=allocate) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
with tempfile.NamedTemporaryFile() as told:
    file = libc.fopen(told.name.encode(), b"w")
    libc.malloc_info(0, file)
    libc.fclose(file)
    print(len(re.findall("<heap nr", told.read().decode())))
"""


def arenas(*how: str, **environment: str) -> int:
    """How many arenas glibc has made for eight threads."""
    ran = subprocess.run(
        [sys.executable, "-c", ARENAS, *how], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return int(ran.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="arenas are glibc's")
def test_threads_share_two_arenas_unless_the_operator_chose() -> None:
    assert arenas() > 2, "this machine shows no difference"
    assert arenas("few") <= 2
    assert arenas("few", MALLOC_ARENA_MAX="4") == 4
