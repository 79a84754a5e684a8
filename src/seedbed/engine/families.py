"""The families of open models: what each one's parameters mean, in one table. No model's library is needed to read it.

Guidance and steps are those of diffusers 0.42's pipelines and their makers' examples. Where a limit is our
judgement and not the maker's, `docs/models.md` says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from seedbed.engine.guidance_map import GuidanceKind, GuidanceMap
from seedbed.engine.native_sizes import NativeSizes
from seedbed.errors import CheckpointError, ConfigurationError
from seedbed.request import AspectRatio

__all__ = ["FAMILIES", "Family", "choose_family", "family_named", "family_of"]


def _table(*sizes: tuple[int, int]) -> dict[AspectRatio, tuple[int, int]]:
    return dict(zip(AspectRatio, sizes, strict=True))


# In the order of `AspectRatio`: 1:1, 16:9, 9:16, 2:3, 3:4, 3:2, 4:3.
_QWEN = NativeSizes(
    16, _table((1328, 1328), (1664, 928), (928, 1664), (1056, 1584), (1104, 1472), (1584, 1056), (1472, 1104))
)
_ERNIE = NativeSizes(
    16, _table((1024, 1024), (1376, 768), (768, 1376), (848, 1264), (896, 1200), (1264, 848), (1200, 896))
)
_BUCKETS_64 = NativeSizes(
    64, _table((1024, 1024), (1344, 768), (768, 1344), (832, 1216), (896, 1152), (1216, 832), (1152, 896))
)
_HALVES = NativeSizes(32, _table((512, 512), (672, 384), (384, 672), (416, 608), (448, 576), (608, 416), (576, 448)))
_FREE_16 = NativeSizes(16)


@dataclass(frozen=True, slots=True)
class Family:
    """Models that are used alike."""

    name: str
    """What people call it."""
    pipeline: str
    """The class of diffusers that runs it, as in its `model_index.json`."""
    guidance: GuidanceMap
    """How it takes guidance."""
    steps: int
    """Network steps of a picture, as its maker advises."""
    sizes: NativeSizes = _FREE_16
    """Where it draws best."""
    marks: tuple[str, ...] = ()
    """Words of which the model's name has one, where the class alone does not tell; compared in lower case."""
    settings: tuple[tuple[str, Any], ...] = ()
    """Settings of its folder that tell it from its siblings, as in `transformer.guidance_embeds`."""
    arguments: tuple[tuple[str, Any], ...] = ()
    """Further arguments of its pipeline."""

    def fits(self, pipeline: str, name: str, settings: dict[str, Any]) -> bool:
        """Whether a model of that class, name and settings is one of these."""
        if pipeline != self.pipeline:
            return False
        is_marked = not self.marks or any(mark in name.lower() for mark in self.marks)
        return is_marked and all(settings.get(key) == value for key, value in self.settings)


def _one_plus(highest: float, **more: Any) -> GuidanceMap:
    return GuidanceMap(GuidanceKind.ONE_PLUS, lowest=1.0, highest=highest, **more)


_NONE_AT_0 = GuidanceMap(GuidanceKind.NONE)
_NONE_AT_1 = GuidanceMap(GuidanceKind.NONE, off=1.0)
_Z_IMAGE = GuidanceMap(
    GuidanceKind.AS_IS, highest=20.0, renormalise_above=7.0, renormalise=(("cfg_normalization", 1.0),)
)

