"""Every family's own pipeline class, tiny and with random weights, saved and loaded through the code that serves."""

import inspect
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from seedbed.engine.engine import DrawnImage
from seedbed.engine.families import FAMILIES, Family
from seedbed.engine.guidance_map import GuidanceKind
from seedbed.engine.process import EngineProcess
from seedbed.engine.registry import build_engine
from seedbed.errors import CheckpointError, ConfigurationError, EngineError, GenerationCancelled
from seedbed.request import AspectRatio, GenerationRequest, PixelSize
from seedbed.settings import Settings
from tests.engine.looking import Looker
from tests.engine.test_jpeg import facts_of

pytest.importorskip("diffusers", reason="the extra [diffusers] is not installed")
pytest.importorskip("transformers", reason="the extra [diffusers] is not installed")

if TYPE_CHECKING:
    from seedbed.engine.diffusers_engine import DiffusersEngine

from tests.engine.tiny_pipelines import BUILDERS, save_tiny

# Two of diffusers' schedulers hand torch's tensors to numpy in a way that numpy 2 is tired of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

STEPS = 3
REQUEST = GenerationRequest("a cat on a hill", AspectRatio.CLASSIC_4_3, 2.5, 7)


def ignore(_step: int, _total: int) -> None:
    pass


def settings(folder: Path, **changes: Any) -> Settings:
    given = {
        "model": str(folder),
        "megapixels": 0.01,
        "num_inference_steps": STEPS,
        "resolution": "1k",
        "num_threads": 1,
        # What metadata says differs by itself: pictures are compared.
        "embed_metadata": False,
    }
    return Settings(**{**given, **changes})


def load(folder: Path, **changes: Any) -> "DiffusersEngine":
    from seedbed.engine.diffusers_engine import DiffusersEngine

    engine = build_engine(settings(folder, **changes))
    assert isinstance(engine, DiffusersEngine)
    return engine


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def saved(models: Path, family: str) -> Path:
    folder = models / family.replace(" ", "-")
    return folder if folder.exists() else save_tiny(family, folder)


@pytest.fixture(scope="module", params=BUILDERS)
def engine(request: pytest.FixtureRequest, models: Path) -> "DiffusersEngine":
    loaded = load(saved(models, request.param))
    assert loaded.family.name == request.param
    return loaded


@pytest.fixture(scope="module")
def z_image(models: Path) -> Path:
    return saved(models, "Z-Image")


def pixels(drawn: DrawnImage) -> bytes:
    return Image.open(io.BytesIO(drawn.jpeg)).tobytes()


def differences(one: bytes, two: bytes) -> float:
    """How far apart two pictures are, of 255, as the mean over some of their bytes."""
    return sum(abs(a - b) for a, b in zip(one[::101], two[::101], strict=True)) / len(one[::101])


def test_every_shape_is_drawn_near_it_and_comes_at_the_contracts_pixels(engine: "DiffusersEngine") -> None:
    for ratio in AspectRatio:
        drawn = engine.draw(GenerationRequest("a cat", ratio, seed=1), ignore)
        size = ratio.pixel_size(settings(Path()).resolution)
        assert drawn.size == size
        assert Image.open(io.BytesIO(drawn.jpeg)).size == (size.width, size.height)
        assert drawn.remarks.drawn_size is None


def test_guidance_acts_as_its_family_says_and_what_does_not_act_is_told(engine: "DiffusersEngine") -> None:
    pictures = []
    for asked in (0.0, 2.5, 20.0):
        drawn = engine.draw(GenerationRequest("a cat", guidance_scale=asked, seed=1), ignore)
        applied = engine.family.guidance.apply(asked).guidance_scale
        ignored = ("guidance_scale",) if applied is None else ()
        assert drawn.remarks.ignored_parameters == ignored
        assert drawn.remarks.applied_guidance_scale == (None if applied == asked else applied)
        pictures.append(pixels(drawn))
    if engine.family.guidance.kind is GuidanceKind.NONE:
        assert len(set(pictures)) == 1
    else:
        assert len(set(pictures)) == 3


def test_the_same_request_gives_the_same_bytes_whoever_comes_between(engine: "DiffusersEngine") -> None:
    def cancel(step: int, _total: int) -> None:
        if step == 2:
            raise GenerationCancelled

    first = engine.draw(REQUEST, ignore)
    assert engine.draw(REQUEST, ignore) == first
    engine.draw(GenerationRequest("two dogs", AspectRatio.SOCIAL_STORY_9_16, 20.0, 8), ignore)
    with pytest.raises(GenerationCancelled):
        engine.draw(GenerationRequest("a house", seed=9), cancel)
    assert engine.draw(REQUEST, ignore) == first
    other = engine.draw(GenerationRequest(REQUEST.prompt, REQUEST.aspect_ratio, REQUEST.guidance_scale, 8), ignore)
    assert pixels(other) != pixels(first)


