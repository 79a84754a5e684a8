"""How long a newcomer waits: from `git clone` to the first picture in a browser.

    python -m benchmarks.first_picture [--repository .]

Clones, runs `make serve` as the README says, opens the address that it prints in a real Chromium, presses Draw, and
waits for the picture. Prints the seconds of each part. Packages come from wherever pip is told to get them.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect, sync_playwright
from tests.service.playground.conftest import CHROMIUM, FLAGS

from benchmarks.hardware import describe

ADDRESS = re.compile(r"http://\S+/#key=\S+")
PATIENCE = 3_600_000
"""Milliseconds that one part may take."""


@contextmanager
def served(clone: Path) -> Iterator[str]:
    """The address, key included, that `make serve` prints; installing is a part of it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SEEDBED_", "PYTHON"))}
    command = ["make", "serve", "PORT=0", f"PYTHON={sys.executable}"]
    process = subprocess.Popen(
        command, cwd=clone, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield next(found[0] for line in process.stdout or () if (found := ADDRESS.search(line)))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def drawn_in_browser(address: str, folder: str) -> None:
    """Open the page, press Draw, and see the picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(folder, executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto(address)
        page.fill("#prompt", "a cat to the left of a pizza on a light blue background")
        page.click("#draw")
        image = page.locator("#cards img:not(.preview)").first
        expect(image).to_be_visible(timeout=PATIENCE)
        page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())
        browser.close()


def main(repository: str) -> None:
    """Do it all once, and print how long each part took."""
    print(describe())
    laps = [time.monotonic()]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        clone = Path(folder) / "seedbed"
        subprocess.run(["git", "clone", "--quiet", repository, str(clone)], check=True)
        laps.append(time.monotonic())
        with served(clone) as address:
            laps.append(time.monotonic())
            drawn_in_browser(address, f"{folder}/profile")
            laps.append(time.monotonic())
    parts = ("git clone", "make serve, until it prints its address", "browser, model and picture")
    for part, began, ended in zip(parts, laps, laps[1:], strict=False):
        print(f"{part}: {ended - began:.1f} s")
    print(f"in all: {laps[-1] - laps[0]:.1f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repository", default=".", help="what is cloned")
    main(parser.parse_args().repository)
