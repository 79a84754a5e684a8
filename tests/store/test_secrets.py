from pathlib import Path

from seedbed.settings import Settings
from seedbed.store.schema import open_database
from seedbed.store.secrets import SecretStore


def test_a_secret_is_made_once_and_shared(tmp_path: Path) -> None:
    first, second = (open_database(Settings(data_dir=tmp_path)) for _ in range(2))
    secret = SecretStore(first).get("links")
    assert len(secret) == 32
    assert SecretStore(second).get("links") == secret
    assert SecretStore(first).get("others") != secret
    first.close()
    second.close()
