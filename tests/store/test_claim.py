from pathlib import Path

import pytest

from seedbed.errors import ConfigurationError
from seedbed.settings import Settings
from seedbed.store.claim import claim_worker
from seedbed.store.schema import open_database


def test_a_second_server_of_the_name_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    first, second = (open_database(Settings(data_dir=tmp_path)) for _ in range(2))
    with (
        claim_worker(first, "server"),
        pytest.raises(ConfigurationError, match="another server called server"),
        claim_worker(second, "server"),
    ):
        pass
    with claim_worker(second, "server"), claim_worker(first, "another"):
        pass
    first.close()
    second.close()
