from pathlib import Path

import pytest

from tests.world.packages import write_packages


@pytest.fixture(scope="session")
def icons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of icon packages; rasters are cached in it across tests."""
    return write_packages(tmp_path_factory.mktemp("icons"))
