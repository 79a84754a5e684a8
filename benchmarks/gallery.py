"""Whether the playground's gallery slows as one scrolls: a store full of tasks, the real server, a real Chromium.

    python -m benchmarks.gallery [--tasks 100000] [--windows 10] [--limit 3000]

Prints a Markdown table: for each tenth of the way to the oldest task, what one window more costs in the page and at
the server, and what the page holds by then.
"""

import argparse
import os
import statistics
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright
from sqlalchemy import insert
from tests.process import KEY, serving
from tests.service.playground.conftest import CHROMIUM, DESKTOP, FLAGS, address

from benchmarks.hardware import describe
from seedbed.engine.noop import NoopEngine
from seedbed.request import AspectRatio, GenerationRequest, Resolution
from seedbed.settings import Settings
from seedbed.store.images import ImageStore
from seedbed.store.keys import KeyStore
from seedbed.store.schema import open_database, tasks

IMAGES = 200
"""Files that all tasks share: so many are different in what a window shows, and no disk is filled."""
TENTHS = 10
PAGE = 60
"""Tasks that the page asks for at once."""
STARTING = "600"
"""Seconds that a server may take to start, on a starved machine."""

LOAD = """async ([until, seconds]) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const more = document.getElementById("more");
  const height = () => document.documentElement.scrollHeight;
  const end = performance.now() + 1000 * seconds;
  scrollTo(0, 0);
  await frame();
  const waits = [];
  for (let loaded = until.from; loaded < until.to && !more.hidden; loaded += until.page) {
    const began = performance.now();
    const before = height();
    more.click();
    while (height() === before && !more.hidden && performance.now() < end) await frame();
    if (performance.now() >= end) return { waits, isLate: true };
    waits.push(performance.now() - began);
  }
  return { waits, isLate: false };
}"""
"""Presses "Show older ones" until that many tasks were loaded, from the top, where it costs no pictures.

Milliseconds of each page of older tasks: asked for, told, and counted in.
"""

SCROLL = """async ([windows, seconds]) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const end = performance.now() + 1000 * seconds;
  const cards = document.getElementById("cards");
  scrollTo(0, document.documentElement.scrollHeight);
  await frame();
  await frame();
  const loaded = Number(cards.lastElementChild.getAttribute("aria-posinset"));
  const moves = [];
  for (const way of [-1, 1]) {
    for (let window = 0; window < windows && performance.now() < end; window += 1) {
      const began = performance.now();
      scrollBy(0, way * innerHeight);
      await frame();
      await frame();
      moves.push(performance.now() - began);
    }
  }
  const nodes = document.querySelectorAll("*").length;
  return { moves, loaded, nodes, cards: cards.childElementCount, isLate: performance.now() >= end };
}"""
"""Goes to the end, then so many windows up and down: milliseconds until each is painted, and what the page holds."""

OLDEST = """async (seconds) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const end = performance.now() + 1000 * seconds;
  const place = () => Number(document.getElementById("cards").lastElementChild.getAttribute("aria-posinset"));
  let last = 0;
  for (let same = 0; same < 30 && performance.now() < end; same = place() === last ? same + 1 : 0) {
    last = place();
    scrollTo(0, document.documentElement.scrollHeight);
    await frame();
  }
  return last;
}"""
"""Scrolls down until nothing more comes, as one does by hand: the place of the last card."""


def fill(settings: Settings, count: int) -> None:
    """Put `count` finished tasks of the key into the store, in seven shapes."""
    database = open_database(settings)
    key = KeyStore(database).add_bootstrap([KEY])[0]
    images, engine = ImageStore(settings.storage), NoopEngine(settings)
    paths = [_store(images, engine, number) for number in range(IMAGES)]
    began = datetime.now(UTC) - timedelta(seconds=count)
    with database.begin() as connection:
        for first in range(0, count, 5000):
            numbers = range(first, min(count, first + 5000))
            rows = [_row(number, key.key_id, paths[number % IMAGES], began) for number in numbers]
            connection.execute(insert(tasks), rows)
    database.close()


