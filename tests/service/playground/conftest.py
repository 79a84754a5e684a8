import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect, sync_playwright

from tests.process import KEY, Server, serving

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=60_000)
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1360, "height": 900}

# What the machine reaches the world through is not the way to a server on loopback.
os.environ["NO_PROXY"] = "*"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A real Chromium with a profile of its own."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: the page cannot be tried (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=CHROMIUM, args=FLAGS, viewport=DESKTOP
        )
        context.set_default_timeout(60_000)
        yield context
        context.close()


@pytest.fixture(scope="module")
def axe() -> str:
    """The accessibility checker's source."""
    script = HERE / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        pytest.skip(f"axe-core is not installed: npm ci --prefix {HERE.name}")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose pictures cost nothing and whose prompts may ask for trouble."""
    with serving(tmp_path_factory.mktemp("playground"), patience="240") as running:
        yield running


@pytest.fixture(scope="module")
def drawing_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the real model."""
    folder = tmp_path_factory.mktemp("sprout")
    with serving(folder, patience="240", model="sprout", resolution="1k", num_threads="1") as running:
        yield running


@pytest.fixture
def errors() -> list[str]:
    """What went wrong in the page; empty after a good test."""
    return []


@pytest.fixture
def page(browser: BrowserContext, errors: list[str]) -> Iterator[Page]:
    """A tab without a past; a script's error in it fails the test."""
    tab = browser.new_page()
    tab.set_viewport_size(DESKTOP)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    tab.close()
    assert errors == []


def opened(page: Page, server: Server, key: str = KEY) -> None:
    """Open the playground, and wait until the server is ready and its first pictures are listed."""
    page.goto(address(server, key))
    expect(page.locator("#health")).to_contain_text("is ready")
    expect(page.locator("#cards")).to_have_attribute("aria-busy", "false")


def eventually(holds: Callable[[], bool], within: float = 60.0) -> None:
    """Wait until `holds` says so; fails the test if that does not come."""
    until = time.monotonic() + within
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def violations(page: Page, axe: str) -> list[str]:
    """What axe-core finds wrong; it gets in as the developer's tools do, past the page's policy."""
    page.evaluate(axe)
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(JSON.stringify)")
    return [
        f"{item['id']}: {node['target']} {node.get('failureSummary')}"
        for item in json.loads(found)["violations"]
        for node in item["nodes"]
    ]


def address(server: Server, key: str = KEY) -> str:
    """The playground, with the key as the server's first line hands it over."""
    return f"http://127.0.0.1:{server.port}/#key={key}"
