"""What became of a key's webhooks, and telling one again: routes beyond the contract."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from seedbed.service.auth import Caller
from seedbed.service.openapi import documented
from seedbed.service.parts import TheParts
from seedbed.store.deliveries import DeliveryOutcome, DeliveryRecord

__all__ = ["DeliveryBody", "DeliveryListEnvelope", "again", "attempts", "recent", "router"]

router = APIRouter(prefix="/v1/webhooks/deliveries", tags=["Webhooks"])


class DeliveryBody(BaseModel):
    """One attempt at a webhook."""

    webhook_id: str
    task_id: str = Field(json_schema_extra={"format": "uuid"})
    attempt: int = Field(description="From 1; a replay begins at 1 anew.")
    made_at: datetime
    seconds: float = Field(description="What the receiver took.")
    outcome: DeliveryOutcome
    detail: str = Field(description="The receiver's status, or why it did not take it.")
    next_at: datetime | None = Field(description="When the next attempt is due.")


class DeliveryListEnvelope(BaseModel):
    """Attempts, newest first."""

    data: list[DeliveryBody]


WebhookId = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,64}$", description="As `webhook-id` says it.")]
TaskFilter = Annotated[str | None, Query(pattern="^[0-9A-Fa-f-]{1,36}$", description="Only that task's.")]


@router.get("", response_model=DeliveryListEnvelope, **documented("recent"))
def recent(
    response: Response,
    parts: TheParts,
    key: Caller,
    limit: Annotated[int, Query(ge=1, le=1000, description="Attempts a page.")] = 100,
    cursor: Annotated[int | None, Query(ge=1, le=2**62, description="From `x-seedbed-next-cursor`.")] = None,
    task_id: TaskFilter = None,
    outcome: Annotated[DeliveryOutcome | None, Query(description="Only those with this outcome.")] = None,
) -> dict[str, Any]:
    """The key's attempts at webhooks, newest first, a page at a time."""
    page = parts.runtime.log.page(key_id=key.reach, task_id=task_id, outcome=outcome, before=cursor, limit=limit + 1)
    if len(page) > limit:
        response.headers["x-seedbed-next-cursor"] = str(page[limit - 1].sequence)
    return {"data": [_body(record) for record in page[:limit]]}


@router.get("/{webhook_id}", response_model=DeliveryListEnvelope, **documented("attempts"))
def attempts(parts: TheParts, key: Caller, webhook_id: WebhookId) -> dict[str, Any]:
    """All attempts at one event, newest first."""
    return {"data": [_body(record) for record in parts.runtime.log.event(webhook_id, key_id=key.reach)]}


@router.post("/{webhook_id}/replay", response_model=DeliveryListEnvelope, **documented("again"))
def again(parts: TheParts, key: Caller, webhook_id: WebhookId) -> dict[str, Any]:
    """Tell an event again: signed anew, under the same `webhook-id`. Its attempts so far are answered."""
    return {"data": [_body(record) for record in parts.runtime.replay(webhook_id, key_id=key.reach)]}


def _body(record: DeliveryRecord) -> dict[str, Any]:
    shown = ("webhook_id", "task_id", "made_at", "seconds", "outcome", "detail", "next_at")
    return {"attempt": record.number, **{name: getattr(record, name) for name in shown}}
