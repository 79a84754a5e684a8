"""Comparing styles: the model's own, one row each, from one seed."""

from playwright.sync_api import Page, expect

from tests.process import Server
from tests.service.playground.conftest import opened


def test_the_grid_compares_styles(page: Page, drawing_server: Server) -> None:
    opened(page, drawing_server)
    page.fill("#prompt", "a fox on a white background, glossy style")
    page.fill("#seed", "5")
    page.click("#tab-compare")
    page.select_option("#axis", "style")
    boxes = page.locator("#compare-styles input")
    expect(boxes.first).to_be_visible()
    expect(page.locator("#guidances-label")).to_be_hidden()
    for box in boxes.all():
        box.uncheck()
    styles = [str(boxes.nth(place).get_attribute("value")) for place in range(2)]
    for place in range(2):
        boxes.nth(place).check()
    page.fill("#seed-count", "1")
    page.click("text=Draw the grid")
    expect(page.locator("#grid img")).to_have_count(3, timeout=240_000)
    assert page.locator("#grid tbody th").all_text_contents() == ["no style", *styles]
    # A style that the prompt asked for already is none of the first row's, nor one too many in the others.
    drawn = drawing_server.client.get("/v1/seedbed/tasks", params={"limit": 3}).json()["data"]
    plain = "a fox on a white background"
    assert {task["prompt"] for task in drawn} == {plain, *(f"{plain}, {style} style" for style in styles)}
    assert {task["seed"] for task in drawn} == {5}
