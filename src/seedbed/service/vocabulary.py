"""What the model can be asked for, and what it understands of a prompt: `/v1/seedbed/vocabulary` and `…/reading`."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, ValidationError

from seedbed.errors import InvalidRequest
from seedbed.service.auth import Caller
from seedbed.service.bodies import received_body
from seedbed.service.details import Correction, corrected
from seedbed.service.openapi import documented
from seedbed.service.parts import TheParts
from seedbed.service.schemas import PromptBody, invalid_params
from seedbed.sprout.vocabulary import PACKAGED_VOCABULARY, Vocabulary
from seedbed.world.colours import BACKGROUNDS, COLOUR_SYNONYMS
from seedbed.world.wording import SCENERY_TAGS, STYLE_WORDS

__all__ = [
    "Colour",
    "Meaning",
    "Reading",
    "ReadingEnvelope",
    "VocabularyBody",
    "VocabularyEnvelope",
    "prompt_of",
    "read_prompt",
    "router",
    "vocabulary_of",
]

router = APIRouter(prefix="/v1/seedbed", tags=["Playground"])


class Colour(BaseModel):
    """A colour that has a name."""

    name: str
    rgb: tuple[int, int, int] = Field(description="Red, green and blue, 0 to 255.")


class VocabularyBody(BaseModel):
    """Words that the model was taught, by what they are for; all empty where a model has no such list."""

    model: str
    things: list[str] = Field(description="The nouns it draws.")
    styles: list[str]
    scenes: list[str] = Field(description="What may stand behind the things.")
    colours: list[Colour]


class VocabularyEnvelope(BaseModel):
    """What the model can be asked for."""

    data: VocabularyBody


class Meaning(BaseModel):
    """A noun of the prompt."""

    text: str = Field(description="As the prompt says it, lower case.")
    thing: str = Field(description="As the model calls it.")


class Reading(BaseModel):
    """What the model understands of a prompt."""

    ignored_words: list[str] = Field(description="Words that it does not know and will not draw.")
    meanings: list[Meaning] = Field(description="The nouns that it will draw.")
    read_as: list[Correction] = Field(description="Misspelt words that it puts right.")


class ReadingEnvelope(BaseModel):
    """What the model understands of a prompt."""

    data: Reading


async def prompt_of(request: Request, parts: TheParts, _key: Caller) -> str:
    """The POST's prompt, read only once its sender is known."""
    async with received_body(request, parts.settings.max_body_bytes, parts.room) as body:
        return _prompt(bytes(body))


def _prompt(body: bytes) -> str:
    try:
        return PromptBody.model_validate_json(body).prompt
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidRequest(*invalid_params(found, "body")) from None


@router.get("/vocabulary", response_model=VocabularyEnvelope, **documented("vocabulary"))
def vocabulary(parts: TheParts) -> dict[str, Any]:
    """What the model can be asked for; needs no key."""
    return {"data": vocabulary_of(parts.settings.model)}


@router.post("/reading", response_model=ReadingEnvelope, **documented("reading"))
def reading(parts: TheParts, prompt: Annotated[str, Depends(prompt_of)]) -> dict[str, Any]:
    """What the model understands of a prompt, before anything is drawn."""
    return {"data": read_prompt(parts.settings.model, prompt)}


@cache
def vocabulary_of(model: str) -> VocabularyBody:
    """What `model` was taught."""
    known = _known(model)
    if known is None:
        return VocabularyBody(model=model, things=[], styles=[], scenes=[], colours=[])
    colours = {name: (name, *COLOUR_SYNONYMS.get(name, ())) for name in BACKGROUNDS}
    return VocabularyBody(
        model=model,
        things=[thing for thing in known.things if thing not in known.characters],
        styles=_taught(known, STYLE_WORDS),
        scenes=_taught(known, SCENERY_TAGS),
        colours=[Colour(name=name, rgb=BACKGROUNDS[name]) for name in _taught(known, colours)],
    )


def read_prompt(model: str, prompt: str) -> Reading:
    """What `model` understands of `prompt`; one that keeps no vocabulary takes every word for known."""
    known = _known(model)
    if known is None or not prompt.strip():
        return Reading(ignored_words=[], meanings=[], read_as=[])
    meanings = [Meaning(text=text, thing=thing) for text, thing in known.meanings(prompt)]
    parsed = known.parse(prompt)
    return Reading(ignored_words=list(parsed.ignored_words), meanings=meanings, read_as=corrected(parsed.corrections))


@cache
def _known(model: str) -> Vocabulary | None:
    return Vocabulary.from_pretrained(PACKAGED_VOCABULARY) if model == "sprout" else None


def _taught(known: Vocabulary, names: Mapping[str, Iterable[str]]) -> list[str]:
    """The names whose every way to say them is known: "sky" alone may be there for the sake of "sky blue"."""
    return [
        name
        for name, texts in names.items()
        if all(known.knows(word) for text in texts for word in re.findall(r"\w+", text))
    ]
