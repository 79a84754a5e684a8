"""What is asked for: one frozen `GenerationRequest`, valid from the moment it exists."""

import secrets
from dataclasses import dataclass, replace
from enum import StrEnum

from seedbed.errors import InvalidParam, InvalidRequest

__all__ = [
    "DEFAULT_GUIDANCE_SCALE",
    "MAX_GUIDANCE_SCALE",
    "MAX_PROMPT_CHARACTERS",
    "MAX_SEED",
    "AspectRatio",
    "GenerationRequest",
    "PixelSize",
    "Resolution",
    "draw_seed",
]

MAX_PROMPT_CHARACTERS = 4096
MAX_GUIDANCE_SCALE = 20.0
DEFAULT_GUIDANCE_SCALE = 2.5
MAX_SEED = 2**31 - 1


class Resolution(StrEnum):
    """How many pixels an image has: the two tables of the contract."""

    ONE_K = "1k"
    TWO_K = "2k"


@dataclass(frozen=True, slots=True)
class PixelSize:
    """Width and height of an image, in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class AspectRatio(StrEnum):
    """The seven shapes of the contract."""

    SQUARE_1_1 = "square_1_1"
    WIDESCREEN_16_9 = "widescreen_16_9"
    SOCIAL_STORY_9_16 = "social_story_9_16"
    PORTRAIT_2_3 = "portrait_2_3"
    TRADITIONAL_3_4 = "traditional_3_4"
    STANDARD_3_2 = "standard_3_2"
    CLASSIC_4_3 = "classic_4_3"

    def pixel_size(self, resolution: Resolution) -> PixelSize:
        """The contract's size of this shape; the 1K table is half the 2K table."""
        width, height = _SIZES_2K[self]
        divisor = 1 if resolution is Resolution.TWO_K else 2
        return PixelSize(width // divisor, height // divisor)


_SIZES_2K = {
    AspectRatio.SQUARE_1_1: (2048, 2048),
    AspectRatio.WIDESCREEN_16_9: (2560, 1440),
    AspectRatio.SOCIAL_STORY_9_16: (1440, 2560),
    AspectRatio.PORTRAIT_2_3: (1664, 2496),
    AspectRatio.TRADITIONAL_3_4: (1728, 2304),
    AspectRatio.STANDARD_3_2: (2496, 1664),
    AspectRatio.CLASSIC_4_3: (2304, 1728),
}


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One image to draw. Raises `InvalidRequest`, which names every field that is wrong."""

    prompt: str
    """What the image shall show: 1 to 4096 characters, not blank."""
    aspect_ratio: AspectRatio = AspectRatio.SQUARE_1_1
    """The image's shape."""
    guidance_scale: float = DEFAULT_GUIDANCE_SCALE
    """How strongly the prompt is enforced: 0 (not beyond the model's own reading) to 20."""
    seed: int | None = None
    """Where the noise starts: 0 to 2147483647; None until one is drawn."""
    model: str = ""
    """The alias of the model that shall draw it; empty for the server's own."""

    def __post_init__(self) -> None:
        wrong = tuple(param for param in (self._prompt(), self._guidance(), self._seed()) if param)
        if wrong:
            raise InvalidRequest(*wrong)

    def with_seed(self) -> "GenerationRequest":
        """This request with a seed: its own, or a freshly drawn one."""
        return self if self.seed is not None else replace(self, seed=draw_seed())

    def _prompt(self) -> InvalidParam | None:
        # Callers without a type checker are told the field as well.
        if not isinstance(self.prompt, str):
            return InvalidParam("prompt", "must be text")
        if not self.prompt.strip():
            return InvalidParam("prompt", "must not be empty or blank")
        if not _is_text(self.prompt):
            return InvalidParam("prompt", "must be text: no NUL characters, no lone surrogates")
        if len(self.prompt) > MAX_PROMPT_CHARACTERS:
            return InvalidParam("prompt", f"must have at most {MAX_PROMPT_CHARACTERS} characters")
        return None

    def _guidance(self) -> InvalidParam | None:
        if isinstance(self.guidance_scale, int | float) and 0 <= self.guidance_scale <= MAX_GUIDANCE_SCALE:
            return None
        return InvalidParam("guidance_scale", "must be a number from 0 to 20")

    def _seed(self) -> InvalidParam | None:
        if self.seed is None or (isinstance(self.seed, int) and 0 <= self.seed <= MAX_SEED):
            return None
        return InvalidParam("seed", f"must be an integer from 0 to {MAX_SEED}")


def _is_text(value: str) -> bool:
    # What JSON may escape but no UTF-8 and no database column can hold.
    return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def draw_seed() -> int:
    """A seed nobody can foresee, 0 to 2147483647."""
    return secrets.randbelow(MAX_SEED + 1)
