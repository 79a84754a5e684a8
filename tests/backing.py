"""What the tests' servers stand on: SQLite and a folder, or Postgres and S3 where `TEST_BACKING` is `machines`."""

import atexit
import hashlib
import os
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.postgres import Cluster, binaries, cluster
from tests.s3 import Bucket, bucket

__all__ = ["ON_MACHINES", "backed", "only_on_one_machine"]

ON_MACHINES = os.environ.get("TEST_BACKING") == "machines"


def only_on_one_machine(reason: str) -> pytest.MarkDecorator:
    """Leaves a test out on many machines, because of what it is about."""
    return pytest.mark.skipif(ON_MACHINES, reason=f"about one machine: {reason}")


def backed(folder: Path) -> dict[str, str]:
    """The settings of a server with its data in `folder`, by their names: the same folder has the same database."""
    if not ON_MACHINES:
        return {}
    # Ours, and so that of every process that we start.
    os.environ.update(_bucket().environment)
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return {"database_url": _database(folder), "storage_url": f"s3://bucket/{name}"}


@cache
def _database(_folder: Path) -> str:
    return _cluster().fresh()


@cache
def _held() -> ExitStack:
    stack = ExitStack()
    atexit.register(stack.close)
    return stack


@cache
def _cluster() -> Cluster:
    programs = binaries()
    assert programs is not None, "Postgres is not installed"
    return _held().enter_context(cluster(programs))


@cache
def _bucket() -> Bucket:
    folder = Path(_held().enter_context(tempfile.TemporaryDirectory(prefix="seedbed-s3-")))
    return _held().enter_context(bucket(folder))
