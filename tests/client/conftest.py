import os
from collections.abc import Iterator

import pytest

from tests.service.served import Served, serving

# What the machine reaches the world through is not the way to a server on loopback.
os.environ["NO_PROXY"] = "*"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for a module's tests."""
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield server
