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
from seedbed.task import TaskStatus

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


CHART = DEPLOY / "helm" / "seedbed"
CHOSEN: dict[str, Any] = {
    "apiKeys": "a-key",
    "settings": {"SEEDBED_RETENTION": 86400},
    "postgres": {"password": "p/w"},
    "s3": {"url": "s3://bucket/folder", "accessKeyId": "a", "secretAccessKey": "b", "endpoint": "https://s3.example"},
    "worker": {"nodeSelector": {"gpu": "yes"}, "tolerations": [{"key": "gpu", "operator": "Exists"}]},
    "autoscaling": {"enabled": True},
    "ingress": {"enabled": True, "tlsSecret": "tls"},
}
"""Values that switch everything on."""
ELSEWHERE = {"existingSecret": "mine", "s3": {"url": "s3://bucket"}}


def helm() -> Any:
    """Helm itself, as a library: pip install helm-python-sdk==0.2.2. It is no dependency of ours for its 85 MB."""
    return pytest.importorskip("helm_python.chart", reason="helm-python-sdk is not installed")


def rendered(values: dict[str, Any]) -> list[dict[str, Any]]:
    files = helm().Chart.load(str(CHART)).render(values, name="mine", namespace="default")
    texts = [text for name, text in files.items() if not name.endswith(".txt")]
    return [found for text in texts for found in yaml.safe_load_all(text) if found]


def test_helm_finds_nothing_wrong_with_the_chart() -> None:
    found = helm().lint(str(CHART), CHOSEN, strict=True, kube_version="v1.30.0")
    assert found["errors"] == []
    assert [message for message in found["messages"] if message["severity"] > 1] == []


@pytest.mark.parametrize("values", [CHOSEN, ELSEWHERE], ids=["all", "existing secret"])
def test_kubernetes_knows_whatever_the_chart_makes(values: dict[str, Any]) -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed").validate
    objects = rendered(values)
    # What KEDA brings is no part of Kubernetes, so that nothing here knows its schema.
    assert {o["kind"] for o in objects if o["apiVersion"].startswith("keda")} <= {
        "ScaledObject",
        "TriggerAuthentication",
    }
    for found in objects:
        if not found["apiVersion"].startswith("keda"):
            validate(found, "1.30", strict=True)


@pytest.mark.parametrize("role", ["api", "worker"])
def test_the_charts_pods_start_a_command_that_there_is_with_settings_that_can_be(role: str) -> None:
    objects = {(o["kind"], o["metadata"]["name"]): o for o in rendered(CHOSEN)}
    pod = objects["Deployment", f"mine-seedbed-{role}"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    secret = objects["Secret", container["envFrom"][0]["secretRef"]["name"]]["stringData"]
    plain = {entry["name"]: entry.get("value", "pod-1") for entry in container["env"]}
    settings = load_settings({**secret, **plain})
    assert container["args"][0] in COMMANDS
    assert settings.draws is (role == "worker")
    assert settings.database_url == "postgresql://seedbed:p%2Fw@mine-seedbed-postgres/seedbed"
    assert pod["terminationGracePeriodSeconds"] > settings.shutdown_grace + 10
    assert {probe for probe in container if probe.endswith("Probe")} == {"livenessProbe", "readinessProbe"}


def test_the_autoscaler_scales_the_workers_and_knows_the_database() -> None:
    objects = {o["kind"]: o for o in rendered(CHOSEN)}
    assert objects["ScaledObject"]["spec"]["scaleTargetRef"]["name"] == "mine-seedbed-worker"
    [trigger] = objects["ScaledObject"]["spec"]["triggers"]
    statuses = re.findall(r"'(\w+)'", trigger["metadata"]["query"])
    assert {status for status in TaskStatus if not status.is_terminal} == set(statuses)
    [reference] = objects["TriggerAuthentication"]["spec"]["secretTargetRef"]
    assert reference["key"] == "SEEDBED_DATABASE_URL"


def test_the_charts_values_are_those_that_its_schema_knows() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))["properties"]
    assert set(values) == set(schema) - {"global"}
    for name, told in schema.items():
        assert set(told.get("properties", {})) == (set(values[name]) if "properties" in told else set()), name


def test_the_charts_version_is_the_packages() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert f'version = "{chart["appVersion"]}"' in (DEPLOY.parent / "pyproject.toml").read_text(encoding="utf-8")
