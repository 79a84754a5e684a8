from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from seedbed.errors import InvalidKey, KeyNotFound
from seedbed.settings import Settings
from seedbed.store.keys import PREFIX, KeyStore
from seedbed.store.schema import Database, api_keys, open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(Settings(data_dir=tmp_path))
    yield database
    database.close()


def test_a_new_key_is_known_by_its_text(database: Database) -> None:
    keys = KeyStore(database)
    record, plaintext = keys.create("laptop")
    assert plaintext.startswith(PREFIX)
    assert len(plaintext) > 40
    assert keys.list() == (record,)
    assert keys.verify(plaintext) == record
    assert record.name == "laptop"


def test_two_keys_differ(database: Database) -> None:
    keys = KeyStore(database)
    assert keys.create("a")[1] != keys.create("a")[1]
    assert len({record.key_id for record in keys.list()}) == 2


@pytest.mark.parametrize("wrong", ["", "sb_", "sb_x", "\ud800", "x" * 10_000])
def test_an_unknown_key_is_refused(database: Database, wrong: str) -> None:
    KeyStore(database).create("a")
    with pytest.raises(InvalidKey):
        KeyStore(database).verify(wrong)


def test_the_key_itself_is_nowhere_in_the_database(database: Database) -> None:
    _, plaintext = KeyStore(database).create("a")
    with database.read() as connection:
        row = connection.execute(select(api_keys)).one()
    secret = plaintext.removeprefix(PREFIX)
    assert not any(secret in str(value) for value in row)
    assert len(row.hint) == 8


def test_a_revoked_key_is_refused_and_stays_listed(database: Database) -> None:
    keys = KeyStore(database)
    record, plaintext = keys.create("a")
    revoked = keys.revoke(record.key_id)
    assert revoked.revoked_at is not None
    assert keys.revoke(record.key_id) == revoked
    with pytest.raises(InvalidKey):
        keys.verify(plaintext)
    assert keys.list() == (revoked,)


def test_revoking_an_unknown_key_says_so(database: Database) -> None:
    with pytest.raises(KeyNotFound, match="key_nope"):
        KeyStore(database).revoke("key_nope")


def test_bootstrap_keys_follow_the_settings(database: Database) -> None:
    keys = KeyStore(database)
    own, plaintext = keys.create("own")
    first = keys.add_bootstrap(["one-secret", "two-secret"])
    assert keys.add_bootstrap(["one-secret", "two-secret"]) == first
    keys.add_bootstrap(["one-secret"])
    assert keys.verify("one-secret").bootstrap
    with pytest.raises(InvalidKey):
        keys.verify("two-secret")
    assert keys.verify(plaintext) == own


def test_a_bootstrap_key_that_comes_back_finds_its_tasks_again(database: Database) -> None:
    keys = KeyStore(database)
    before = keys.add_bootstrap(["one-secret"])[0].key_id
    keys.add_bootstrap([])
    assert keys.add_bootstrap(["one-secret"])[0].key_id == before


def test_a_bootstrap_key_revoked_by_hand_stays_revoked(database: Database) -> None:
    keys = KeyStore(database)
    keys.revoke(keys.add_bootstrap(["one-secret"])[0].key_id)
    keys.add_bootstrap(["one-secret"])
    keys.add_bootstrap([])
    keys.add_bootstrap(["one-secret"])
    with pytest.raises(InvalidKey):
        keys.verify("one-secret")
