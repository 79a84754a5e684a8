"""How long a newcomer waits: from `git clone` to the first picture in a browser.

    python -m benchmarks.first_picture [--repository .] [--limit 3600]

Clones, runs `make serve` as the README says, opens the address that it prints in a real Chromium, presses Draw, and
waits for the picture. Of `make serve` the part that installs is run by itself first, to be timed by itself. Prints the
seconds of each part as soon as it is over, and the machine's load before and after; what is not over within the limit
is ended, and the program with code 1. Packages come from wherever pip is told to get them.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import expect, sync_playwright
from tests.service.playground.conftest import CHROMIUM, FLAGS

from benchmarks.hardware import describe

ADDRESS = re.compile(r"http://\S+/#key=\S+")
STOP_SECONDS = 60.0


class Clock:
    """Prints how long each part took, and knows how much time is left."""

    def __init__(self, limit: float) -> None:
        self._began = self._lap = time.monotonic()
        self._limit = limit

    @property
    def left(self) -> float:
        """Seconds until the limit, at least one: what waits is to end by itself and say so."""
        return max(1.0, self._began + self._limit - time.monotonic())

    def lap(self, part: str) -> None:
        """A part is over."""
        now = time.monotonic()
        print(f"{part}: {now - self._lap:.1f} s", flush=True)
        self._lap = now

    def end(self) -> None:
        """All is over."""
        print(f"in all: {time.monotonic() - self._began:.1f} s", flush=True)


def made(clone: Path, *goals: str) -> "subprocess.Popen[str]":
    """A newcomer's `make` in the clone, begun."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SEEDBED_", "PYTHON"))}
    command = ["make", *goals, f"PYTHON={sys.executable}"]
    return subprocess.Popen(
        command, cwd=clone, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def install(clone: Path, limit: float) -> None:
    """What `make serve` does first, once: the environment and all packages. Ends the program where that fails."""
    process = made(clone, ".venv/installed")
    try:
        process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        print(f"pip was still installing after {limit:.0f} s", flush=True)
    finally:
        _stop(process)
    if process.returncode:
        raise SystemExit(1)


@contextmanager
def served(clone: Path, limit: float) -> Iterator[str]:
    """The address, key included, that `make serve` prints within `limit` seconds."""
    process = made(clone, "serve", "PORT=0")
    # Reading its lines has no time limit of its own; it ends with the process.
    watch = threading.Timer(limit, os.killpg, (process.pid, signal.SIGTERM))
    watch.start()
    try:
        address = next((found[0] for line in process.stdout or () if (found := ADDRESS.search(line))), None)
        watch.cancel()
        if address is None:
            # At once: removing what was installed so far may take minutes.
            print(f"make serve had not printed its address after {limit:.0f} s, or ended by itself", flush=True)
            raise SystemExit(1)
        yield address
    finally:
        watch.cancel()
        _stop(process)


def _stop(process: "subprocess.Popen[str]") -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
            return


def drawn_in_browser(address: str, folder: str, clock: Clock) -> None:
    """Open the page, press Draw, and see the picture; raises Playwright's error where it does not come in time."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(folder, executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(1000 * clock.left)
        page.goto(address)
        expect(page.locator("#health")).to_contain_text("is ready", timeout=1000 * clock.left)
        clock.lap("browser, until the page says that the model is ready")
        page.fill("#prompt", "a cat to the left of a pizza on a light blue background")
        page.click("#draw")
        image = page.locator("#cards img:not(.preview)").first
        expect(image).to_be_visible(timeout=1000 * clock.left)
        page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())
        clock.lap("Draw, until the picture is seen")
        browser.close()


def main(repository: str, limit: float) -> None:
    """Do it all once, and print how long each part took."""
    print(describe(), flush=True)
    clock = Clock(limit)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        clone = Path(folder) / "seedbed"
        subprocess.run(["git", "clone", "--quiet", repository, str(clone)], check=True, timeout=clock.left)
        clock.lap("git clone")
        install(clone, clock.left)
        clock.lap("make serve, installing")
        with served(clone, clock.left) as address:
            clock.lap("make serve, until it prints its address")
            drawn_in_browser(address, f"{folder}/profile", clock)
            clock.end()
    print(f"load afterwards {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repository", default=".", help="what is cloned")
    parser.add_argument("--limit", type=float, default=3600.0, help="seconds that all of it may take")
    given = parser.parse_args()
    main(given.repository, given.limit)
