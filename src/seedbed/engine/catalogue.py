"""The open models that we recommend or warn of, their licences, and which licences must be accepted first."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from seedbed.errors import ConfigurationError

__all__ = ["CATALOGUE", "OpenModel", "check_licence", "licence_of", "needs_acceptance"]

OPEN_LICENCES = (
    *("apache-2.0", "mit", "bsd-3-clause", "cc0-1.0", "cc-by-4.0"),
    *("openrail", "openrail++", "creativeml-openrail-m"),
)
"""Licences that let anybody use the model for anything lawful, commerce included."""
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---", re.DOTALL)
FIELD = re.compile(r"^(license|license_name):\s*[\"']?([^\"'\n]+?)[\"']?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OpenModel:
    """A model that somebody publishes."""

    repository: str
    """Its repository on the hub."""
    family: str
    """The family's name, as in `engine/families`."""
    licence: str
    """Its licence, as the hub names it."""
    size: str
    """Parameters of its network and of its text encoder."""
    memory: str
    """GPU memory that it takes."""
    advice: str = ""
    """For whom it is."""
    is_recalled: bool = False
    """Whether its row is what we recall, and not what we read on its maker's pages."""


CATALOGUE: tuple[OpenModel, ...] = (
    OpenModel(
        "Qwen/Qwen-Image-2512",
        "Qwen-Image",
        "apache-2.0",
        "20 B + 7 B",
        "about 60 GB",
        "the best; large GPUs",
    ),
    OpenModel("Tongyi-MAI/Z-Image", "Z-Image", "apache-2.0", "6 B + 4 B", "16 to 20 GB", "guidance as we mean it"),
    OpenModel("Tongyi-MAI/Z-Image-Turbo", "Z-Image-Turbo", "apache-2.0", "6 B + 4 B", "under 16 GB", "fast"),
    OpenModel(
        "black-forest-labs/FLUX.2-klein-4B",
        "FLUX.2 klein",
        "apache-2.0",
        "4 B + 4 B",
        "9 to 13 GB",
        "small and fast",
    ),
    OpenModel("black-forest-labs/FLUX.2-klein-base-4B", "FLUX.2 klein base", "apache-2.0", "4 B + 4 B", "9 to 13 GB"),
    OpenModel(
        "black-forest-labs/FLUX.1-schnell",
        "FLUX.1 schnell",
        "apache-2.0",
        "12 B + 5 B",
        "about 33 GB",
        is_recalled=True,
    ),
    OpenModel(
        "Alpha-VLLM/Lumina-Image-2.0",
        "Lumina-Image 2.0",
        "apache-2.0",
        "2.6 B + 2 B",
        "about 12 GB",
        "its text encoder is under Gemma's terms",
        is_recalled=True,
    ),
    OpenModel("lodestones/Chroma1-HD", "Chroma", "apache-2.0", "8.9 B + 5 B", "28 GB"),
    OpenModel(
        "stabilityai/stable-diffusion-xl-base-1.0",
        "SDXL",
        "openrail++",
        "2.6 B + 0.8 B",
        "about 10 GB",
        is_recalled=True,
    ),
    OpenModel(
        "stabilityai/stable-diffusion-3.5-large",
        "Stable Diffusion 3",
        "stabilityai-ai-community",
        "8.1 B + 5 B",
        "18 GB and more",
        "free below a turnover of US$ 1 million",
    ),
    OpenModel(
        "black-forest-labs/FLUX.1-dev",
        "FLUX.1 dev",
        "flux-1-dev-non-commercial-license",
        "12 B + 5 B",
        "about 33 GB",
        "not for commerce",
        is_recalled=True,
    ),
    OpenModel(
        "black-forest-labs/FLUX.2-dev",
        "FLUX.2 dev",
        "flux-dev-non-commercial-license",
        "32 B + 24 B",
        "80 GB and more",
        "not for commerce; needs torchvision",
    ),
)
"""The recommended ones first, in the order of our recommendation; what restricts its users last."""


def licence_of(name: str, folder: Path | None) -> str | None:
    """A model's licence: the catalogue's, else what the model card in its folder says, else None."""
    for model in CATALOGUE:
        # The hub minds no capitals in a name either.
        if name.lower() == model.repository.lower():
            return model.licence
    try:
        card = (folder / "README.md").read_text(encoding="utf-8") if folder else ""
    except (OSError, UnicodeDecodeError):
        return None
    front = FRONT_MATTER.match(card)
    fields = dict(FIELD.findall(front[1])) if front else {}
    licence = fields.get("license")
    return fields.get("license_name", licence) if licence == "other" else licence


def needs_acceptance(licence: str, accepted: Collection[str]) -> bool:
    """Whether a licence restricts its users, and nobody has accepted it yet."""
    return licence not in OPEN_LICENCES and licence not in accepted


def check_licence(name: str, licence: str | None, accepted: Collection[str]) -> None:
    """Raise `ConfigurationError` for a licence that restricts its users and that nobody accepted."""
    if licence is None or not needs_acceptance(licence, accepted):
        return
    raise ConfigurationError(
        f"{name} is under the licence {licence}, which restricts what you may do with it; "
        f"if you may use it, say SEEDBED_ACCEPT_LICENCES={licence}"
    )
