import io
import time

import pytest
from PIL import Image

from seedbed.engine.engine import DrawnImage
from seedbed.engine.noop import NoopEngine
from seedbed.errors import EngineError, GenerationCancelled
from seedbed.request import AspectRatio, GenerationRequest, Resolution
from seedbed.settings import Settings
from tests.engine.looking import Looker


def draw(engine: NoopEngine, request: GenerationRequest) -> DrawnImage:
    return engine.draw(request, lambda _step, _total: None)


@pytest.mark.parametrize("ratio", AspectRatio)
def test_the_picture_is_a_jpeg_of_the_right_shape(ratio: AspectRatio) -> None:
    drawn = draw(NoopEngine(Settings()), GenerationRequest("a cat", ratio, seed=1))
    image = Image.open(io.BytesIO(drawn.jpeg))
    full = ratio.pixel_size(Resolution.TWO_K)
    assert image.format == "JPEG"
    assert image.size == (drawn.size.width, drawn.size.height)
    assert image.width * full.height == image.height * full.width


def test_the_same_request_gives_the_same_bytes_and_another_seed_others() -> None:
    one, two = NoopEngine(Settings()), NoopEngine(Settings())
    assert draw(one, GenerationRequest("a", seed=1)) == draw(two, GenerationRequest("a", seed=1))
    assert draw(one, GenerationRequest("a", seed=1)) != draw(one, GenerationRequest("a", seed=2))


def test_metadata_is_a_setting() -> None:
    request = GenerationRequest("a unique prompt", seed=1)
    with_it, without = (draw(NoopEngine(Settings(embed_metadata=embed)), request).jpeg for embed in (True, False))
    assert b"a unique prompt" in with_it
    assert b"a unique prompt" not in without


def test_every_step_is_told() -> None:
    steps: list[tuple[int, int]] = []
    NoopEngine(Settings()).draw(GenerationRequest("a", seed=1), lambda *step: steps.append(step))
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_step_that_raises_ends_the_drawing() -> None:
    def stop(_step: int, _total: int) -> None:
        raise GenerationCancelled

    with pytest.raises(GenerationCancelled):
        NoopEngine(Settings()).draw(GenerationRequest("a", seed=1), stop)


def test_faults_need_to_be_asked_for() -> None:
    request = GenerationRequest("fail", seed=1)
    assert draw(NoopEngine(Settings()), request).jpeg
    with pytest.raises(EngineError):
        draw(NoopEngine(Settings(), faults=True), request)


def test_a_slow_prompt_takes_its_time() -> None:
    started = time.monotonic()
    draw(NoopEngine(Settings(), faults=True), GenerationRequest("slow 0.1", seed=1))
    assert time.monotonic() - started >= 0.1


def test_a_viewer_sees_it_come_along_and_gets_the_same_bytes() -> None:
    engine, request, looker = NoopEngine(Settings()), GenerationRequest("a", seed=1), Looker()
    assert engine.draw(request, lambda _step, _total: None, looker) == draw(engine, request)
    first = looker.pictures[0]
    top, bottom = (first.getpixel((first.width // 2, row)) for row in (0, first.height - 1))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert sum(bottom) < 20 < sum(top)
