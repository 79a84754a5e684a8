"""What a deployment stands on: a disk, a database, an image store. Each may be taken away and given back."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, create_engine
from tests.postgres import OwnCluster, binaries, cluster
from tests.s3 import Bucket, bucket

__all__ = ["Backing", "Disk", "backing"]

DISK_MEGABYTES = 384
PART = bytes(2**20)


class Disk:
    """A small disk of its own, in memory, mounted at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no byte of room."""
        with self._ballast.open("wb", buffering=0) as ballast:
            for part in (PART, PART[:4096]):
                # Until it is full, first coarsely and then finely.
                with suppress(OSError):
                    while ballast.write(part):
                        pass

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink()


@dataclass
class Backing:
    """What there is, and the variables of the environment that lead to it."""

    folder: Path
    """Where the deployment's own data lie; on the disk, where there is one."""
    disk: Disk | None
    """None where this user may mount none."""
    variables: dict[str, str] = field(default_factory=dict)
    postgres: OwnCluster | None = None
    """None where the database is SQLite."""
    engine: Engine | None = None
    """A way into Postgres from outside."""
    bucket: Bucket | None = None
    """None where images lie in a folder."""


@contextmanager
def backing(folder: Path, *, on_postgres: bool) -> Iterator[Backing]:
    """SQLite and a folder, or Postgres and S3, all within `folder`."""
    with ExitStack() as stack:
        disk = stack.enter_context(_disk(folder / "disk"))
        made = Backing(folder / "disk", disk)
        if on_postgres:
            _add_postgres(made, stack)
            made.bucket = stack.enter_context(bucket(made.folder / "s3"))
            made.variables |= {"SEEDBED_STORAGE_URL": Bucket.url, **made.bucket.environment}
        yield made


def _add_postgres(made: Backing, stack: ExitStack) -> None:
    programs = binaries()
    if programs is None:
        raise SystemExit("Postgres is not installed")
    home = made.folder / "postgres"
    home.mkdir()
    # The journal shall fit the disk as long as nobody fills it.
    made.postgres = stack.enter_context(cluster(programs, home, min_wal_size="32MB", max_wal_size="64MB"))
    url = made.postgres.fresh()
    made.engine = create_engine(
        url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT", pool_pre_ping=True
    )
    stack.callback(made.engine.dispose)
    made.variables["SEEDBED_DATABASE_URL"] = url


@contextmanager
def _disk(folder: Path) -> Iterator[Disk | None]:
    """A small disk at `folder`, where we may mount one; else it is a folder like any other."""
    folder.mkdir()
    folder.chmod(0o755)
    mount = shutil.which("mount")
    size = f"size={DISK_MEGABYTES}m,mode=755"
    mounted = mount is not None and not subprocess.run([mount, "-t", "tmpfs", "-o", size, "tmpfs", folder]).returncode
    try:
        yield Disk(folder) if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", folder], check=True)
