"""Around every request: its id, the headers each answer carries, one log line, and a span where traces are recorded."""

import re
import time
import uuid

import structlog
from opentelemetry.trace import Span
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedbed.service.limits import Allowance
from seedbed.workflow.tracing import request_span

__all__ = ["Journal"]

NO_STORE = "max-age=0, no-cache, no-store"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._~:/+=@-]{1,128}", re.ASCII)

_log = structlog.get_logger("seedbed.requests")


class Journal:
    """The outermost middleware.

    Routes leave `key_id`, `task_id` and `allowance` in the request's state, for the line and the headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on an ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        request_id = state["request_id"] = _request_id(scope)
        began = time.perf_counter()
        status: int | None = None

        async def finish_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _complete(MutableHeaders(scope=message), request_id, state.get("allowance"))
            await send(message)

        with (
            structlog.contextvars.bound_contextvars(request_id=request_id),
            request_span(scope["method"], Headers(scope=scope)) as span,
        ):
            try:
                await self._app(scope, receive, finish_headers)
            finally:
                _log.info("request", **_facts(scope, status, began))
                _describe(span, scope, status)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _complete(headers: MutableHeaders, request_id: str, allowance: Allowance | None) -> None:
    headers["x-request-id"] = request_id
    headers.setdefault("cache-control", NO_STORE)
    headers.setdefault("x-content-type-options", "nosniff")
    if allowance is not None:
        headers.update(allowance.headers)


def _describe(span: Span, scope: Scope, status: int | None) -> None:
    """What OpenTelemetry's conventions want to know; the route, for a path's ids would make a name of each."""
    route = getattr(scope.get("route"), "path", None)
    if route:
        span.update_name(f"{scope['method']} {route}")
        span.set_attribute("http.route", route)
    span.set_attribute("http.request.method", scope["method"])
    span.set_attribute("http.response.status_code", status or 500)
    for name in ("request_id", "key_id", "task_id"):
        if scope["state"].get(name):
            span.set_attribute(f"seedbed.{name}", scope["state"][name])


def _facts(scope: Scope, status: int | None, began: float) -> dict[str, object]:
    # The path only: a query may hold an image's token, which opens it to whoever reads the log.
    state = scope["state"]
    facts = {
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "ms": round((time.perf_counter() - began) * 1000, 1),
        "key_id": state.get("key_id"),
        "task_id": state.get("task_id"),
    }
    return {name: fact for name, fact in facts.items() if fact is not None}