def _store(images: ImageStore, engine: NoopEngine, number: int) -> str:
    ratio = list(AspectRatio)[number % len(AspectRatio)]
    path = f"00/many_{number}.jpeg"
    images.put(path, engine.draw(GenerationRequest(f"many {number}", ratio, seed=number), _ignore).jpeg)
    return path


def _ignore(_step: int, _steps: int) -> None:
    """Nobody watches."""


def _row(number: int, key_id: str, path: str, began: datetime) -> dict[str, Any]:
    ratio = list(AspectRatio)[number % IMAGES % len(AspectRatio)]
    size = ratio.pixel_size(Resolution.ONE_K)
    moment = began + timedelta(seconds=number)
    return {
        "task_id": str(uuid.uuid4()),
        "key_id": key_id,
        "status": "COMPLETED",
        "prompt": f"many {number}",
        "aspect_ratio": ratio,
        "guidance_scale": 2.5,
        "seed": number,
        "created_at": moment,
        "started_at": moment,
        "finished_at": moment,
        "step": 4,
        "num_inference_steps": 4,
        "image_path": path,
        "image_width": size.width,
        "image_height": size.height,
        "ignored_words": [],
        "model": "noop",
        "model_digest": "0" * 64,
    }


def scroll(page: Page, count: int, windows: int, limit: float) -> None:
    """Scroll to the oldest task, and print what each tenth of the way cost; ends where the time is over, and says so.

    Args:
        page: the playground, open at its gallery.
        count: tasks that there are.
        windows: moves up, and as many down, that are timed after each tenth.
        limit: seconds that all of it may take.
    """
    print("| tasks loaded | a window, ms: median | 99 % | 60 older ones, ms: median | 99 % | elements | cards | heap |")
    print("|---|---|---|---|---|---|---|---|")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    until, loaded = time.monotonic() + limit, PAGE
    for tenth in range(1, TENTHS + 1):
        goal = {"from": loaded, "to": count * tenth // TENTHS, "page": PAGE}
        told = page.evaluate(LOAD, [goal, _left(until)])
        if not told["isLate"]:
            told |= page.evaluate(SCROLL, [windows, _left(until)])
        if told["isLate"]:
            print(f"\nnot over after {limit:.0f} s: given up on the way from {loaded} to {goal['to']} tasks")
            return
        loaded = told["loaded"]
        _print(told, session)
    print(f"\nat the very end: task {page.evaluate(OLDEST, _left(until))} of {count}")


def _left(until: float) -> float:
    return max(0.0, until - time.monotonic())


def _print(told: dict[str, Any], session: CDPSession) -> None:
    metrics = {item["name"]: item["value"] for item in session.send("Performance.getMetrics")["metrics"]}
    heap = metrics["JSHeapUsedSize"] / 2**20
    shown = " | ".join(f"{_share(told[kind], share):.0f}" for kind in ("moves", "waits") for share in (0.5, 0.99))
    print(f"| {told['loaded']} | {shown} | {told['nodes']} | {told['cards']} | {heap:.0f} MB |", flush=True)


def _share(values: list[float], share: float) -> float:
    if len(values) < 2:
        return values[0] if values else 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[round(100 * share) - 1]


def main() -> None:
    """Fill, serve, scroll."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--windows", type=int, default=10, help="moves up, and down, after each tenth")
    parser.add_argument("--limit", type=float, default=3000.0, help="seconds that scrolling may take")
    options = parser.parse_args()
    print(describe(), flush=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        fill(Settings(data_dir=folder / "data"), options.tasks)
        print(f"{options.tasks} tasks are stored\n", flush=True)
        with serving(folder, patience=STARTING, rate_limit="10000000", model="noop") as server:
            context = playwright.chromium.launch_persistent_context(
                folder / "profile", executable_path=CHROMIUM, args=FLAGS, viewport=DESKTOP
            )
            page = context.new_page()
            page.set_default_timeout(0)
            page.goto(address(server))
            page.wait_for_selector("#cards li")
            scroll(page, options.tasks, options.windows, options.limit)
            context.close()
    print(f"\nload afterwards {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
