import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from seedbed.cli.main import app
from seedbed.errors import InvalidKey
from seedbed.settings import Settings
from seedbed.store.keys import KeyStore, Scope
from seedbed.store.schema import open_database


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_DATA_DIR", str(tmp_path))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["keys", *arguments])


def test_a_key_is_printed_once_and_opens(tmp_path: Path) -> None:
    made = run("create", "--name", "laptop")
    assert made.exit_code == 0
    key = made.stdout.strip()
    assert key.startswith("sb_")
    database = open_database(Settings(data_dir=tmp_path))
    assert KeyStore(database).verify(key).name == "laptop"
    database.close()
    listed = run("list").stdout
    assert "laptop" in listed
    assert "valid" in listed
    assert key not in listed
    assert key.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_revoked_key_opens_nothing(tmp_path: Path) -> None:
    key = run("create").stdout.strip()
    key_id = run("list").stdout.split()[0]
    revoked = run("revoke", key_id)
    assert revoked.exit_code == 0
    assert "revoked" in revoked.stdout
    database = open_database(Settings(data_dir=tmp_path))
    with pytest.raises(InvalidKey):
        KeyStore(database).verify(key)
    database.close()


def test_revoking_what_is_not_there_is_one_sentence() -> None:
    refused = run("revoke", "key_nonsense")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("seedbed: ")
    assert refused.stderr.count("\n") == 1


def test_a_key_is_made_with_scopes_an_end_and_a_rate(tmp_path: Path) -> None:
    made = run("create", "--scope", "read", "--days", "30", "--rate", "5")
    assert made.exit_code == 0
    database = open_database(Settings(data_dir=tmp_path))
    record = KeyStore(database).verify(made.stdout.strip())
    database.close()
    assert (record.scopes, record.rate_limit) == (frozenset({Scope.READ}), 5)
    assert record.expires_at is not None
    assert 29 < (record.expires_at - record.created_at).days + 1 < 32
    (line,) = run("list").stdout.splitlines()
    assert "read " in line
    assert f"{record.expires_at:%Y-%m-%d}" in line


@pytest.mark.parametrize("name", ["", " ", "two\nlines", "x" * 65])
def test_a_name_that_is_none_is_wrong_usage(name: str) -> None:
    refused = run("create", "--name", name)
    assert refused.exit_code == 2
    assert "--name" in refused.stderr


@pytest.mark.parametrize("days", ["0", "-1", "nan", "1e30", "1e9"])
def test_an_end_that_is_none_is_wrong_usage(days: str) -> None:
    refused = run("create", "--days", days)
    assert refused.exit_code == 2
    assert "--days" in refused.stderr
    assert run("list").stdout == ""


def test_a_key_gets_a_webhook_secret_of_its_own_and_another_beside_it() -> None:
    run("create")
    key_id = run("list").stdout.split()[0]
    assert run("secret", key_id).stdout == ""
    (first,) = run("secret", key_id, "--new").stdout.split()
    assert first.startswith("whsec_")
    second, before = run("secret", key_id, "--new").stdout.split()
    assert before == first != second
    assert run("secret", key_id, "--only").stdout.split() == [second]
    assert run("secret", key_id).stdout.split() == [second]
    assert json.loads(run("secret", key_id, "--json").stdout) == {"key_id": key_id, "secret": second}
    assert run("secret", "key_nonsense", "--new").exit_code == 1


def test_a_scope_that_is_none_is_refused() -> None:
    refused = run("create", "--scope", "everything")
    assert refused.exit_code == 2
    assert "no scope everything" in refused.stderr.replace("\n", " ")


def test_keys_are_told_as_json() -> None:
    made = json.loads(run("create", "--name", "laptop", "--days", "1", "--json").stdout)
    assert made["key"].startswith(made["hint"])
    (listed,) = (json.loads(line) for line in run("list", "--json").stdout.splitlines())
    assert (listed["key_id"], listed["state"], listed["scopes"]) == (made["key_id"], "valid", ["generate", "read"])
    assert "key" not in listed
    assert json.loads(run("revoke", made["key_id"], "--json").stdout)["state"] == "revoked"
