"""What makes a pipeline faster or smaller: quantised weights, compiled blocks, an attention back end.

All of it is diffusers' own; here is only what is chosen, and what is said where it cannot be had.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from diffusers import BitsAndBytesConfig, PipelineQuantizationConfig, TorchAoConfig

from seedbed.engine.diffusers_device import Placement
from seedbed.engine.diffusers_folder import PipelineFolder
from seedbed.errors import ConfigurationError
from seedbed.settings import Quantisation, Settings

__all__ = ["chosen_words", "quantised", "speed_up"]

NETWORKS = ("transformer", "unet")
"""How the names of the parts begin that draw."""
TEXT_ENCODERS = "text_encoder"
DOWNLOADED = "_hub"
"""How attention back ends end whose kernels are downloaded as they are asked for."""
PACKAGES = {Quantisation.INT8: "torchao", Quantisation.NF4: "bitsandbytes"}


def quantised(folder: PipelineFolder, placement: Placement) -> PipelineQuantizationConfig | None:
    """How diffusers shall quantise networks and text encoders while it loads them; None for not at all.

    An autoencoder stays as it is: it is small, and its rounding would be seen. Raises `ConfigurationError` where
    the package that does it is not installed.
    """
    quantisation = placement.quantisation
    if quantisation is Quantisation.NONE:
        return None
    package = PACKAGES[quantisation]
    if find_spec(package) is None:
        raise ConfigurationError(f"SEEDBED_QUANTISATION={quantisation} needs a package: pip install {package}")
    make = _int8 if quantisation is Quantisation.INT8 else _nf4(placement)
    parts = [name for name in folder.components if name.startswith((*NETWORKS, TEXT_ENCODERS))]
    return PipelineQuantizationConfig(quant_mapping={name: make(name.startswith(TEXT_ENCODERS)) for name in parts})


def speed_up(pipeline: Any, settings: Settings) -> None:
    """Choose the attention back end and compile what repeats. Raises `ConfigurationError` where it cannot be had."""
    for network in _networks(pipeline):
        if settings.attention != "native":
            _attend(network, settings.attention)
        if settings.compile:
            _compile(network)


def chosen_words(settings: Settings, placement: Placement) -> str:
    """What of all this decides a picture's numbers, in words; also who is to blame where it then does not draw."""
    attention = "" if settings.attention == "native" else f"attention {settings.attention}"
    return ", ".join(filter(None, (placement.words(), "compiled" if settings.compile else "", attention)))


def _int8(is_text_encoder: bool) -> Any:
    from torchao.quantization import Int8WeightOnlyConfig
    from transformers import TorchAoConfig as TextTorchAoConfig

    return (TextTorchAoConfig if is_text_encoder else TorchAoConfig)(Int8WeightOnlyConfig(version=2))


def _nf4(placement: Placement) -> Callable[[bool], Any]:
    from transformers import BitsAndBytesConfig as TextBitsAndBytesConfig

    def make(is_text_encoder: bool) -> Any:
        kind = TextBitsAndBytesConfig if is_text_encoder else BitsAndBytesConfig
        return kind(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=placement.dtype)

    return make


def _networks(pipeline: Any) -> list[Any]:
    components = pipeline.components.items()
    return [network for name, network in components if network is not None and name.startswith(NETWORKS)]


def _attend(network: Any, attention: str) -> None:
    if attention.endswith(DOWNLOADED):
        raise ConfigurationError(f"SEEDBED_ATTENTION={attention} would download code; a model never does that here")
    try:
        network.set_attention_backend(attention)
    # diffusers says so in one of these where a name is wrong or a package is missing.
    except (ValueError, RuntimeError) as error:
        raise ConfigurationError(f"SEEDBED_ATTENTION={attention}: {str(error).splitlines()[0]}") from error


def _compile(network: Any) -> None:
    try:
        # One graph for all shapes and prompts, from the first picture on: which graph drew one must not depend on
        # what was drawn before.
        network.compile_repeated_blocks(dynamic=True)
    except ValueError as error:
        kind = type(network).__name__
        raise ConfigurationError(f"SEEDBED_COMPILE: diffusers does not say which blocks of a {kind} repeat") from error
