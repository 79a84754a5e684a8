import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.process import resident, serving

CONNECTIONS = 10_000
SPARE = 500
"""Files that this process needs for itself."""


@contextmanager
def many_files() -> Iterator[int]:
    """As many files as the system lets this process open; so many connections it may make, then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < CONNECTIONS + 2 * SPARE:
        pytest.skip(f"the system lets a process open {hard} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (CONNECTIONS + SPARE, hard))
    try:
        yield CONNECTIONS
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_ten_thousand_connections_take_bounded_memory_and_keep_nobody_out(tmp_path: Path) -> None:
    with many_files() as count, serving(tmp_path, receive_timeout="600") as server, ExitStack() as stack:
        assert server.process is not None
        before, address = resident(server.process.pid), ("127.0.0.1", server.port)
        silent = [stack.enter_context(socket.create_connection(address, timeout=60)) for _ in range(count)]
        for connection in silent:
            connection.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n")
        task_id = server.post("a cat")
        assert task_id is not None
        assert server.until(task_id, "COMPLETED")["generated"]
        grown = resident(server.process.pid) - before
        silent[0].sendall(b"\r\n")
        assert silent[0].recv(64).startswith(b"HTTP/1.1 200")
    print(f"grown by {grown:.0f} MiB")
    assert grown < 200
