import os
from contextlib import suppress
from pathlib import Path

import pytest

from tests.world.packages import write_packages


@pytest.fixture(scope="session")
def icons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of icon packages; rasters are cached in it across tests, and across the processes that run them."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "icon-packages"
    written = write_packages(tmp_path_factory.mktemp("icons"))
    # Another process may be first: then its folder is as good as ours.
    with suppress(OSError):
        written.rename(folder)
    return folder