def test_every_step_is_told_and_a_cancelled_one_is_the_last(engine: "DiffusersEngine") -> None:
    steps: list[tuple[int, int]] = []
    engine.draw(REQUEST, lambda *step: steps.append(step))
    assert steps == [(number, STEPS) for number in range(1, STEPS + 1)]

    def cancel(step: int, _total: int) -> None:
        steps.append((step, 0))
        raise GenerationCancelled

    with pytest.raises(GenerationCancelled):
        engine.draw(REQUEST, cancel)
    assert steps[STEPS:] == [(1, 0)]


def test_a_prompt_that_is_cut_says_by_how_much(engine: "DiffusersEngine") -> None:
    short = engine.draw(GenerationRequest("a cat", seed=1), ignore)
    assert short.remarks.dropped_tokens == 0
    one, two = (engine.draw(GenerationRequest("x" * length, seed=1), ignore) for length in (1500, 1510))
    # One character is one token in these models; whatever is added at the end is what is dropped.
    assert two.remarks.dropped_tokens - one.remarks.dropped_tokens == 10
    assert one.remarks.dropped_tokens > 300
    assert pixels(one) == pixels(two)


def test_a_batch_draws_each_as_it_would_be_alone_or_nearly_and_says_so(engine: "DiffusersEngine") -> None:
    requests = [
        GenerationRequest("a cat", REQUEST.aspect_ratio, seed=1),
        GenerationRequest("x" * 1500, REQUEST.aspect_ratio, seed=2),
        GenerationRequest("two dogs on a very long sofa", REQUEST.aspect_ratio, seed=3),
    ]
    steps: list[tuple[int, int]] = []
    batch = engine.draw_batch(requests, lambda *step: steps.append(step))
    assert steps == [(number, STEPS) for number in range(1, STEPS + 1)]
    alone = [engine.draw(request, ignore) for request in requests]
    for one, other in zip(batch, alone, strict=True):
        assert one.remarks.batch_size == 3
        assert one.remarks.dropped_tokens == other.remarks.dropped_tokens
        assert differences(pixels(one), pixels(other)) < 2
    assert engine.draw_batch(requests, ignore) == batch


SHOWING = {
    "Z-Image", "Z-Image-Turbo", "FLUX.1 dev", "FLUX.1 schnell", "Stable Diffusion 3", "SDXL", "SANA", "Lumina-Image 2.0"
}  # fmt: skip
"""Families whose pictures can be seen coming along."""


def test_who_looks_on_changes_no_bytes_and_sees_what_the_family_can_show(engine: "DiffusersEngine") -> None:
    looker = Looker()
    assert engine.draw(REQUEST, ignore, looker) == engine.draw(REQUEST, ignore)
    assert bool(looker.seen) == (engine.family.name in SHOWING)
    for picture in looker.pictures:
        assert picture.width > picture.height


def test_a_preview_that_fails_costs_only_itself(z_image: Path) -> None:
    engine, looker, failed = load(z_image, megapixels=0.25), Looker(), list[int]()
    drawn = engine.draw(REQUEST, ignore)
    size = engine.family.sizes.size(REQUEST.aspect_ratio, 0.25)

    def refuse_small(_module: Any, inputs: Any) -> None:
        if inputs[0].shape[-1] < size.width // 8:
            failed.append(1)
            raise RuntimeError("no memory for that")

    engine._pipeline.pipeline.vae.decoder.register_forward_pre_hook(refuse_small)
    assert engine.draw(REQUEST, ignore, looker) == drawn
    assert engine.draw(REQUEST, ignore, looker) == drawn
    assert failed == [1]
    assert looker.seen == []


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_table_speaks_of_arguments_that_the_pipelines_have(family: Family) -> None:
    import diffusers

    known = inspect.signature(getattr(diffusers, family.pipeline).__call__).parameters
    names = {"callback_on_step_end", "generator", "width", "height", "num_inference_steps"}
    names |= {name for name, _ in family.arguments} | {name for name, _ in family.guidance.renormalise}
    assert names | {family.guidance.parameter} <= known.keys()


def test_a_picture_tells_its_model_and_what_was_left_out(models: Path) -> None:
    engine = load(saved(models, "Z-Image-Turbo"), embed_metadata=True)
    facts = facts_of(engine.draw(REQUEST, ignore).jpeg)
    assert facts["model"] == "Z-Image-Turbo"
    assert facts["model_digest"] == engine.identity.digest
    assert facts["ignored_parameters"] == "guidance_scale"


def test_warming_up_draws_every_shape(z_image: Path) -> None:
    engine = load(z_image)
    calls: list[int] = []
    engine._pipeline.pipeline.transformer.register_forward_hook(lambda *_: calls.append(1))
    engine.warm_up()
    assert len(calls) >= 2 * len(AspectRatio)


def short_of_memory(engine: "DiffusersEngine", tokens: int) -> None:
    """Let the network's memory end where more than so many latents are drawn at once."""
    import torch

    def check(_module: Any, inputs: Any) -> None:
        if inputs[0][0].numel() > tokens:
            raise torch.OutOfMemoryError("CUDA out of memory")

    engine._pipeline.pipeline.transformer.register_forward_pre_hook(check)


