"""The documents say what is so."""

import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from seedbed.cli.main import app
from seedbed.settings import Settings

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")])


def test_every_setting_stands_in_its_page() -> None:
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    page = runpy.run_path(str(ROOT / "dev" / "document.py"))["settings_page"]()
    assert written == page, "run: python dev/document.py"


def test_every_model_stands_in_its_page() -> None:
    written = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    page = runpy.run_path(str(ROOT / "dev" / "document.py"))["models_page"]()
    assert written == page, "run: python dev/document.py"
    assert "| `Tongyi-MAI/Z-Image` |" in page
    assert "| **Z-Image** |" in page


def test_every_command_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [line for line in _commands(get_command(app), "seedbed") if f"`{line}" not in readme] == []


def _commands(command: Any, line: str) -> Iterator[str]:
    subcommands = getattr(command, "commands", {})
    for name, subcommand in subcommands.items():
        yield from _commands(subcommand, f"{line} {name}")
    if not subcommands:
        yield line


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_no_setting_that_is_not_there(document: Path) -> None:
    named = set(re.findall(r"\bSEEDBED_([A-Z_]+[A-Z])\b", document.read_text(encoding="utf-8")))
    known = {name.upper() for name in Settings.model_fields}
    assert named <= known


def test_every_promise_names_a_test_that_is_there() -> None:
    text = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.endswith("| test |")]
    assert [row for row in rows if "`tests/" not in row] == []
    named = re.findall(r"`(tests/\S+\.py)::(\w+)`", text)
    assert len(named) > 30
    missing = [
        f"{file}::{name}" for file, name in named if f"\ndef {name}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []
