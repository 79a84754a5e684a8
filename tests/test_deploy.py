"""What stands in deploy/ fits the program: commands, settings, one file for each role."""

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from seedbed.cli.main import app
from seedbed.settings import load_settings

DEPLOY = Path(__file__).parent.parent / "deploy"
UNITS = sorted(DEPLOY.glob("systemd/*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
COMMANDS = set(getattr(get_command(app), "commands", {}))


def unit(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser["Service"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_start_a_command_that_there_is_with_settings_that_can_be(path: Path) -> None:
    service = unit(path)
    assert service["ExecStart"].split()[1] in COMMANDS
    variables = dict(pair.split("=", 1) for pair in service["Environment"].replace("%H-%i", "host-1").split())
    assert load_settings(variables).data_dir == Path("/var/lib/seedbed")
    assert int(service["TimeoutStopSec"]) > load_settings({}).shutdown_grace + 10


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_understands_the_units(path: Path, tmp_path: Path) -> None:
    # Its only complaint may be that Seedbed is not installed where the unit looks for it.
    there = tmp_path / path.name.replace("@", "@1")
    there.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", path.read_text(encoding="utf-8"), flags=re.M))
    ran = subprocess.run(["systemd-analyze", "verify", there], capture_output=True, text=True)
    complaints = [line for line in (ran.stdout + ran.stderr).splitlines() if path.name.partition("@")[0] in line]
    assert complaints == []


@pytest.mark.parametrize("name", ["api", "worker"])
def test_the_composed_services_start_a_command_that_there_is_with_settings_that_can_be(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["command"][0] in COMMANDS
    given = {
        key: re.sub(r"\$\{\w+(:-([^}]*)|:\?)\}", r"\g<2>x", value) for key, value in service["environment"].items()
    }
    assert load_settings(given).draws is (name == "worker")
    assert COMPOSE["services"]["database"]["environment"]["POSTGRES_USER"] in given["SEEDBED_DATABASE_URL"]


def test_the_dashboard_shows_every_metric_of_ours_and_no_other() -> None:
    dashboard = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))
    shown = {target["expr"] for panel in dashboard["panels"] for target in panel["targets"]}
    named = {name.removesuffix("_bucket") for name in re.findall(r"seedbed_\w+", " ".join(shown))}
    page = (DEPLOY.parent / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert named == set(re.findall(r"^\| `(seedbed_\w+)`", page, re.MULTILINE))
    assert all(expr.count("(") == expr.count(")") for expr in shown)
