"""ARCHITECTURE.md says what is so: the tree, and why each dependency is there."""

import ast
import re
import runpy
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "seedbed"
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PART_OF = {"starlette": "fastapi", "pydantic-core": "pydantic", "mcp-types": "mcp"}
"""Packages that are imported as a part of the one that brings them, and is declared."""
SHARED = {"opentelemetry": "opentelemetry-api", "opentelemetry.sdk": "opentelemetry-sdk"} | {
    "opentelemetry.exporter": "opentelemetry-exporter-otlp-proto-http"
}
"""Modules that several distributions fill, by the longest beginning of their names."""


def canonical(requirement: str) -> str:
    name = re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> dict[str, set[str]]:
    """The names that pyproject.toml asks for: at run time, as an extra, for development."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    groups = project["dependency-groups"].values()
    return {
        "run": {canonical(name) for name in project["project"]["dependencies"]},
        "extra": {canonical(name) for names in extras for name in names},
        "dev": {canonical(name) for names in groups for name in names},
    }


def imported() -> set[str]:
    """The distributions that the source imports, lazily or not."""
    modules, shared = set(), set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.partition(".")[0])
                shared |= {max((name for name in SHARED if node.module.startswith(name)), key=len, default="")}
    provided_by = packages_distributions()
    foreign = modules - set(sys.stdlib_module_names) - {"seedbed", *SHARED}
    names = {canonical(provided_by[module][0]) for module in foreign}
    return {PART_OF.get(name, name) for name in names} | {SHARED[name] for name in shared if name}


def test_the_tree_is_the_disk() -> None:
    assert runpy.run_path(str(ROOT / "dev" / "document.py"))["architecture"]() == TEXT, "run: python dev/document.py"
    assert "(without a caption)" not in TEXT
    block = TEXT.partition("```text\nsrc/seedbed/\n")[2].partition("```")[0]
    shown = re.findall(r"^ +(\w+\.py) +\S", block, re.MULTILINE)
    on_disk = [p.name for p in SOURCE.rglob("*.py") if p.name != "__init__.py" or p.parent == SOURCE]
    assert sorted(shown) == sorted(on_disk)


def test_every_dependency_says_what_it_does_for_us() -> None:
    rows = re.findall(r"^\| ([\w-]+)(?: \(`\[\w+\]`\))? \| (.+) \|$", TEXT, re.MULTILINE)
    explained = {canonical(name) for name, reason in rows if len(reason.split()) > 1}
    wanted = set.union(*declared().values())
    assert wanted <= explained, "these lack a line"
    headings = {"dependency", "tool", "edge"}
    described = TEXT[TEXT.index("## Dependencies") :]
    listed = {canonical(name) for name, _ in rows if f"| {name}" in described} - headings
    assert listed == wanted, "these are no dependencies any more"


def test_every_dependency_is_used_and_every_used_one_is_declared() -> None:
    names = declared()
    used = imported()
    assert used <= names["run"] | names["extra"], "imported, but not declared"
    source = "".join(file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py"))
    unused = {name for name in names["run"] - used if name.replace("-", "_") not in source}
    assert unused == set(), "declared, but not used"
