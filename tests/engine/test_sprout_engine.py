"""Sprout with the weights in the package: what a request gets is decided by the request alone."""

import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from PIL import Image

from seedbed.engine.engine import DrawnImage
from seedbed.engine.previews import Previews
from seedbed.engine.sprout_engine import SproutEngine
from seedbed.request import AspectRatio, GenerationRequest, Resolution
from seedbed.settings import Settings
from seedbed.sprout.checkpoint import PACKAGED, Sprout
from seedbed.world.scene import BACKGROUNDS
from tests.engine.looking import Clock, Looker

MOST_BYTES = 64_000_000
PROMPT = "a cat to the left of a pizza on a light blue background"

IN_ANOTHER_PROCESS = """
import hashlib, sys
from seedbed.engine.previews import Previews
from seedbed.engine.sprout_engine import SproutEngine
from seedbed.request import GenerationRequest
from seedbed.settings import Settings

engine = SproutEngine(Settings())
for prompt, seed in zip(sys.argv[1::2], sys.argv[2::2]):
    drawn = engine.draw(GenerationRequest(prompt, seed=int(seed)), lambda _step, _steps: None)
    print(hashlib.sha256(drawn.jpeg).hexdigest())
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[SproutEngine]:
    """An engine at its default settings; what it sets for its whole process is set back."""
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    yield SproutEngine(Settings())
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(deterministic)


def _draw(engine: SproutEngine, prompt: str = PROMPT, seed: int = 7, guidance_scale: float = 2.5) -> DrawnImage:
    request = GenerationRequest(prompt, guidance_scale=guidance_scale, seed=seed)
    return engine.draw(request, lambda _step, _steps: None)


def _in_another_process(*requests: tuple[str, int], cores: int = 0) -> list[str]:
    """The digests that another process gets, on so many of this one's cores; with 0 on all."""
    arguments = [str(part) for request in requests for part in request]
    command = [sys.executable, "-c", IN_ANOTHER_PROCESS, *arguments]
    ours = sorted(os.sched_getaffinity(0))

    def confine() -> None:
        os.sched_setaffinity(0, ours[: cores or None])

    environment = os.environ | ({"OMP_NUM_THREADS": str(cores)} if cores else {})
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, preexec_fn=confine)
    return ran.stdout.split()


def test_the_same_request_gives_the_same_bytes_in_every_process_and_order(engine: SproutEngine) -> None:
    alone = _in_another_process((PROMPT, 7))
    after_others = _in_another_process(("a dog", 1), (PROMPT, 8), (PROMPT, 7))
    here = hashlib.sha256(_draw(engine).jpeg).hexdigest()
    assert alone == [after_others[2]] == [here]
    assert len(set(after_others)) == 3


@pytest.mark.parametrize("cores", [1, 4])
def test_the_bytes_do_not_depend_on_how_many_cores_there_are(engine: SproutEngine, cores: int) -> None:
    assert _in_another_process((PROMPT, 7), cores=cores) == [hashlib.sha256(_draw(engine).jpeg).hexdigest()]


@pytest.mark.parametrize("ratio", AspectRatio)
def test_every_shape_of_the_contract(engine: SproutEngine, ratio: AspectRatio) -> None:
    drawn = engine.draw(GenerationRequest(PROMPT, ratio, seed=1), lambda _step, _steps: None)
    assert drawn.size == ratio.pixel_size(Resolution.TWO_K)
    with Image.open(io.BytesIO(drawn.jpeg)) as image:
        assert image.format == "JPEG"
        assert image.size == (drawn.size.width, drawn.size.height)


@pytest.mark.parametrize("guidance_scale", [0, 2.5, 20])
def test_every_guidance_draws_a_picture(engine: SproutEngine, guidance_scale: float) -> None:
    drawn = _draw(engine, guidance_scale=guidance_scale)
    with Image.open(io.BytesIO(drawn.jpeg)) as image:
        # A light blue background with things on it: neither flat, nor noise, nor blown out.
        colours = np.asarray(image.convert("RGB").resize((8, 8), Image.Resampling.BOX), int)
    assert np.ptp(colours, axis=(0, 1)).max() > 15
    assert colours[0, 0] == pytest.approx(BACKGROUNDS["light blue"], abs=40)


