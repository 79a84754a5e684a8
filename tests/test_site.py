"""The documentation's site is built, in strict mode: every page is in it, and every link leads somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seedbed.service.app import create_app
from seedbed.settings import Settings

ROOT = Path(__file__).parent.parent
LANGUAGES = {"python": "py", "javascript": "mjs", "perl": "pl"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_MKDOCS_2_WARNING": "1"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


def test_every_page_is_there_and_says_something(site: Path) -> None:
    pages = {page.relative_to(site).parts[0] for page in site.glob("*/index.html")}
    written = {page.stem for page in (ROOT / "docs").glob("*.md")}
    assert written | {"architecture", "changelog", "http", "results", "sprout", "security"} <= pages
    assert "self-hosted Seedream 4" in (site / "index.html").read_text(encoding="utf-8")


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    html = (site / "index.html").read_text(encoding="utf-8")
    loaded = re.findall(r'<(?:script|img|link)[^>]+(?:src|href)="([^"]+)"', html)
    assert loaded
    assert [url for url in loaded if "://" in url or url.startswith("//")] == []


def test_the_http_reference_knows_every_route(site: Path) -> None:
    text = (site / "http" / "index.html").read_text(encoding="utf-8")
    for path, operations in create_app(Settings()).openapi()["paths"].items():
        for method, operation in operations.items():
            assert f"{method.upper()} {path}</code>" in text
            assert operation["summary"].replace("'", "’") in text or operation["summary"] in text


def test_the_receivers_are_those_that_are_tested() -> None:
    page = (ROOT / "docs" / "receivers.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL))
    assert shown == {
        language: (ROOT / "examples" / f"webhook_receiver.{ending}").read_text(encoding="utf-8")
        for language, ending in LANGUAGES.items()
    }