def test_where_memory_does_not_suffice_it_is_drawn_smaller_and_told(z_image: Path) -> None:
    engine = load(z_image, megapixels=0.04)
    native, smaller = PixelSize(208, 208), PixelSize(144, 144)
    short_of_memory(engine, 4 * (native.width // 8) * (native.height // 8) - 1)
    drawn = engine.draw(GenerationRequest("a cat", seed=1), ignore)
    assert drawn.remarks.drawn_size == str(smaller)
    assert str(drawn.size) == "1024x1024"


def test_a_batch_that_does_not_fit_is_drawn_one_by_one(z_image: Path) -> None:
    engine = load(z_image, megapixels=0.04)
    requests = [GenerationRequest("a cat", seed=1), GenerationRequest("a dog", seed=2)]
    alone = [engine.draw(request, ignore) for request in requests]
    import torch

    def check(_module: Any, inputs: Any) -> None:
        if len(inputs[0]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")

    # With guidance each picture is there twice.
    engine._pipeline.pipeline.transformer.register_forward_pre_hook(check)
    assert engine.draw_batch(requests, ignore) == alone


def test_a_picture_that_did_not_fit_changes_no_later_one(z_image: Path) -> None:
    engine = load(z_image, megapixels=0.5)
    small = GenerationRequest("a cat", AspectRatio.SQUARE_1_1, seed=1)
    first = engine.draw(small, ignore)
    short_of_memory(engine, 1000)
    with pytest.raises(EngineError, match="not enough memory"):
        engine.draw(small, ignore)
    engine._pipeline.pipeline.transformer._forward_pre_hooks.clear()
    assert engine.draw(small, ignore) == first


def test_where_it_never_suffices_the_picture_fails_and_the_next_is_drawn(z_image: Path) -> None:
    engine = load(z_image, megapixels=0.04)
    short_of_memory(engine, 1000)
    with pytest.raises(EngineError, match="not enough memory for a picture, not even at 144x144"):
        engine.draw(GenerationRequest("a cat", seed=1), ignore)
    engine._pipeline.pipeline.transformer._forward_pre_hooks.clear()
    assert engine.draw(GenerationRequest("a cat", seed=1), ignore).remarks.drawn_size is None


def test_a_family_may_be_named_where_files_do_not_tell(z_image: Path) -> None:
    assert load(z_image, model_family="Z-Image-Turbo").family.name == "Z-Image-Turbo"
    with pytest.raises(ConfigurationError, match="a ZImagePipeline is one of: Z-Image-Turbo, Z-Image"):
        load(z_image, model_family="SDXL")


def test_a_pipeline_that_nobody_told_us_of_is_refused(z_image: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(z_image, tmp_path / "odd")
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace("ZImagePipeline", "MarigoldDepthPipeline"))
    with pytest.raises(CheckpointError, match="nobody told us how to use a MarigoldDepthPipeline"):
        load(folder)


def test_weights_that_lack_something_are_refused_instead_of_made_up(z_image: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(z_image, tmp_path / "half")
    file = folder / "vae" / "diffusion_pytorch_model.safetensors"
    weights = load_file(file)
    weights.pop("decoder.conv_out.weight")
    save_file(weights, file)
    with pytest.raises(CheckpointError, match="half"):
        load(folder)


def test_a_model_that_loads_and_cannot_draw_is_one_sentence(z_image: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(z_image, tmp_path / "Z-Image")
    (copy / "tokenizer" / "chat_template.jinja").unlink()
    engine = load(copy)
    for draw in (engine.warm_up, lambda: engine.draw(REQUEST, ignore)):
        with pytest.raises(EngineError, match=r"Z-Image loads but does not draw: .*template") as raised:
            draw()
        assert "\n" not in str(raised.value)


def test_a_device_that_there_is_not_is_told(z_image: Path) -> None:
    with pytest.raises(ConfigurationError, match="SEEDBED_DEVICE=cuda:7"):
        load(z_image, device="cuda:7")


@pytest.fixture(scope="module")
def process(models: Path) -> Iterator[EngineProcess]:
    engine = EngineProcess(settings(saved(models, "Z-Image")))
    engine.start()
    assert engine.wait_ready(240), engine.failure
    yield engine
    engine.close()


def test_in_its_process_it_draws_the_same_and_is_cancelled_between_steps(process: EngineProcess, z_image: Path) -> None:
    here = load(z_image).draw(REQUEST, ignore)
    assert process.draw(REQUEST, ignore) == here

    def cancel(_step: int, _total: int) -> None:
        raise GenerationCancelled("enough")

    with pytest.raises(GenerationCancelled):
        process.draw(REQUEST, cancel)
    assert process.draw(REQUEST, ignore) == here
    several = process.draw_batch([REQUEST, REQUEST], ignore)
    assert [drawn.remarks.batch_size for drawn in several] == [2, 2]
    with pytest.raises(GenerationCancelled):
        process.draw_batch([REQUEST, REQUEST], cancel)
    assert process.draw(REQUEST, ignore) == here
