"""Whether the process lives, and whether it draws."""

from typing import Any

from fastapi import APIRouter

from seedbed.errors import NotReady
from seedbed.service.openapi import error_responses
from seedbed.service.parts import Parts, TheParts

__all__ = ["router"]

router = APIRouter(tags=["Health"])


@router.head("/livez", include_in_schema=False)
@router.get("/livez", summary="Is the process alive?")
async def livez() -> dict[str, str]:
    """200 as long as the process answers at all; needs no key."""
    return {"status": "alive"}


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Can it draw?", responses=error_responses(503))
def readyz(parts: TheParts) -> dict[str, Any]:
    """200 once the model is loaded and warmed, 503 before and while it restarts; needs no key.

    A server that leaves the drawing to workers answers 200, with the number of those that beat.

    POST does not wait for it: tasks are durable, so one that comes early is stored and drawn later.
    """
    if parts.engine is None:
        return {"status": "ready", "workers": _alive(parts)}
    if not parts.engine.is_ready:
        raise NotReady("the model is still loading")
    identity = parts.engine.identity
    return {"status": "ready", "model": identity.name, "model_digest": identity.digest}


def _alive(parts: Parts) -> int:
    """How many workers draw."""
    return sum(worker.draws and worker.silence <= parts.settings.takeover_after for worker in parts.workers.list())
