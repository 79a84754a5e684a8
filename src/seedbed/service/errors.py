"""Errors become JSON here, whatever the route: a status, a `message`, nothing of our insides."""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedbed.errors import (
    BodyTooLarge,
    DeliveryNotFound,
    IdempotencyConflict,
    ImageNotFound,
    InvalidKey,
    InvalidParam,
    InvalidRequest,
    KeyBusy,
    KeyNotFound,
    LinkError,
    MissingKey,
    NotReady,
    QueueFull,
    ReplayRefused,
    ScopeMissing,
    SeedbedError,
    ServerBusy,
    TaskNotFound,
    TooManyRequests,
)
from seedbed.service.schemas import invalid_params

__all__ = ["CatchAll", "answer", "install_handlers"]

UNAVAILABLE = "Service Unavailable. Please try again later."
RETRY_AFTER = 5
"""Seconds after which a full queue or a loading model is worth another try."""

OPENAI_PATH = "/v1/images/generations"
"""Whose errors say all in OpenAI's form as well."""

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_ANSWERS: dict[type[SeedbedError], tuple[int, str]] = {
    MissingKey: (401, "Missing API key"),
    InvalidKey: (401, "Invalid API key"),
    LinkError: (403, "Forbidden"),
    ScopeMissing: (403, "Forbidden"),
    TaskNotFound: (404, "Task not found"),
    DeliveryNotFound: (404, "Delivery not found"),
    KeyNotFound: (404, "Key not found"),
    ReplayRefused: (409, "The task has another status by now"),
    ImageNotFound: (404, "Image not found"),
    IdempotencyConflict: (409, "The Idempotency-Key was used before with another body"),
    BodyTooLarge: (413, "Request body too large"),
    TooManyRequests: (429, "Too many requests"),
    KeyBusy: (429, "Too many tasks under way"),
    QueueFull: (503, UNAVAILABLE),
    NotReady: (503, UNAVAILABLE),
    ServerBusy: (503, UNAVAILABLE),
}
_SAYS_MORE = (LinkError, ScopeMissing, BodyTooLarge)
"""Errors whose own text helps the caller and gives nothing away."""


def install_handlers(app: FastAPI) -> None:
    """Make every error that `app` meets one of ours."""
    app.add_exception_handler(SeedbedError, _ours)
    app.add_exception_handler(RequestValidationError, _unfit)
    app.add_exception_handler(HTTPException, _frameworks)


def answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The JSON of an error."""
    return JSONResponse({"message": message}, status, headers=dict(headers or {}))


async def _ours(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, InvalidRequest):
        return _invalid(error.params, as_openai=request.url.path.endswith(OPENAI_PATH))
    known = next((kind for kind in type(error).__mro__ if kind in _ANSWERS), None)
    if known is None:
        # What we raise but never mean for a caller, such as a full disk, is the server's fault.
        raise error
    status, message = _ANSWERS[known]
    if known in _SAYS_MORE:
        message = f"{message}: {error}"
    return answer(status, message, _headers(status, error))


def _headers(status: int, error: Exception) -> dict[str, str]:
    if isinstance(error, TooManyRequests):
        return {"retry-after": str(error.retry_after)}
    if status == HTTPStatus.UNAUTHORIZED:
        return {"www-authenticate": "Bearer"}
    return {"retry-after": str(RETRY_AFTER)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}


def _invalid(params: tuple[InvalidParam, ...], *, as_openai: bool = False) -> JSONResponse:
    body: dict[str, object] = {
        "message": "Validation error",
        "invalid_params": [{"field": param.field, "name": param.name, "reason": param.reason} for param in params],
    }
    if as_openai:
        # Its clients show nothing else.
        reason = str(InvalidRequest(*params))
        body["error"] = {"message": reason, "type": "invalid_request_error", "param": params[0].name, "code": None}
    return JSONResponse(body, HTTPStatus.BAD_REQUEST)


async def _unfit(_request: Request, error: Exception) -> JSONResponse:
    # Only query parameters and headers come this way; bodies are ours to read.
    found = error.errors() if isinstance(error, RequestValidationError) else []
    return _invalid(
        tuple(
            param for item in found for param in invalid_params([{**item, "loc": item["loc"][1:]}], str(item["loc"][0]))
        )
    )


async def _frameworks(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    headers = error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"allow": ", ".join(_allowed(request))}
    return answer(error.status_code, error.detail, headers)


def _allowed(request: Request) -> list[str]:
    """The methods that the path takes; the router names only those of the first route that it met."""
    return [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.router.routes
        )
    ]


_AWAY = (OperationalError, InterfaceError, PoolExhausted)
"""What says that the database is away, full or overrun, which passes; each drops what was begun."""


class CatchAll:
    """Answers what nobody foresaw with the contract's 500, and logs it with its traceback.

    A database that is away is foreseen: the contract's 503, which says when to come again, and one line in the log.

    Starlette's own place for this lies outside every middleware; here the answer still gets its request
    id, its log line and its CORS headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on an ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except ClientDisconnect:
            structlog.get_logger().info("client left")
        except _AWAY as error:
            # The first line names the trouble; those after it are links and SQL.
            reason = str(error).partition("\n")[0]
            structlog.get_logger().error("database away", path=scope.get("path"), reason=reason)
            if started:
                raise
            headers = {"retry-after": str(RETRY_AFTER)}
            await answer(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE, headers)(scope, receive, send)
        except Exception:
            structlog.get_logger().exception("unexpected error", path=scope.get("path"))
            if started:
                raise
            await answer(500, "Internal Server Error")(scope, receive, send)
