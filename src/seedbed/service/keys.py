"""API keys over HTTP, for those that may look after them: list, make and revoke, `/v1/seedbed/keys`."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from seedbed.errors import InvalidParam, InvalidRequest, ScopeMissing
from seedbed.service.auth import Caller
from seedbed.service.bodies import received_body
from seedbed.service.openapi import documented
from seedbed.service.parts import TheParts
from seedbed.service.schemas import KeyRequest, invalid_params
from seedbed.store.keys import KeyRecord, Scope

__all__ = ["Administrator", "KeyBody", "KeyEnvelope", "KeyListEnvelope", "administrator", "router", "wanted_key"]

router = APIRouter(prefix="/v1/seedbed", tags=["Keys"])


class KeyBody(BaseModel):
    """An API key, all but the key."""

    model_config = ConfigDict(from_attributes=True)

    key_id: str
    name: str
    hint: str = Field(description="How the key begins.")
    state: str = Field(description="valid, expired or revoked")
    scopes: list[Scope]
    is_yours: bool = Field(description="Whether this is the key that the request shows.")
    from_settings: bool = Field(description="Whether it comes from `SEEDBED_API_KEYS`.")
    created_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")
    expires_at: datetime | None
    revoked_at: datetime | None
    rate_limit: int | None = Field(description="Requests a minute; null: as many as any key.")
    concurrency: int | None = Field(description="Its tasks that may wait or be drawn at a time.")
    key: str | None = Field(None, description="The key itself: told once, to whoever makes it.")


class KeyEnvelope(BaseModel):
    """One key."""

    data: KeyBody


class KeyListEnvelope(BaseModel):
    """Keys, oldest first."""

    data: list[KeyBody]


def administrator(key: Caller) -> KeyRecord:
    """The caller's key. Raises `ScopeMissing` unless it may look after all of them."""
    if Scope.ADMIN not in key.scopes:
        raise ScopeMissing(f"the API key lacks the scope {Scope.ADMIN}")
    return key


Administrator = Annotated[KeyRecord, Depends(administrator)]
"""A key that may look after all keys; a route that names it is closed to all others."""


async def wanted_key(request: Request, parts: TheParts, _key: Administrator) -> KeyRequest:
    """What the POST asks for, read only once its sender is known."""
    async with received_body(request, parts.settings.max_body_bytes, parts.room) as body:
        try:
            return KeyRequest.model_validate_json(bytes(body))
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            raise InvalidRequest(*invalid_params(found, "body")) from None


@router.get("/key", response_model=KeyEnvelope, **documented("own_key"))
def own_key(key: Caller) -> dict[str, Any]:
    """What the key that you show may do."""
    return {"data": _body(key, key)}


@router.get("/keys", response_model=KeyListEnvelope, **documented("keys"))
def keys(parts: TheParts, key: Administrator) -> dict[str, Any]:
    """All keys, revoked ones too, oldest first; for keys with the scope `admin`."""
    return {"data": [_body(record, key) for record in parts.keys.list()]}


@router.post("/keys", response_model=KeyEnvelope, **documented("create_key"))
def create_key(
    parts: TheParts, key: Administrator, wanted: Annotated[KeyRequest, Depends(wanted_key)]
) -> dict[str, Any]:
    """Make a key; the answer alone holds it. It may do no more than the key that makes it."""
    scopes = frozenset(wanted.scopes)
    if not scopes <= key.scopes:
        raise ScopeMissing(f"the API key lacks the scope {', '.join(sorted(scopes - key.scopes))}")
    days = wanted.expires_in_days
    record, plaintext = parts.keys.create(
        wanted.name,
        scopes=scopes,
        expires_at=None if days is None else datetime.now(UTC) + timedelta(days=days),
        rate_limit=wanted.rate_limit,
        concurrency=wanted.concurrency,
    )
    return {"data": {**_body(record, key), "key": plaintext}}


KeyId = Annotated[str, Path(pattern="^[A-Za-z0-9_]{1,64}$", description="As the list tells it.")]


@router.delete("/keys/{key_id}", response_model=KeyEnvelope, **documented("revoke_key"))
def revoke_key(parts: TheParts, key: Administrator, key_id: KeyId) -> dict[str, Any]:
    """End a key: from now on its requests are refused; its tasks stay. No key ends itself."""
    if key_id == key.key_id:
        raise InvalidRequest(InvalidParam("key_id", "is the key that you show; another one must revoke it", "path"))
    return {"data": _body(parts.keys.revoke(key_id), key)}


def _body(record: KeyRecord, shown: KeyRecord) -> dict[str, Any]:
    same = (
        "key_id",
        "name",
        "hint",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
        "rate_limit",
        "concurrency",
    )
    return {
        **{name: getattr(record, name) for name in same},
        "state": record.state(datetime.now(UTC)),
        "scopes": sorted(record.scopes),
        "is_yours": record.key_id == shown.key_id,
        "from_settings": record.bootstrap,
    }
