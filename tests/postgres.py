"""A Postgres of the tests' own: a cluster in a temporary folder, from the binaries that the machine has."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

__all__ = ["Cluster", "OwnCluster", "binaries", "cluster"]

UNPRIVILEGED = "postgres"
"""Who runs it where we are root, as whom Postgres refuses to run."""


class Cluster:
    """A running Postgres.

    Args:
        url: of a database that its superuser may use.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._count = 0

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        self._count += 1
        name = f"seedbed_{os.getpid()}_{self._count}"
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return engine.url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)


def binaries() -> Path | None:
    """The folder of Postgres' programs, if it is installed; Debian keeps them off the path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return folders[-1].parent if folders else None


class OwnCluster(Cluster):
    """A cluster that was made for the tests, and may be stopped and started again.

    Args:
        programs: the folder of Postgres' programs.
        folder: where its data and its log lie; it must exist.
        settings: of Postgres, besides our own.
    """

    def __init__(self, programs: Path, folder: Path, **settings: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        super().__init__(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres")
        self._user = UNPRIVILEGED if os.geteuid() == 0 else None
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            shutil.chown(folder, self._user)
        data = folder / "data"
        encoding = ("--auth=trust", "--no-sync", "--encoding=UTF8")
        self._run([programs / "initdb", "-D", data, "-U", "postgres", *encoding])
        options = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": "", "fsync": "off"}
        arguments = [f"--{name}={value}" for name, value in {**options, **settings}.items()]
        self._command: list[str | Path] = [programs / "postgres", "-D", data, *arguments]

    @property
    def is_running(self) -> bool:
        """Whether it still is; one that has no room for its journal ends by itself."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; comes back once it answers."""
        log = self._folder / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, user=self._user, cwd=self._folder, stdout=output, stderr=output
            )
        _await(self._url, self._process, log)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """End it and wait for that: SIGINT cuts all sessions, SIGQUIT is a crash, of which it recovers."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(60)

    def _run(self, command: list[str | Path]) -> None:
        subprocess.run(command, user=self._user, cwd=self._folder, check=True, capture_output=True)


@contextmanager
def cluster(programs: Path, folder: Path | None = None, **settings: str) -> Iterator[OwnCluster]:
    """A cluster on a free loopback port, stopped and deleted at the end; in a folder of its own, or in `folder`."""
    home = folder or Path(tempfile.mkdtemp(prefix="seedbed-postgres-"))
    try:
        own = OwnCluster(programs, home, **settings)
        own.start()
        try:
            yield own
        finally:
            own.stop()
    finally:
        shutil.rmtree(home)


def _await(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    engine, until = create_engine(url), time.monotonic() + 120
    while True:
        try:
            engine.connect().close()
            engine.dispose()
            return
        except OperationalError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
