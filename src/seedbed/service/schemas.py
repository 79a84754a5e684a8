"""The JSON that comes in and goes out, as the contract spells it and as OpenAPI documents it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from seedbed.errors import InvalidParam, InvalidRequest
from seedbed.request import (
    DEFAULT_GUIDANCE_SCALE,
    MAX_GUIDANCE_SCALE,
    MAX_PROMPT_CHARACTERS,
    MAX_SEED,
    AspectRatio,
    GenerationRequest,
)
from seedbed.store.idempotency import body_digest
from seedbed.store.keys import DEFAULT_SCOPES, MAX_KEY_NAME_CHARACTERS, Scope
from seedbed.task import TaskStatus
from seedbed.webhooks.guard import MAX_URL_CHARACTERS, check_url

__all__ = [
    "IMAGE_URL",
    "TASK_ID",
    "ErrorBody",
    "GenerationBody",
    "InvalidBody",
    "InvalidParamBody",
    "KeyRequest",
    "PromptBody",
    "Submission",
    "TaskBody",
    "TaskEnvelope",
    "TaskListEnvelope",
    "TaskSummary",
    "invalid_params",
    "parse_generation",
]

# What examples show.
TASK_ID = "046b6c7f-0b8a-43b9-b35d-6489e6daee91"
IMAGE_URL = f"https://host/images/04/result_SEEDREAM_V4_{TASK_ID}_0.jpeg?token=exp=1764000000~hmac={'0' * 64}"
MAX_VALUES = 100_000
"""Values in a body, commas and brackets within strings included."""
MAX_NAME_CHARACTERS = 256
MAX_KEY_DAYS = 36_500
MAX_COUNT = 2**31 - 1
# What JSON Schema can say of "not blank, no NUL"; GenerationRequest has the last word.
NOT_BLANK = r"^[^\x00]*[^\s\x00\x1c-\x1f\x85\ufeff][^\x00]*$"


def _drawable(prompt: str) -> str:
    try:
        return GenerationRequest(prompt).prompt
    except InvalidRequest as error:
        raise PydanticCustomError("prompt", "{reason}", {"reason": error.params[0].reason}) from None


def _web_url(url: str) -> str:
    # Whether it may be reached is the sender's business: a name can change what it leads to at any time.
    reason = check_url(url, allow_private=True)
    if reason is not None:
        raise PydanticCustomError("url", "{reason}", {"reason": reason})
    return url


class GenerationBody(BaseModel):
    """What to draw. Types are strict; unknown fields are ignored, and named in a header."""

    model_config = ConfigDict(
        strict=True,
        extra="allow",
        json_schema_extra={
            "examples": [
                {"prompt": "a cat to the left of a pizza on a light blue background"},
                {"prompt": "two owls", "aspect_ratio": "widescreen_16_9", "guidance_scale": 2.5, "seed": 7},
            ]
        },
    )

    prompt: Annotated[
        str,
        Field(
            description="What the image shall show; not blank.",
            json_schema_extra={
                "minLength": 1,
                "maxLength": MAX_PROMPT_CHARACTERS,
                "pattern": NOT_BLANK,
            },
        ),
        AfterValidator(_drawable),
    ]
    aspect_ratio: AspectRatio | None = Field(AspectRatio.SQUARE_1_1, description="The image's shape.")
    guidance_scale: Annotated[float, Field(ge=0, le=MAX_GUIDANCE_SCALE, allow_inf_nan=False)] | None = Field(
        DEFAULT_GUIDANCE_SCALE, description="How strongly the prompt is enforced."
    )
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = Field(
        None, description="Where the noise starts; drawn at random if it is missing."
    )
    webhook_url: (
        Annotated[
            str,
            Field(
                json_schema_extra={
                    "format": "uri",
                    "maxLength": MAX_URL_CHARACTERS,
                    "pattern": "^https?://",
                },
            ),
            AfterValidator(_web_url),
        ]
        | None
    ) = Field(None, description="Where each change of status is POSTed.")

    def to_request(self) -> GenerationRequest:
        """The request it asks for; null means the default. Raises `InvalidRequest`."""
        guidance_scale = DEFAULT_GUIDANCE_SCALE if self.guidance_scale is None else self.guidance_scale
        return GenerationRequest(
            prompt=self.prompt,
            aspect_ratio=self.aspect_ratio or AspectRatio.SQUARE_1_1,
            guidance_scale=guidance_scale,
            seed=self.seed,
        )


@dataclass(frozen=True, slots=True)
class Submission:
    """What stays of a POST's body once it is read. What is ignored may be megabytes, and does not."""

    request: GenerationRequest
    """What to draw."""
    webhook_url: str | None
    """Where each change of status is to be announced."""
    ignored_fields: tuple[str, ...]
    """The names of the fields that mean nothing to us, cut to what a header could show, in the order they came."""
    digest: str | None = None
    """The `body_digest` of all of it; None unless it was asked for."""