@pytest.mark.parametrize(
    ("prompt", "ignored"),
    [
        ("a cat riding a zyzzyva", ("riding", "zyzzyva")),
        ("zyzzyva", ("zyzzyva",)),
        ("🐱🍕", ("🐱🍕",)),
        ("猫", ("猫",)),
        ("?!", ("?!",)),
    ],
)
def test_what_is_not_understood_is_named_and_never_a_crash(
    engine: SproutEngine, prompt: str, ignored: tuple[str, ...]
) -> None:
    drawn = _draw(engine, prompt)
    assert drawn.ignored_words == ignored
    assert drawn.jpeg.startswith(b"\xff\xd8")


def test_a_misspelt_prompt_draws_what_was_meant_and_says_so(engine: SproutEngine) -> None:
    drawn = _draw(engine, "a pizzza and a zyzzyva")
    assert drawn.corrections == (("pizzza", "pizza"),)
    assert drawn.ignored_words == ("zyzzyva",)
    right = _draw(engine, "a pizza and a zyzzyva")
    assert right.corrections == ()
    with Image.open(io.BytesIO(drawn.jpeg)) as image, Image.open(io.BytesIO(right.jpeg)) as other:
        assert image.tobytes() == other.tobytes()


def test_the_identity_is_the_packaged_weights(engine: SproutEngine) -> None:
    weights = (PACKAGED / "sprout.safetensors").read_bytes()
    assert engine.identity.name == "sprout"
    assert engine.identity.digest == hashlib.sha256(weights).hexdigest()
    assert _draw(engine).identity == engine.identity
    assert len(weights) <= MOST_BYTES


def test_the_image_tells_what_drew_it(engine: SproutEngine) -> None:
    jpeg = _draw(engine).jpeg
    assert PROMPT.encode() in jpeg
    assert engine.identity.digest.encode() in jpeg


def test_everything_that_it_says_it_draws_is_a_word_that_it_knows() -> None:
    vocabulary = Sprout.from_pretrained().vocabulary
    assert len(vocabulary.things) >= 80
    assert vocabulary.parse(PROMPT).ignored_words == ()
    said = (f'"{thing}"' if thing in vocabulary.characters else thing for thing in vocabulary.things)
    assert [words for words in said if vocabulary.parse(words).ignored_words] == []


def test_who_looks_on_changes_none_of_the_bytes(engine: SproutEngine) -> None:
    looker = Looker()
    request = GenerationRequest(PROMPT, seed=7, guidance_scale=2.5)
    assert engine.draw(request, lambda _step, _steps: None, looker) == _draw(engine)
    assert looker.seen


def test_previews_look_like_the_picture_from_the_first_step_on(engine: SproutEngine) -> None:
    looker, clock = Looker(), Clock()

    def wait(_step: int, _steps: int) -> None:
        clock.now += 60

    pipeline = engine._pipeline
    latents = pipeline.latents(GenerationRequest(PROMPT, seed=7), wait, Previews([looker], clock))
    picture = pipeline.decode(latents).convert("RGB").resize((64, 64))
    distances = [_distance(seen.resize((64, 64)), picture) for seen in looker.pictures]
    assert len(distances) == pipeline.num_inference_steps - 1
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8))
    assert max(distances) < _distance(noise, picture) / 8


def _distance(one: Image.Image, other: Image.Image) -> float:
    """How far apart two pictures are, of 255."""
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean())


def test_a_start_takes_no_time_for_torchs_compiler(engine: SproutEngine) -> None:
    assert torch.are_deterministic_algorithms_enabled()
    code = IN_ANOTHER_PROCESS + "print('torch._inductor' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code, PROMPT, "1"], capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("False\n")