FAMILIES: tuple[Family, ...] = (
    Family(
        "Qwen-Image",
        "QwenImagePipeline",
        # Its pipeline always gives the guided prediction the norm of the conditional one.
        _one_plus(21.0, parameter="true_cfg_scale"),
        50,
        _QWEN,
        # Without a negative prompt it silently leaves guidance out.
        arguments=(("negative_prompt", " "), ("max_sequence_length", 1024)),
    ),
    Family("Z-Image-Turbo", "ZImagePipeline", _NONE_AT_0, 9, marks=("turbo",)),
    Family("Z-Image", "ZImagePipeline", _Z_IMAGE, 50),
    Family(
        "FLUX.2 klein",
        "Flux2KleinPipeline",
        _NONE_AT_1,
        4,
        settings=(("is_distilled", True),),
        arguments=(("max_sequence_length", 512),),
    ),
    Family("FLUX.2 klein base", "Flux2KleinPipeline", _one_plus(11.0), 50, arguments=(("max_sequence_length", 512),)),
    Family(
        "FLUX.2 dev",
        "Flux2Pipeline",
        GuidanceMap(GuidanceKind.EMBEDDED, lowest=1.5, highest=10.0),
        50,
        arguments=(("max_sequence_length", 512),),
    ),
    Family(
        "FLUX.1 schnell",
        "FluxPipeline",
        _NONE_AT_0,
        4,
        settings=(("transformer.guidance_embeds", False),),
        arguments=(("max_sequence_length", 256),),
    ),
    Family(
        "FLUX.1 dev",
        "FluxPipeline",
        GuidanceMap(GuidanceKind.EMBEDDED, lowest=1.5, highest=5.0),
        28,
        arguments=(("max_sequence_length", 512),),
    ),
    Family(
        "Stable Diffusion 3.5 Turbo",
        "StableDiffusion3Pipeline",
        _NONE_AT_1,
        4,
        _BUCKETS_64,
        marks=("turbo",),
        arguments=(("max_sequence_length", 512),),
    ),
    Family(
        "Stable Diffusion 3",
        "StableDiffusion3Pipeline",
        _one_plus(11.0),
        28,
        _BUCKETS_64,
        arguments=(("max_sequence_length", 512),),
    ),
    Family("SDXL Turbo", "StableDiffusionXLPipeline", _NONE_AT_0, 4, _HALVES, marks=("turbo",)),
    Family(
        "SDXL",
        "StableDiffusionXLPipeline",
        _one_plus(21.0, renormalise_above=7.0, renormalise=(("guidance_rescale", 0.7),)),
        40,
        _BUCKETS_64,
    ),
    Family(
        "SANA",
        "SanaPipeline",
        _one_plus(11.0),
        20,
        _BUCKETS_64,
        # Its own bins would draw other sizes than ours and scale them without saying so.
        arguments=(("use_resolution_binning", False),),
    ),
    Family(
        "SANA-Sprint",
        "SanaSprintPipeline",
        GuidanceMap(GuidanceKind.EMBEDDED, lowest=4.0, highest=5.0),
        2,
        _BUCKETS_64,
        arguments=(("use_resolution_binning", False),),
    ),
    Family(
        "Lumina-Image 2.0",
        "Lumina2Pipeline",
        # Renormalised by its pipeline's default.
        _one_plus(21.0),
        30,
        arguments=(("max_sequence_length", 256),),
    ),
    Family("ERNIE-Image-Turbo", "ErnieImagePipeline", _NONE_AT_1, 8, _ERNIE, marks=("turbo",)),
    Family("ERNIE-Image", "ErnieImagePipeline", _one_plus(11.0), 50, _ERNIE),
    Family("Chroma", "ChromaPipeline", _one_plus(11.0), 35, arguments=(("max_sequence_length", 512),)),
    Family("Ovis-Image", "OvisImagePipeline", _one_plus(11.0), 50, arguments=(("max_sequence_length", 256),)),
    Family("Krea 2 Turbo", "Krea2Pipeline", _NONE_AT_0, 8, marks=("turbo",)),
    Family("Krea 2", "Krea2Pipeline", GuidanceMap(GuidanceKind.AS_IS, highest=10.0), 28),
)
"""Every family that we know, the more special before the more general."""


def family_of(pipeline: str, name: str, settings: dict[str, Any]) -> Family | None:
    """The family of a model, or None.

    Args:
        pipeline: the class that its `model_index.json` names.
        name: its repository's or folder's name.
        settings: its pipeline's settings, and its components' as `component.setting`.
    """
    return next((family for family in FAMILIES if family.fits(pipeline, name, settings)), None)


def choose_family(pipeline: str, name: str, settings: dict[str, Any], wanted: str | None = None) -> Family:
    """The family of a model, or the one called `wanted`.

    Raises `CheckpointError` when nobody told us what such a model's parameters mean, `ConfigurationError`
    when `wanted` cannot be its family.
    """
    if wanted is None:
        found = family_of(pipeline, name, settings)
        if found is None:
            known = ", ".join(sorted({family.pipeline for family in FAMILIES}))
            raise CheckpointError(f"{name}: nobody told us how to use a {pipeline}; we know {known}")
        return found
    possible = {family.name: family for family in FAMILIES if family.pipeline == pipeline}
    if wanted not in possible:
        names = ", ".join(possible) or "none that we know"
        raise ConfigurationError(f"SEEDBED_MODEL_FAMILY: a {pipeline} is one of: {names}")
    return possible[wanted]


def family_named(model: str, families: Iterable[Family] = FAMILIES) -> Family | None:
    """The family that a model's mere name speaks of, such as `Qwen/Qwen-Image-2512`; the longest name wins."""
    spoken = _letters(model)
    found = [family for family in families if _letters(family.name) in spoken]
    return max(found, key=lambda family: len(family.name), default=None)


def _letters(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