def parse_generation(body: bytes | bytearray, *, with_digest: bool = False) -> Submission:
    """Read a POST's body. Raises `InvalidRequest`, which names every field that is wrong.

    pydantic reads the bytes itself: it refuses bad UTF-8, lone surrogates and deep nesting, and keeps
    JSON's types apart, which a detour by `json.loads` would lose (`true == 1`).

    Args:
        body: JSON.
        with_digest: whether somebody wants to compare it with another one.
    """
    # A value can take forty times its bytes (`[],`), and each but the first has one of these before it.
    if sum(map(body.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise InvalidRequest(InvalidParam("body", f"Input should have at most {MAX_VALUES} values"))
    try:
        found = GenerationBody.model_validate_json(body)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidRequest(*invalid_params(errors, "body")) from None
    return Submission(
        request=found.to_request(),
        webhook_url=found.webhook_url,
        ignored_fields=tuple(name[:MAX_NAME_CHARACTERS] for name in found.model_extra or ()),
        digest=body_digest(found.model_dump(mode="json")) if with_digest else None,
    )


def invalid_params(errors: Iterable[Any], location: str) -> list[InvalidParam]:
    """What pydantic found wrong in the body, the query or the headers, in our words."""
    return [
        InvalidParam(str(error["loc"][0]) if error["loc"] else location, error["msg"], location) for error in errors
    ]


class PromptBody(BaseModel):
    """A prompt to read."""

    model_config = ConfigDict(strict=True, json_schema_extra={"examples": [{"prompt": "a cat and a spaceship"}]})

    prompt: Annotated[str, Field(max_length=MAX_PROMPT_CHARACTERS, description="May be empty, or half of a sentence.")]


class KeyRequest(BaseModel):
    """An API key to make. A field that is not here is an error: nobody shall get more than was meant."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "laptop", "scopes": ["read"], "expires_in_days": 30}]}
    )

    name: str = Field(
        strict=True,
        min_length=1,
        max_length=MAX_KEY_NAME_CHARACTERS,
        pattern=NOT_BLANK,
        description="What to call it; not blank.",
    )
    scopes: list[Scope] = Field(
        sorted(DEFAULT_SCOPES), min_length=1, max_length=len(Scope), description="What it may do."
    )
    expires_in_days: Annotated[float, Field(strict=True, gt=0, le=MAX_KEY_DAYS, allow_inf_nan=False)] | None = Field(
        None, description="Days until it ends by itself; null: never."
    )
    rate_limit: Annotated[int, Field(strict=True, ge=1, le=MAX_COUNT)] | None = Field(
        None, description="Its requests a minute; null: as many as any key."
    )
    concurrency: Annotated[int, Field(strict=True, ge=1, le=MAX_COUNT)] | None = Field(
        None, description="Its tasks that may wait or be drawn at a time; null: as many as any key's."
    )


class TaskBody(BaseModel):
    """A task as the contract shows it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"task_id": TASK_ID, "status": "CREATED", "generated": []}]}
    )

    task_id: str = Field(json_schema_extra={"format": "uuid"})
    status: TaskStatus
    generated: list[str] = Field(description="The image's signed URL, once COMPLETED.")
    error: str | SkipJsonSchema[None] = Field(None, description="Why it FAILED; only there if it did.")


class TaskEnvelope(BaseModel):
    """One task."""

    data: TaskBody


class TaskSummary(BaseModel):
    """A task in the list."""

    task_id: str = Field(json_schema_extra={"format": "uuid"})
    status: TaskStatus


class TaskListEnvelope(BaseModel):
    """Tasks, newest first."""

    data: list[TaskSummary]


class ErrorBody(BaseModel):
    """Every error has a message."""

    message: str


class InvalidParamBody(BaseModel):
    """A field that is wrong."""

    field: str = Field(description="Place and name.", examples=["body.seed"])
    name: str = Field(examples=["seed"])
    reason: str = Field(examples=["Input should be a valid integer"])


class InvalidBody(ErrorBody):
    """The request breaks the contract."""

    message: str = Field(examples=["Validation error"])
    invalid_params: list[InvalidParamBody]
