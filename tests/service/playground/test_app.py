"""What the page shows in passing, seen by axe-core like what it shows at rest: previews, failures, nothing at all."""

import signal
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.process import TASKS, Server, serving
from tests.service.playground.conftest import DESKTOP, PHONE, eventually, opened, violations

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, Theme] = ("light", "dark")
SIZES: tuple[ViewportSize, ViewportSize] = (PHONE, DESKTOP)


@pytest.fixture(scope="module")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that never drew anything, and whose key looks after none."""
    with serving(tmp_path_factory.mktemp("empty"), patience="240") as running:
        yield running


def shut_out(page: Page, axe: str) -> list[str]:
    """What is wrong with the page as it stands, on a phone and on a desktop, in light and in dark."""
    found = []
    for size in SIZES:
        for theme in THEMES:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found += [f"{size['width']} {theme} {violation}" for violation in violations(page, axe)]
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                found.append(f"{size['width']} {theme} is wider than the window")
    return found


def test_nobody_is_shut_out_from_a_picture_that_comes_along(page: Page, server: Server, axe: str) -> None:
    opened(page, server)
    page.fill("#prompt", "slow 24")
    page.click("#draw")
    card = page.locator("#cards li").first
    eventually(lambda: card.locator("img.preview").count() == 1)
    eventually(lambda: bool(card.locator("img.preview").evaluate("image => image.complete && image.naturalWidth > 0")))
    task_id = str(card.get_attribute("id")).removeprefix("task-")
    assert server.process is not None
    # Whatever axe takes, the picture stays as far as it is.
    server.process.send_signal(signal.SIGSTOP)
    try:
        assert shut_out(page, axe) == []
        card.locator(".frame").click()
        expect(page.locator("#detail-image")).to_have_class("preview")
        assert shut_out(page, axe) == []
    finally:
        server.process.send_signal(signal.SIGCONT)
    server.ask("DELETE", f"{TASKS}/{task_id}")
    page.keyboard.press("Escape")
    expect(card.locator("img.preview")).to_have_count(0)


def test_nobody_is_shut_out_from_what_went_wrong(page: Page, server: Server, axe: str) -> None:
    opened(page, server)
    page.fill("#prompt", "fail for everybody")
    page.click("#draw")
    expect(page.locator("#cards li").first.locator(".state")).to_contain_text("failed")
    page.fill("#prompt", " ")
    page.click("#draw")
    expect(page.locator("#form-error")).to_be_visible()
    assert shut_out(page, axe) == []
    page.locator("#cards li .frame").first.click()
    expect(page.locator("#detail-none")).to_be_visible()
    assert shut_out(page, axe) == []


def test_nobody_is_shut_out_where_there_is_nothing_yet(page: Page, empty_server: Server, axe: str) -> None:
    opened(page, empty_server)
    for view, said in (("gallery", "#empty"), ("webhooks", "#no-events"), ("keys", "#no-admin")):
        page.click(f"#tab-{view}")
        expect(page.locator(said)).to_be_visible()
        assert shut_out(page, axe) == []
    page.fill("#prompt", "a grid")
    page.click("#tab-compare")
    page.fill("#guidances", "21")
    page.click("text=Draw the grid")
    expect(page.locator("#compare-error")).to_be_visible()
    assert shut_out(page, axe) == []


def test_nobody_is_shut_out_while_the_server_is_away(page: Page, empty_server: Server, axe: str) -> None:
    opened(page, empty_server)
    empty_server.end(signal.SIGKILL)
    try:
        expect(page.locator("#health")).to_have_text("server is away")
        page.fill("#prompt", "to nobody")
        page.click("#draw")
        expect(page.locator("#form-error")).to_be_visible()
        assert shut_out(page, axe) == []
    finally:
        empty_server.start()
