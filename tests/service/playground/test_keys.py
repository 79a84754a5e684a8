"""The page of keys: for a key that may look after all of them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from seedbed.settings import Settings
from seedbed.store.keys import KeyStore, Scope
from seedbed.store.schema import open_database
from tests.process import Server, serving
from tests.service.playground.conftest import DESKTOP, PHONE, opened, violations


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder, patience="240") as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: Server) -> str:
    """A key that may do everything."""
    settings = server.settings
    given = {"data_dir": settings["SEEDBED_DATA_DIR"], "database_url": settings.get("SEEDBED_DATABASE_URL")}
    database = open_database(Settings(**given))  # type: ignore[arg-type]
    try:
        return KeyStore(database).create("the operator's", scopes=frozenset(Scope))[1]
    finally:
        database.close()


def test_a_key_is_made_tried_and_revoked(page: Page, server: Server, admin: str) -> None:
    opened(page, server, admin)
    page.click("#tab-keys")
    expect(page.locator("#key-list .key", has_text="this key")).to_contain_text("the operator's")
    expect(page.locator("#key-list .key", has_text="this key").get_by_role("button")).to_have_count(0)
    page.fill("#key-name", "a phone")
    page.fill("#key-days", "30")
    page.uncheck("#key-scopes input[value=generate]")
    page.click("text=Make a key")
    expect(page.locator("#made-key")).to_be_focused()
    plaintext = page.locator("#made-key").input_value()
    assert re.fullmatch("sb_.{40,}", plaintext)
    made = page.locator("#key-list .key", has_text="a phone")
    expect(made).to_contain_text("read")
    headers = {"x-freepik-api-key": plaintext}
    assert server.client.get("/v1/seedbed/tasks", headers=headers).status_code == 200
    made.get_by_role("button", name="Revoke a phone").click()
    expect(page.locator("#revoke-what")).to_contain_text("a phone")
    page.get_by_role("button", name="Keep it").click()
    assert server.client.get("/v1/seedbed/tasks", headers=headers).status_code == 200
    made.get_by_role("button", name="Revoke a phone").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Revoke", exact=True).press("Enter")
    expect(made.locator(".mark")).to_have_text("revoked")
    assert server.client.get("/v1/seedbed/tasks", headers=headers).status_code == 401
    page.reload()
    page.click("#tab-keys")
    expect(page.locator("#made")).to_be_hidden()
    assert plaintext not in page.content()


def test_what_cannot_be_is_said_beside_the_form(page: Page, server: Server, admin: str) -> None:
    opened(page, server, admin)
    page.click("#tab-keys")
    page.fill("#key-name", "nothing")
    for scope in ("generate", "read"):
        page.uncheck(f"#key-scopes input[value={scope}]")
    page.click("text=Make a key")
    expect(page.locator("#new-key-error")).to_have_text("Choose what it may do.")
    page.check("#key-scopes input[value=read]")
    page.fill("#key-name", "  ")
    page.click("text=Make a key")
    expect(page.locator("#new-key-error")).to_contain_text("name")


def test_a_key_that_may_not_is_told_how_to_get_one_that_may(page: Page, server: Server) -> None:
    opened(page, server)
    page.click("#tab-keys")
    expect(page.locator("#no-admin")).to_contain_text("seedbed keys create")
    expect(page.locator("#keys-tools")).to_be_hidden()
    expect(page.locator("#key-list .key")).to_have_count(1)
    expect(page.locator("#key-list .key")).to_contain_text("generate, read")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_shut_out(
    page: Page, server: Server, admin: str, axe: str, size: ViewportSize, theme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    opened(page, server, admin)
    page.focus("#tab-gallery")
    # From the first tab, left leads to the last.
    page.keyboard.press("ArrowLeft")
    page.fill("#key-name", f"for {theme}")
    page.click("text=Make a key")
    expect(page.locator("#made-key")).to_be_focused()
    assert violations(page, axe) == []
    page.get_by_role("button", name=f"Revoke for {theme}").first.click()
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
