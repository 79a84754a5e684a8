"""The playground as people use it: the real page in a real Chromium, over the real server."""

import re
import signal
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from seedbed.service.playground.page import POLICY, STATIC
from tests.process import KEY, TASKS, Server, serving
from tests.service.playground.conftest import DESKTOP, PHONE, address, eventually, opened, violations


def draw(page: Page, prompt: str) -> None:
    page.fill("#prompt", prompt)
    page.click("#draw")


def test_all_of_it_is_small_and_comes_from_this_server(server: Server) -> None:
    assert sum(file.stat().st_size for file in STATIC.iterdir()) < 100_000
    page = server.client.get("/")
    assert page.status_code == 200
    assert page.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    loaded = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
    assert all("//" not in path and server.client.get(f"/{path}").status_code == 200 for path in loaded)
    foreign = [
        found
        for file in STATIC.iterdir()
        for found in re.findall(r"https?://[\w./-]+", file.read_text(encoding="utf-8"))
        if found != "http://www.w3.org/2000/svg"
    ]
    assert foreign == []


def test_the_pages_files_are_looked_at_again_each_time(server: Server) -> None:
    first = server.client.get("/playground/app.js")
    assert first.headers["cache-control"] == "no-cache"
    again = server.client.get("/playground/app.js", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304


def test_a_picture_is_drawn_and_its_progress_seen(page: Page, server: Server) -> None:
    opened(page, server)
    assert "key=" not in page.url
    draw(page, "slow 2")
    state = page.locator("#cards li").first.locator(".state")
    expect(state).to_have_text(re.compile("step [123] of 4"))
    expect(page.locator("#cards li").first.locator("img")).to_be_visible()
    expect(page.locator("#spoken")).to_have_text("Drawn: slow 2")
    image = page.locator("#cards li").first.locator("img")
    eventually(lambda: bool(image.evaluate("image => image.complete && image.naturalWidth > 0")))


def test_it_is_seen_coming_along_in_its_card_and_in_full(page: Page, server: Server) -> None:
    opened(page, server)
    draw(page, "slow 6")
    card = page.locator("#cards li").first
    preview = card.locator("img.preview")
    eventually(lambda: bool(preview.evaluate("image => image.complete && image.naturalWidth > 0")))
    expect(card.locator(".state")).to_have_text(re.compile("step [123] of 4"))
    card.locator(".frame").click()
    expect(page.locator("#detail-image")).to_have_class("preview")
    expect(page.locator("#detail-facts")).to_contain_text("finished", timeout=60_000)
    expect(page.locator("#detail-image")).not_to_have_class("preview")
    assert "images/" in str(page.locator("#detail-image").get_attribute("src"))
    page.keyboard.press("Escape")
    expect(card.locator("img:not(.preview)")).to_be_visible()


def test_no_picture_is_drawn_for_nothing(page: Page, server: Server) -> None:
    opened(page, server)
    before = page.locator("#cards li").count()
    page.fill("#prompt", "   ")
    page.click("#draw")
    expect(page.locator("#form-error")).to_have_text("Write what the picture shall show.")
    assert page.locator("#cards li").count() == before


def test_one_waits_behind_another_and_is_cancelled(page: Page, server: Server) -> None:
    opened(page, server)
    draw(page, "slow 24")
    expect(page.locator("#cards li", has_text="slow 24")).to_be_visible()
    draw(page, "slow 25")
    waiting = page.locator("#cards li").first
    expect(waiting.locator(".state")).to_have_text("1 picture before it")
    waiting.get_by_role("button", name="Cancel slow 25").click()
    expect(waiting.locator(".state")).to_have_text("failed: cancelled by its owner")
    drawn = page.locator("#cards li").nth(1)
    drawn.get_by_role("button", name="Cancel slow 24").click()
    expect(drawn.locator(".state")).to_have_text("failed: cancelled by its owner")


def test_a_failure_says_why_and_is_tried_again(page: Page, server: Server) -> None:
    opened(page, server)
    draw(page, "fail now")
    failed = page.locator("#cards li").first
    expect(failed.locator(".state")).to_have_text("failed: the prompt asked for a failure")
    before = page.locator("#cards li").count()
    failed.get_by_role("button", name="Retry").click()
    expect(page.locator("#cards li")).to_have_count(before + 1)
    expect(page.locator("#cards li").first.locator(".state")).to_contain_text("failed")


def test_a_reload_in_the_middle_loses_nothing(page: Page, server: Server) -> None:
    opened(page, server)
    draw(page, "slow 3")
    expect(page.locator("#cards li").first.locator(".state")).to_contain_text("step")
    page.reload()
    expect(page.locator("#prompt")).to_have_value("slow 3")
    expect(page.locator("#cards li").first.locator(".prompt-text")).to_have_text("slow 3")
    expect(page.locator("#cards li").first.locator("img")).to_be_visible()


def test_a_restart_of_the_server_in_the_middle_is_only_a_pause(page: Page, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        restart_in_the_middle(page, server)


def restart_in_the_middle(page: Page, server: Server) -> None:
    opened(page, server)
    draw(page, "slow 4")
    expect(page.locator("#cards li").first.locator(".state")).to_contain_text("step")
    server.end(signal.SIGKILL)
    expect(page.locator("#health")).to_have_text("server is away")
    server.start()
    expect(page.locator("#health")).to_contain_text("is ready", timeout=120_000)
    expect(page.locator("#cards li").first.locator("img")).to_be_visible(timeout=120_000)


def test_without_a_valid_key_it_asks_for_one(page: Page, server: Server) -> None:
    page.goto(address(server, "expired"))
    expect(page.locator("#key-dialog")).to_be_visible()
    expect(page.locator("#key-error")).to_have_text("Invalid API key")
    # As `seedbed keys list` shows one; no header can hold it.
    page.fill("#key", "sb_0123…")
    page.keyboard.press("Enter")
    expect(page.locator("#key-dialog")).to_be_visible()
    expect(page.locator("#key-error")).to_have_text("Invalid API key")
    page.fill("#key", KEY)
    page.keyboard.press("Enter")
    expect(page.locator("#key-dialog")).to_be_hidden()
    expect(page.locator("#health")).to_contain_text("is ready")
    draw(page, "with the key")
    expect(page.locator("#cards li").first.locator("img")).to_be_visible()
    assert page.evaluate("localStorage.getItem('seedbed-key')") is None
    assert page.evaluate("sessionStorage.getItem('seedbed-key')") == KEY


def test_a_remembered_key_serves_the_next_tab(page: Page, server: Server) -> None:
    page.goto(address(server, "expired"))
    page.fill("#key", KEY)
    page.check("#remember")
    page.keyboard.press("Enter")
    try:
        other = page.context.new_page()
        other.goto(f"http://127.0.0.1:{server.port}/")
        expect(other.locator("#health")).to_contain_text("is ready")
        expect(other.locator("#key-dialog")).to_be_hidden()
        other.close()
    finally:
        page.evaluate("localStorage.clear()")


def test_the_full_picture_with_its_parameters_again_and_as_code(page: Page, server: Server) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, server)
    page.fill("#seed", "77")
    page.locator("label.ratio", has_text="16:9").click()
    draw(page, 'it\'s "quoted" $HOME')
    page.locator("#cards li", has_text="quoted").first.locator("img").click()
    facts = page.locator("#detail-facts")
    expect(facts).to_contain_text("16:9")
    expect(facts).to_contain_text("77")
    image = page.locator("#detail-image")
    eventually(lambda: bool(image.evaluate("image => image.complete && image.naturalWidth > 0")))
    page.click("#copy-curl")
    curl = page.evaluate("navigator.clipboard.readText()")
    assert f"http://127.0.0.1:{server.port}{TASKS}" in curl
    assert r"""it'\''s \"quoted\" $HOME""" in curl
    page.click("#copy-python")
    python = page.evaluate("navigator.clipboard.readText()")
    compile(python, "copied", "exec")
    assert "seed=77" in python
    with page.expect_download() as saved:
        page.click("#download")
    assert saved.value.suggested_filename == "seedbed-77.jpeg"
    assert saved.value.path().read_bytes().startswith(b"\xff\xd8")
    page.keyboard.press("Escape")
    page.fill("#prompt", "something else")
    page.locator("#cards li").first.locator(".frame").click()
    page.click("#use-again")
    expect(page.locator("#prompt")).to_have_value('it\'s "quoted" $HOME')
    expect(page.locator("#seed")).to_have_value("77")
    expect(page.locator("#lock")).to_have_attribute("aria-pressed", "true")
    assert page.locator("input[name=ratio]:checked").get_attribute("value") == "widescreen_16_9"


def test_a_prompt_is_text_and_never_html(page: Page, server: Server) -> None:
    opened(page, server)
    draw(page, "<img src=x onerror=alert(1)>")
    expect(page.locator("#cards li").first.locator(".prompt-text")).to_have_text("<img src=x onerror=alert(1)>")
    assert page.locator("#cards img[src=x]").count() == 0


def test_the_grid_compares_seeds_and_guidance_in_one_picture(page: Page, server: Server) -> None:
    opened(page, server)
    page.fill("#prompt", "a grid")
    page.click("#tab-compare")
    page.fill("#guidances", "0, 5")
    page.fill("#seed-count", "3")
    page.fill("#seed", "10")
    page.click("text=Draw the grid")
    expect(page.locator("#grid img")).to_have_count(6)
    heads = page.locator("#grid thead th").all_text_contents()
    assert heads == ["seed 10", "seed 11", "seed 12"]
    assert page.locator("#grid tbody th").all_text_contents() == ["guidance 0", "guidance 5"]
    with page.expect_download() as saved:
        page.click("#sheet")
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")
    page.reload()
    page.click("#tab-compare")
    expect(page.locator("#grid img")).to_have_count(6)
    page.fill("#guidances", "21")
    page.click("text=Draw the grid")
    expect(page.locator("#compare-error")).to_contain_text("from 0 to 20")


def scrolled_through(page: Page, count: int) -> list[str]:
    """The prompts from the newest to the `count`-th task, as they come into the window of one who scrolls."""
    seen: dict[int, str] = {}
    expect(page.locator("#cards li").first).to_be_visible()

    def scrolled() -> bool:
        seen.update(
            page.locator("#cards li").evaluate_all(
                "cards => cards.map(card => [card.ariaPosInSet - 1, card.querySelector('.prompt-text').textContent])"
            )
        )
        # Wheels would pile up while the machine is busy, and pass by what nobody could look at.
        page.evaluate("scrollBy(0, 600); new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return all(place in seen for place in range(count))

    eventually(scrolled)
    return [seen[place] for place in range(count)]


def test_older_pictures_come_as_one_scrolls_and_the_filter_holds(page: Page, server: Server) -> None:
    server.until(str(server.post("fail first")), "FAILED", within=60)
    ids = [server.post(f"many {number}") for number in range(150)]
    server.until(str(ids[-1]), "COMPLETED", within=60)
    opened(page, server)
    seen = scrolled_through(page, 150)
    mine = [text for text in seen if text.startswith("many ")]
    assert mine == [f"many {number}" for number in range(149, -1, -1)]
    # However many there are, only those near the window are in the page.
    assert page.locator("#cards li").count() < 80
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator("#cards li", has_text="many 149")).to_be_visible()
    page.select_option("#filter", "FAILED")
    expect(page.locator("#cards li").first).to_have_attribute("data-status", "FAILED")
    assert page.locator("#cards li[data-status=COMPLETED]").count() == 0


def test_what_the_filter_no_longer_shows_leaves_the_list(page: Page, server: Server) -> None:
    opened(page, server)
    page.select_option("#filter", "IN_PROGRESS")
    expect(page.locator("#cards li")).to_have_count(0)
    expect(page.locator("#empty")).to_have_text("No picture is in that state.")
    draw(page, "slow 3")
    expect(page.locator("#cards li")).to_have_count(1)
    page.locator("#cards li .frame").focus()
    expect(page.locator("#cards li")).to_have_count(0)
    expect(page.locator("#filter")).to_be_focused()


def test_a_page_that_could_not_be_had_is_asked_for_again(page: Page, server: Server) -> None:
    ids = [server.post(f"again {number}") for number in range(70)]
    server.until(str(ids[-1]), "COMPLETED", within=60)
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if "cursor=" in route.request.url and not refused:
            refused.append(route.request.url)
            return route.fulfill(status=503, json={"message": "Busy."}, headers={"retry-after": "1"})
        return route.continue_()

    page.route("**/v1/seedbed/tasks?*", refuse_once)
    opened(page, server)
    seen = scrolled_through(page, 70)
    assert refused
    assert seen == [f"again {number}" for number in range(69, -1, -1)]


def test_a_picture_that_could_not_be_had_is_asked_for_again(page: Page, server: Server) -> None:
    server.until(str(server.post("unlucky")), "COMPLETED", within=60)
    asked = {"thumbnails": 0, "tasks": 0}

    def refuse_twice(route: Route) -> None:
        kind = "thumbnails" if "/thumbnails/" in route.request.url else "tasks"
        asked[kind] += 1
        return route.abort() if asked[kind] <= 2 else route.continue_()

    page.route("**/thumbnails/**", refuse_twice)
    page.route("**/v1/seedbed/tasks/*", refuse_twice)
    opened(page, server)
    image = page.locator("#cards li", has_text="unlucky").first.locator("img")
    eventually(lambda: bool(image.evaluate("image => image.complete && image.naturalWidth > 0")))
    assert asked["tasks"] > 2, "a task that could not be looked up was not looked up again"


def test_the_keyboard_comes_back_to_a_picture_that_was_scrolled_away(page: Page, server: Server) -> None:
    ids = [server.post(f"far {number}") for number in range(70)]
    server.until(str(ids[-1]), "COMPLETED", within=60)
    opened(page, server)
    page.locator("#cards li .frame").first.click()
    for _ in range(50):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#detail-title")).to_have_text("far 19")
    page.keyboard.press("Escape")
    expect(page.locator("#cards li", has_text="far 19").locator(".frame")).to_be_focused()


def test_everything_works_from_the_keyboard(page: Page, server: Server) -> None:
    opened(page, server)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.focus("#prompt")
    page.keyboard.type("by keyboard")
    page.keyboard.press("Control+Enter")
    picture = page.locator("#cards li", has_text="by keyboard").first.locator("img")
    expect(picture).to_be_visible()
    page.locator("input[name=ratio]:checked").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("input[name=ratio]:checked").get_attribute("value") == "classic_4_3"
    page.locator("#cards li .frame").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#detail")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#detail-title")).not_to_have_text("by keyboard")
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    assert page.evaluate("document.activeElement.className") == "frame"
    page.focus("#tab-gallery")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#compare")).to_be_visible()


def test_words_are_understood_underlined_and_offered(page: Page, drawing_server: Server) -> None:
    opened(page, drawing_server)
    page.fill("#prompt", "a kitten and a Zeppelin on a light blue background")
    expect(page.locator("#reading .understood")).to_have_text("Draws: kitten (cat)")
    expect(page.locator("#reading .ignored")).to_have_text("Does not know: zeppelin")
    assert page.locator("#mirror mark").all_text_contents() == ["Zeppelin"]
    page.fill("#prompt", "a pizzza")
    expect(page.locator("#reading .corrected")).to_have_text("Reads: pizzza as pizza")
    page.fill("#prompt", "a kitten and a Zeppelin on a light blue background")
    page.click("#ideas summary")
    blue = page.locator("#chips .chip", has_text="light blue")
    expect(blue).to_have_attribute("aria-pressed", "true")
    page.locator("#chips .chip[data-word=pink]").click()
    expect(page.locator("#prompt")).to_have_value("a kitten and a Zeppelin on a pink background")
    page.locator("#chips .chip[data-word=glossy]").click()
    expect(page.locator("#prompt")).to_have_value("a kitten and a Zeppelin on a pink background, glossy style")
    page.locator("#chips .chip[data-word=glossy]").click()
    expect(page.locator("#prompt")).to_have_value("a kitten and a Zeppelin on a pink background")
    page.click("#surprise")
    expect(page.locator("#reading .understood")).to_be_visible()
    expect(page.locator("#reading .ignored")).to_have_count(0)


def test_the_real_model_draws_and_redraws_in_another_style(page: Page, drawing_server: Server) -> None:
    opened(page, drawing_server)
    page.fill("#seed", "5")
    draw(page, "a fox on a white background")
    expect(page.locator("#cards li").first.locator("img")).to_be_visible(timeout=120_000)
    page.locator("#cards li .frame").first.click()
    expect(page.locator("#detail-facts")).to_contain_text("sprout")
    page.select_option("#restyle", "glossy")
    page.click("#restyle-draw")
    newest = page.locator("#cards li").first
    expect(newest.locator(".prompt-text")).to_have_text("a fox on a white background, glossy style")
    expect(newest.locator("img")).to_be_visible(timeout=120_000)
    newest.locator(".frame").click()
    expect(page.locator("#detail-facts")).to_contain_text("5")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_shut_out(
    page: Page, drawing_server: Server, axe: str, size: ViewportSize, theme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    opened(page, drawing_server)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    draw(page, "a cat on a zeppelin")
    expect(page.locator("#reading .ignored")).to_be_visible()
    expect(page.locator("#cards li").first.locator("img")).to_be_visible(timeout=120_000)
    page.click("#ideas summary")
    assert violations(page, axe) == []
    page.locator("#cards li .frame").first.click()
    assert violations(page, axe) == []
    page.keyboard.press("Escape")
    page.click("#tab-compare")
    page.fill("#guidances", "0")
    page.fill("#seed-count", "1")
    page.click("text=Draw the grid")
    expect(page.locator("#grid img").first).to_be_visible(timeout=120_000)
    assert violations(page, axe) == []
    page.click("#key-button")
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
