import os
from collections.abc import Iterator

import pytest

from tests.postgres import Cluster, binaries, cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A Postgres for the session: that of `TEST_POSTGRES_URL`, or else one of the tests' own."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield Cluster(given.replace("postgresql://", "postgresql+psycopg://"))
        return
    pytest.importorskip("psycopg")
    programs = binaries()
    if programs is None:
        pytest.skip("Postgres is not installed")
    with cluster(programs) as own:
        yield own


@pytest.fixture
def postgres_url(postgres: Cluster) -> str:
    """An empty database on Postgres."""
    return postgres.fresh()
