from pathlib import Path

from typer.testing import CliRunner

from seedbed.cli.main import app


def secrets(folder: Path, **environment: str) -> list[str]:
    result = CliRunner().invoke(app, ["webhooks", "secret"], env={"SEEDBED_DATA_DIR": str(folder), **environment})
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_the_configured_secrets_are_shown(tmp_path: Path) -> None:
    assert secrets(tmp_path, SEEDBED_WEBHOOK_SECRET="old, new") == ["old", "new"]


def test_the_servers_own_secret_stays_the_same(tmp_path: Path) -> None:
    (first,) = secrets(tmp_path)
    assert first.startswith("whsec_")
    assert secrets(tmp_path) == [first]
    assert secrets(tmp_path / "another") != [first]
