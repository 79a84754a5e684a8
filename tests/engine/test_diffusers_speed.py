"""What diffusers itself offers to be faster and smaller, chosen by our settings, on tiny pipelines and a CPU."""

import importlib.util
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("diffusers", reason="the extra [diffusers] is not installed")
pytest.importorskip("torchao", reason="the extra [diffusers] is not installed")

from seedbed.errors import ConfigurationError
from seedbed.request import GenerationRequest
from tests.engine.test_diffusers_adapters import adapter
from tests.engine.test_diffusers_engine import REQUEST, differences, ignore, load, pixels
from tests.engine.test_jpeg import facts_of
from tests.engine.tiny_pipelines import BUILDERS, save_tiny

if TYPE_CHECKING:
    from seedbed.engine.diffusers_engine import DiffusersEngine

__all__ = ["adapter"]

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny("Z-Image", tmp_path_factory.mktemp("models") / "Z-Image")


@pytest.fixture(scope="module")
def plain(folder: Path) -> bytes:
    return pixels(load(folder).draw(REQUEST, ignore))


def weight_kinds(engine: "DiffusersEngine", part: str) -> set[str]:
    import torch

    modules = engine._pipeline.pipeline.components[part].modules()
    return {type(module.weight).__name__ for module in modules if isinstance(module, torch.nn.Linear)}


@pytest.mark.parametrize("family", BUILDERS)
def test_every_family_draws_with_eight_bits_and_repeats_itself(family: str, tmp_path: Path) -> None:
    engine = load(save_tiny(family, tmp_path / family.replace(" ", "-")), quantisation="int8")
    components = engine._pipeline.pipeline.components
    network = "transformer" if "transformer" in components else "unet"
    assert "Int8Tensor" in weight_kinds(engine, network) & weight_kinds(engine, "text_encoder")
    assert "Int8Tensor" not in weight_kinds(engine, "vae")
    assert engine.draw(REQUEST, ignore) == engine.draw(REQUEST, ignore)


def test_eight_bits_change_the_picture_a_little_and_the_image_says_so(folder: Path, plain: bytes) -> None:
    drawn = load(folder, quantisation="int8", embed_metadata=True).draw(REQUEST, ignore)
    assert facts_of(drawn.jpeg)["build"].endswith(" float32 int8")
    assert 0 < differences(pixels(drawn), plain) < 20


def test_adapters_lie_over_quantised_weights_too(folder: Path, adapter: Path) -> None:
    styles = [load(folder, quantisation="int8", loras=f"{adapter}={strength}") for strength in (0.0, 1.0)]
    none, full = (pixels(engine.draw(REQUEST, ignore)) for engine in styles)
    assert none != full


def test_four_bits_without_a_gpu_are_refused(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="SEEDBED_QUANTISATION=nf4 needs a GPU; int8 does not"):
        load(folder, quantisation="nf4")


def test_a_package_that_is_missing_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As Python itself says that there is none.
    monkeypatch.setitem(sys.modules, "torchao", None)
    assert importlib.util.find_spec("peft")
    with pytest.raises(ConfigurationError, match="needs a package: pip install torchao"):
        load(folder, quantisation="int8")


# torch's own compiler imports what torch itself is tired of.
@pytest.mark.filterwarnings("ignore:`torch.jit.script:DeprecationWarning")
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch compiles with a C++ compiler")
@pytest.mark.timeout(600)
def test_compiled_blocks_draw_nearly_the_same_and_one_graph_serves_all_shapes(tmp_path: Path) -> None:
    from torch._dynamo.utils import counters

    folder = save_tiny("FLUX.1 schnell", tmp_path / "schnell")
    engine = load(folder, compile=True, embed_metadata=True)
    first = engine.draw(REQUEST, ignore)
    assert differences(pixels(first), pixels(load(folder).draw(REQUEST, ignore))) < 1
    graphs = counters["stats"]["unique_graphs"]
    assert graphs > 0
    engine.warm_up()
    engine.draw(GenerationRequest("a much longer prompt than that", seed=3), ignore)
    assert engine.draw(REQUEST, ignore) == first
    assert counters["stats"]["unique_graphs"] == graphs
    assert "compiled" in facts_of(first.jpeg)["build"]


def test_what_repeats_must_be_known_to_be_compiled(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match="diffusers does not say which blocks of a SD3Transformer2DModel repeat"
    ):
        load(save_tiny("Stable Diffusion 3", tmp_path / "sd3"), compile=True)


def test_another_attention_draws_nearly_the_same_and_the_image_says_so(folder: Path, plain: bytes) -> None:
    engine = load(folder, attention="_native_math", embed_metadata=True)
    drawn = engine.draw(REQUEST, ignore)
    assert differences(pixels(drawn), plain) < 1
    assert "attention _native_math" in facts_of(drawn.jpeg)["build"]


@pytest.mark.parametrize(
    ("attention", "words"),
    [
        ("flash", "SEEDBED_ATTENTION=flash: .* missing package"),
        ("flash_hub", "would download code"),
        ("best", "must be one of"),
    ],
)
def test_attention_that_cannot_be_had_is_one_sentence(folder: Path, attention: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as raised:
        load(folder, attention=attention)
    assert "\n" not in str(raised.value)


def test_attention_that_fails_at_its_first_use_is_one_sentence(folder: Path) -> None:
    engine = load(folder, attention="_native_cudnn")
    with pytest.raises(ConfigurationError, match="with float32, attention _native_cudnn it does not draw: "):
        engine.warm_up()
    # Who draws without warming up, as `seedbed generate`, is told the same.
    with pytest.raises(ConfigurationError, match="it does not draw: "):
        engine.draw(GenerationRequest("a cat", seed=1), lambda _step, _steps: None)


def test_offloading_and_other_choices_by_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the figures of devices that we do not have."""
    import torch

    from seedbed.engine.diffusers_device import Placement
    from seedbed.settings import Offload, Quantisation, Settings

    gib = 2**30

    def chosen(free: int, total: int, **changes: Any) -> tuple[Offload, Quantisation]:
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _device: (free * gib, total * gib))
        monkeypatch.setattr("seedbed.engine.diffusers_device._device", lambda _wanted: "cuda")
        placement = Placement.of(Settings(**changes), 60 * gib, 40 * gib)
        return placement.offload, placement.quantisation

    # As Qwen-Image: 60 GiB of weights, of which 40 are the network's.
    assert chosen(79, 80) == (Offload.NONE, Quantisation.NONE)
    assert chosen(60, 80) == (Offload.MODEL, Quantisation.NONE)
    assert chosen(47, 48) == (Offload.NONE, Quantisation.INT8)
    assert chosen(30, 48) == (Offload.MODEL, Quantisation.INT8)
    assert chosen(23, 24) == (Offload.SEQUENTIAL, Quantisation.NONE)
    assert chosen(23, 24, quantisation="nf4") == (Offload.NONE, Quantisation.NF4)
    with pytest.raises(ConfigurationError, match="layer by layer do not go together"):
        chosen(23, 24, quantisation="int8")
