"""Takes the pictures of docs/playground.md: the real page in a real Chromium, drawing with a running server.

SEEDBED_WEBHOOK_ALLOW_PRIVATE=true seedbed serve &
.venv/bin/python dev/screenshots.py http://127.0.0.1:8000 KEY

KEY needs the scopes generate, read and admin. Writes two windows as they are, and every page at both sizes, light and
dark, small.
"""

import io
import shutil
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Literal

import httpx2
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

DOCS = Path(__file__).parent.parent / "docs"
DESKTOP: ViewportSize = {"width": 1360, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE = 180_000
PROMPTS = [
    ("a cat to the left of a pizza on a light blue background", "4:3"),
    ("a rocket above a planet on a dark blue background", "2:3"),
    ("three yellow stars on a purple background", "3:2"),
    ("a penguin and an umbrella", "1:1"),
    ("a castle on a light green background", "3:4"),
    ("two owls on a pink background", "16:9"),
    ("an octopus on a beige background, glossy style", "1:1"),
]
LAST = "a kitten above a zeppelin on a teal background"


def draw(page: Page, prompt: str, ratio: str, seed: int) -> None:
    """Ask for a picture as a person would."""
    page.fill("#prompt", prompt)
    page.locator("label.ratio", has_text=ratio).first.click()
    page.fill("#seed", str(seed))
    page.click("#draw")
    expect(page.locator("#cards li", has_text=prompt).first).to_be_visible()


def shot(page: Page) -> Image.Image:
    """What the window shows."""
    page.wait_for_timeout(700)
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def beside(*pictures: Image.Image) -> Image.Image:
    """Several pictures in a row."""
    whole = Image.new("RGB", (sum(p.width + 16 for p in pictures) - 16, pictures[0].height), "white")
    left = 0
    for picture in pictures:
        whole.paste(picture, (left, 0))
        left += picture.width + 16
    return whole


def main(url: str, key: str) -> None:
    """Draw, look, and write the two pictures."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tempfile.mkdtemp(), executable_path=shutil.which("chromium"), args=["--no-sandbox"], viewport=DESKTOP
        )
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page = context.pages[0]
        page.goto(f"{url}/#key={key}")
        expect(page.locator("#health")).to_contain_text("is ready")
        for number, (prompt, ratio) in enumerate(PROMPTS):
            draw(page, prompt, ratio, 7 + number)
        expect(page.locator("#cards img:not(.preview)")).to_have_count(len(PROMPTS))
        draw(page, LAST, "1:1", 5)
        expect(page.locator("#cards li").first.locator(".state")).to_contain_text("step")
        expect(page.locator("#reading .ignored")).to_be_visible()
        shot(page).save(DOCS / "playground-desktop.jpeg", quality=85)
        expect(page.locator("#cards img:not(.preview)")).to_have_count(len(PROMPTS) + 1)
        phone(page)
        announce(url, key)
        for theme in ("light", "dark"):
            pages(page, f"{url}/#key={key}", theme)
        context.close()


def phone(page: Page) -> None:
    """Four views on a phone."""
    page.set_viewport_size(PHONE)
    page.evaluate("scrollTo(0, 0)")
    page.locator("#toast").evaluate("toast => toast.hidePopover()")
    form = shot(page)
    page.emulate_media(color_scheme="dark")
    page.locator("#results").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#results').scrollIntoView()")
    gallery = shot(page)
    page.locator("#cards li", has_text="rocket").locator(".frame").click()
    expect(page.locator("#detail-image")).to_have_js_property("complete", True)
    detail = shot(page)
    page.keyboard.press("Escape")
    page.emulate_media(color_scheme="light")
    page.click("#tab-compare")
    page.fill("#prompt", "a rocket on a dark blue background")
    page.fill("#seed-count", "2")
    page.fill("#guidances", "0, 5")
    page.click("text=Draw the grid")
    expect(page.locator("#grid img")).to_have_count(4)
    page.evaluate("document.querySelector('#results').scrollIntoView()")
    beside(form, gallery, detail, shot(page)).save(DOCS / "playground-phone.jpeg", quality=85)


class Receiver(BaseHTTPRequestHandler):
    """Takes every second webhook."""

    count = 0

    def do_POST(self) -> None:
        """Answer."""
        Receiver.count += 1
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204 if Receiver.count % 2 else 500)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def announce(url: str, key: str) -> None:
    """Two tasks that tell a receiver of ours how they go on."""
    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    for seed in (1, 2):
        body = {
            "prompt": "a cat at the beach",
            "seed": seed,
            "webhook_url": f"http://127.0.0.1:{receiver.server_port}/",
        }
        with httpx2.Client(base_url=url, headers={"x-freepik-api-key": key}, trust_env=False) as client:
            client.post("/v1/ai/text-to-image/seedream-v4", json=body).raise_for_status()


def pages(page: Page, address: str, theme: Literal["light", "dark"]) -> None:
    """Every page at both sizes in one theme, as one picture: desktops above, phones below."""
    page.emulate_media(color_scheme=theme)
    wide, narrow = ([_small(each) for each in views(page, address, size)] for size in (DESKTOP, PHONE))
    columns = 3
    above = [beside(*wide[at : at + columns]) for at in range(0, len(wide), columns)]
    rows = [*above, beside(*narrow)]
    whole = Image.new("RGB", (max(r.width for r in rows), sum(r.height + 16 for r in rows) - 16), "grey")
    top = 0
    for row in rows:
        whole.paste(row, (0, top))
        top += row.height + 16
    whole.save(DOCS / f"playground-{theme}.jpeg", quality=78)


def _small(picture: Image.Image) -> Image.Image:
    factor = 0.42 if picture.width > PHONE["width"] else 0.85
    return picture.resize((round(picture.width * factor), round(picture.height * factor)), Image.Resampling.LANCZOS)


def views(page: Page, address: str, size: ViewportSize) -> list[Image.Image]:
    """The pages: gallery, picture, comparison, webhooks, keys."""
    page.set_viewport_size(size)
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("#cards img").nth(3)).to_have_js_property("complete", True)
    found = [_shown(page, "gallery")]
    page.locator("#cards li", has_text="rocket").last.locator(".frame").click()
    expect(page.locator("#detail-image")).to_have_js_property("complete", True)
    found.append(shot(page))
    page.keyboard.press("Escape")
    found.append(_shown(page, "compare"))
    page.click("#tab-webhooks")
    page.locator("#events summary").first.click()
    expect(page.locator("#events tbody tr").first).to_be_visible()
    found.append(_shown(page, "webhooks"))
    page.click("#tab-keys")
    expect(page.locator("#key-list .key").first).to_be_visible()
    found.append(_shown(page, "keys"))
    return found


def _shown(page: Page, view: str) -> Image.Image:
    page.click(f"#tab-{view}")
    page.evaluate("document.querySelector('#results').scrollIntoView()")
    return shot(page)


if __name__ == "__main__":
    main(*sys.argv[1:])
