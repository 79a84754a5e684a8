"""The page of webhooks: what came of them, attempt by attempt, and telling one again."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.process import Server, serving
from tests.receiver import Answer, Receiver, receiving
from tests.service.playground.conftest import DESKTOP, PHONE, eventually, opened, violations


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Refuses everything until a test says otherwise."""
    with receiving(lambda _: Answer(500)) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("webhooks")
    settings = {"webhook_allow_private": "true", "webhook_retry_base": "0.05", "webhook_max_attempts": "2"}
    with serving(folder, patience="240", **settings) as running:
        yield running


def announced(server: Server, receiver: Receiver, prompt: str) -> str:
    task_id = server.post(prompt, webhook_url=receiver.url)
    assert task_id is not None
    server.until(task_id, "COMPLETED")
    return task_id


def given_up(server: Server, task_id: str) -> str:
    """The event of a task's end, once its last attempt has been made."""
    event = f"msg_{task_id}_completed"

    def is_given_up() -> bool:
        answer = server.ask("GET", f"/v1/webhooks/deliveries/{event}")
        return answer is not None and any(attempt["outcome"] == "given up" for attempt in answer.json()["data"])

    eventually(is_given_up, within=120)
    return event


def test_a_dead_letter_is_seen_with_its_attempts_and_sent_again(page: Page, server: Server, receiver: Receiver) -> None:
    task_id = announced(server, receiver, "told in vain")
    opened(page, server)
    page.click("#tab-webhooks")
    event = page.locator(f"#event-msg_{task_id}_completed")
    expect(event.locator(".outcome")).to_have_text("given up after 2 attempts")
    event.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(event.locator("tbody tr")).to_have_count(2)
    expect(event.locator("tbody tr").first).to_contain_text("answered 500")
    expect(event.locator("dl")).to_contain_text("told in vain")
    expect(event.locator("dl")).to_contain_text(receiver.url)
    receiver.answer = lambda _: Answer(202)
    try:
        event.get_by_role("button", name="Send again").click()
        # Without a reload: the page looks by itself, and what is open stays open.
        expect(event.locator(".outcome")).to_have_text("delivered, 1 attempt")
        expect(event.locator("tbody tr")).to_have_count(3)
    finally:
        receiver.answer = lambda _: Answer(500)


def test_what_is_over_is_not_sent_again_and_says_so(page: Page, server: Server, receiver: Receiver) -> None:
    task_id = announced(server, receiver, "over by now")
    opened(page, server)
    page.click("#tab-webhooks")
    event = page.locator(f"#event-msg_{task_id}_in_progress")
    event.locator("summary").click()
    event.get_by_role("button", name="Send again").click()
    expect(page.locator("#toast")).to_have_text("The task has another status by now")


def test_the_list_is_filtered_and_goes_back_in_pages(page: Page, server: Server, receiver: Receiver) -> None:
    first = given_up(server, announced(server, receiver, "many 0"))
    # Two attempts of each end, at least, made after all of the first one's: more than the page shows at first.
    ids = [announced(server, receiver, f"many {number}") for number in range(1, 60)]
    for task_id in ids:
        given_up(server, task_id)
    opened(page, server)
    page.click("#tab-webhooks")
    expect(page.locator(f"#event-msg_{ids[-1]}_completed .outcome")).to_contain_text("given up")
    oldest = page.locator(f"#event-{first}")
    expect(oldest).to_have_count(0)
    while page.locator("#older-events").is_visible() and not oldest.count():
        before = page.locator("#events > li").count()
        page.click("#older-events")
        expect(page.locator("#events > li").nth(before)).to_be_visible()
    expect(oldest).to_have_count(1)
    page.select_option("#outcome", "delivered")
    expect(page.locator("#events details[data-outcome='given up']")).to_have_count(0)


def test_whoever_has_none_is_told_how_to_get_some(page: Page, tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("empty"), patience="240") as server:
        opened(page, server)
        page.click("#tab-webhooks")
        expect(page.locator("#no-events")).to_contain_text("webhook_url")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_shut_out(
    page: Page, server: Server, receiver: Receiver, axe: str, size: ViewportSize, theme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    task_id = announced(server, receiver, "for everybody")
    opened(page, server)
    page.click("#tab-webhooks")
    event = page.locator(f"#event-msg_{task_id}_completed")
    expect(event.locator(".outcome")).to_have_text("given up after 2 attempts")
    event.locator("summary").click()
    expect(event.locator("tbody tr")).to_have_count(2)
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
