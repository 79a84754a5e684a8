"""The JSON of OpenAI's image API, as far as it means something here."""

import math
import re
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from seedbed.errors import InvalidRequest
from seedbed.request import (
    DEFAULT_GUIDANCE_SCALE,
    MAX_GUIDANCE_SCALE,
    MAX_PROMPT_CHARACTERS,
    MAX_SEED,
    AspectRatio,
    GenerationRequest,
    Resolution,
    draw_seed,
)
from seedbed.service.schemas import NOT_BLANK, invalid_params

__all__ = ["ImageData", "ImagesAnswer", "ImagesBody", "ModelCard", "ModelList", "nearest_shape", "parse_images"]

MAX_IMAGES: Final = 10
_SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", re.ASCII)
_SO_ANYWAY = (("output_format", "jpeg"), ("quality", "auto"), ("background", "auto"), ("stream", False))
"""Fields that ask for what is so anyway."""


def _whole(value: object) -> object:
    """A JSON number without a fraction is an integer, however it is written: 1.0 is 1."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_WHOLE = BeforeValidator(_whole)


class ImagesBody(BaseModel):
    """What to draw, as OpenAI's clients say it."""

    model_config = ConfigDict(
        strict=True,
        extra="allow",
        json_schema_extra={"examples": [{"prompt": "two owls", "n": 2, "size": "1536x1024", "seed": 7}]},
    )

    prompt: Annotated[
        str,
        Field(min_length=1, max_length=MAX_PROMPT_CHARACTERS, json_schema_extra={"pattern": NOT_BLANK}),
    ]
    model: str | None = Field(None, description="Any: the server's own model draws.")
    n: Annotated[int, Field(ge=1, le=MAX_IMAGES), _WHOLE] | None = Field(1, description="How many pictures.")
    size: Annotated[str, Field(pattern="^(auto|[1-9][0-9]{0,4}x[1-9][0-9]{0,4})$")] | None = Field(
        "auto", description="Chooses the nearest shape; the answer says what size it really has."
    )
    response_format: Annotated[str, Field(pattern="^(url|b64_json)$")] | None = Field(
        None, description="url, or b64_json; without it, what the model's name makes a client expect."
    )
    seed: Annotated[int, Field(ge=0, le=MAX_SEED), _WHOLE] | None = Field(
        None, description="Where the first picture's noise starts; each further one takes the next seed."
    )
    guidance_scale: Annotated[float, Field(ge=0, le=MAX_GUIDANCE_SCALE, allow_inf_nan=False)] | None = None

    def requests(self) -> list[GenerationRequest]:
        """One for each picture. Raises `InvalidRequest`."""
        first = draw_seed() if self.seed is None else self.seed
        shape = nearest_shape(self.size or "auto")
        scale = DEFAULT_GUIDANCE_SCALE if self.guidance_scale is None else self.guidance_scale
        seeds = ((first + number) % (MAX_SEED + 1) for number in range(self.n or 1))
        return [GenerationRequest(self.prompt, shape, scale, seed) for seed in seeds]

    @property
    def wants_bytes(self) -> bool:
        """Whether the answer shall hold the pictures themselves: OpenAI's newer models give nothing else."""
        return self.response_format == "b64_json" or (
            self.response_format is None and (self.model or "").startswith("gpt-image")
        )

    @property
    def ignored_fields(self) -> tuple[str, ...]:
        """The fields that mean nothing to us, but for those that ask for what is so anyway."""
        return tuple(name for name, value in (self.model_extra or {}).items() if (name, value) not in _SO_ANYWAY)


class ImageData(BaseModel):
    """One picture."""

    url: str | None = None
    b64_json: str | None = None


class ImagesAnswer(BaseModel):
    """The pictures."""

    created: int = Field(description="Unix seconds.")
    data: list[ImageData]
    output_format: str
    size: str = Field(description="Width and height in pixels.")


class ModelCard(BaseModel):
    """A model."""

    id: str
    object: str
    created: int
    owned_by: str


class ModelList(BaseModel):
    """The models: always one."""

    object: str
    data: list[ModelCard]


def parse_images(body: bytes) -> ImagesBody:
    """Read a POST's body. Raises `InvalidRequest`, which names every field that is wrong."""
    try:
        return ImagesBody.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidRequest(*invalid_params(found, "body")) from None


def nearest_shape(size: str) -> AspectRatio:
    """The shape that is nearest to a size such as 1536x1024; the square for `auto`."""
    match = _SIZE.fullmatch(size)
    wanted = math.log(int(match[1]) / int(match[2])) if match else 0.0

    def distance(shape: AspectRatio) -> float:
        pixels = shape.pixel_size(Resolution.TWO_K)
        return abs(math.log(pixels.width / pixels.height) - wanted)

    return min(AspectRatio, key=distance)
