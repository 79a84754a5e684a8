"""Whether the playground's gallery slows as one scrolls: a store full of tasks, the real server, a real Chromium.

    python -m benchmarks.gallery [--tasks 100000]

Prints a Markdown table: for each tenth of the way to the oldest task, what one window more costs in the page and at
the server, and what the page holds by then.
"""

import argparse
import statistics
import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
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

SCROLL = """async (until) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const cards = document.getElementById("cards");
  const height = () => document.documentElement.scrollHeight;
  const last = () => Number(cards.lastElementChild?.getAttribute("aria-posinset") ?? 0);
  const waits = [];
  while (last() < until) {
    const began = performance.now();
    const before = height();
    scrollTo(0, before);
    while (height() === before && last() < until) await frame();
    waits.push(performance.now() - began);
  }
  const moves = [];
  for (const way of [-1, 1]) {
    for (let window = 0; window < 20; window += 1) {
      const began = performance.now();
      scrollBy(0, way * innerHeight);
      await frame();
      await frame();
      moves.push(performance.now() - began);
    }
  }
  return { moves, waits, nodes: document.querySelectorAll("*").length, cards: cards.childElementCount };
}"""
"""Goes to the end again and again until that many tasks were loaded, then 20 windows up and down.

Milliseconds of each page of older tasks, asked for, told and shown, and of each move by a window.
"""


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
        "model": "noop",
        "model_digest": "0" * 64,
    }


def scroll(page: Page, count: int) -> None:
    """Scroll to the oldest task, and print what each tenth of the way cost."""
    print("| tasks loaded | a window, ms: median | 99 % | 60 older ones, ms: median | 99 % | elements | cards | heap |")
    print("|---|---|---|---|---|---|---|---|")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    for tenth in range(1, TENTHS + 1):
        told = page.evaluate(SCROLL, count * tenth // TENTHS)
        metrics = {item["name"]: item["value"] for item in session.send("Performance.getMetrics")["metrics"]}
        heap = metrics["JSHeapUsedSize"] / 2**20
        shown = " | ".join(f"{_share(told[kind], share):.0f}" for kind in ("moves", "waits") for share in (0.5, 0.99))
        print(
            f"| {count * tenth // TENTHS} | {shown} | {told['nodes']} | {told['cards']} | {heap:.0f} MB |", flush=True
        )


def _share(values: list[float], share: float) -> float:
    if len(values) < 2:
        return values[0] if values else 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[round(100 * share) - 1]


def main() -> None:
    """Fill, serve, scroll."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=100_000)
    count = parser.parse_args().tasks
    print(describe())
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        fill(Settings(data_dir=folder / "data"), count)
        with serving(folder, rate_limit="10000000", model="noop") as server:
            context = playwright.chromium.launch_persistent_context(
                folder / "profile", executable_path=CHROMIUM, args=FLAGS, viewport=DESKTOP
            )
            page = context.new_page()
            page.set_default_timeout(0)
            page.goto(address(server))
            page.wait_for_selector("#cards li")
            scroll(page, count)
            context.close()


if __name__ == "__main__":
    main()
