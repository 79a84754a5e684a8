"""Writes the lock files anew: what pip would choose today for pyproject.toml, pinned.

    .venv/bin/python dev/lock.py

`requirements.lock` is what Seedbed runs on, `requirements-diffusers.lock` what foreign models need besides, and
`requirements-dev.lock` what `make test` does, for which it also needs the extras `mcp`, `docs` and `otel`.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
HEADER = "# Written by dev/lock.py from pyproject.toml; `make` installs exactly this.\n"


def chosen(requirements: list[str]) -> dict[str, str]:
    """Every package that pip chooses for `requirements`, with its version."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    ran = subprocess.run(  # noqa: S603 - pip and what pyproject.toml says
        [*command, "--report", "-", *requirements], stdout=subprocess.PIPE, check=True
    )
    found = json.loads(ran.stdout)["install"]
    # A local version such as 2.13.0+cpu says where a build came from; any build of 2.13.0 is meant.
    return {
        item["metadata"]["name"].lower().replace("_", "-"): item["metadata"]["version"].partition("+")[0]
        for item in found
    }


def main() -> None:
    """Lock all sets; those after the first leave out what it holds."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = project["project"]["dependencies"]
    running = chosen(needed)
    write("requirements.lock", running)
    extras = project["project"]["optional-dependencies"]
    write_besides("requirements-diffusers.lock", running, extras["diffusers"])
    write_besides(
        "requirements-dev.lock",
        running,
        [*project["dependency-groups"]["dev"], *extras["mcp"], *extras["docs"], *extras["otel"]],
    )


def write_besides(name: str, running: dict[str, str], requirements: list[str]) -> None:
    """Write what `requirements` need besides the packages that run anyway, which keep their versions."""
    pinned = [f"{package}=={version}" for package, version in running.items()]
    write(name, {n: v for n, v in chosen([*pinned, *requirements]).items() if n not in running})


def write(name: str, packages: dict[str, str]) -> None:
    """Write one lock file, sorted."""
    lines = [f"{package}=={version}\n" for package, version in sorted(packages.items())]
    (ROOT / name).write_text(HEADER + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
