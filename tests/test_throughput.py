"""`SEEDBED_BATCHING=throughput` as a client sees it: a real server, a real pipeline of diffusers, made tiny."""

import io
import os
import signal
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from httpx2 import Response
from PIL import Image

from tests.process import TASKS, Server, serving

pytestmark = pytest.mark.skipif(find_spec("diffusers") is None, reason="the extra [diffusers] is not installed")

BATCH = 3
WITHIN = 600.0
FEW = {"megapixels": "0.1", "num_inference_steps": "2", "resolution": "1k", "num_threads": "1"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    from tests.engine.tiny_pipelines import save_tiny

    model = str(save_tiny("Z-Image", tmp_path / "Z-Image"))
    patient = {"engine_timeout": str(WITHIN), "engine_start_timeout": str(WITHIN)}
    together = {"batching": "throughput", "batch_size": str(BATCH)}
    with serving(tmp_path, patience=str(WITHIN), model=model, **together, **patient, **FEW) as running:
        yield running


def posted(server: Server, prompt: str, seed: int = 1, aspect_ratio: str = "square_1_1") -> str:
    task_id = server.post(prompt, seed=seed, aspect_ratio=aspect_ratio)
    assert task_id is not None
    return task_id


def drawn(server: Server, task_id: str) -> Response:
    server.until(task_id, "COMPLETED", within=WITHIN)
    answer = server.ask("GET", f"{TASKS}/{task_id}")
    assert answer is not None
    return answer


def told_by_the_image(server: Server, answer: Response) -> dict[str, str]:
    """The facts that the downloaded file holds."""
    (url,) = answer.json()["data"]["generated"]
    with Image.open(io.BytesIO(server.client.get(url, timeout=120).content)) as image:
        comment = image.getexif().get_ifd(0x8769)[0x9286]
    return dict(line.split(": ", 1) for line in comment[8:].decode("utf-16-le").splitlines())


@pytest.mark.timeout(1800)
def test_those_that_go_together_are_drawn_together_and_their_images_say_so(server: Server) -> None:
    engine = server.engine_pid()
    # Nobody is faster than the requests: the engine stands still until all of them wait.
    os.kill(engine, signal.SIGSTOP)
    try:
        first = posted(server, "the first")
        server.until(first, "IN_PROGRESS", within=WITHIN)
        alike = [posted(server, f"picture {number}", seed=number) for number in range(2 * BATCH)]
        wide = posted(server, "another shape", aspect_ratio="widescreen_16_9")
        time.sleep(2)
    finally:
        os.kill(engine, signal.SIGCONT)
    answers = {task_id: drawn(server, task_id) for task_id in [first, *alike, wide]}
    sizes = {task_id: int(answer.headers.get("x-seedbed-batch-size", "1")) for task_id, answer in answers.items()}
    assert sizes[first] == sizes[wide] == 1
    assert max(sizes.values()) == BATCH
    for task_id, size in sizes.items():
        assert int(told_by_the_image(server, answers[task_id]).get("batch_size", "1")) == size
    # As many say that they were three as make up whole batches of three; and so for two.
    for size in range(2, BATCH + 1):
        assert list(sizes.values()).count(size) % size == 0
