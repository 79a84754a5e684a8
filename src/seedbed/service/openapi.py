"""The OpenAPI document: what each route takes, answers and refuses, told exactly."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from seedbed.service.headers import POST_HEADERS, TASK_HEADERS
from seedbed.service.openai_schemas import ImagesBody
from seedbed.service.schemas import IMAGE_URL, TASK_ID, ErrorBody, GenerationBody, InvalidBody, KeyRequest, PromptBody

__all__ = ["describe", "documented", "error_responses"]

VERSION = "0.1.0"
"""The package's own; a test holds the two together."""
REF = "#/components/schemas/{model}"
DESCRIPTION = """Text to image behind the Seedream 4 API, on your own machine and with your own model.

Every error is JSON with a `message`. Success is always 200. Every answer carries `x-request-id`."""

_ERRORS = {
    400: ("Something in the request is wrong; each field is named.", "Validation error"),
    401: ("The API key is missing, unknown or revoked.", "Invalid API key"),
    403: (
        "The API key lacks the scope; or the URL has expired, or was changed.",
        "Forbidden: the URL has expired; GET the task for a new one",
    ),
    404: ("There is none, or it belongs to another key.", "Task not found"),
    409: (
        "The Idempotency-Key was used before with another body, or the event is over.",
        "The Idempotency-Key was used before with another body",
    ),
    413: ("The body is larger than this server takes.", "Request body too large: at most 33554432 bytes"),
    416: ("The image is not that long.", "Range not satisfiable"),
    429: ("Too many requests; try again after `retry-after` seconds.", "Too many requests"),
    500: ("The server is at fault.", "Internal Server Error"),
    503: ("Not now; try again after `retry-after` seconds.", "Service Unavailable. Please try again later."),
}
"""What each error means, and a message that it has."""
_RATE_HEADERS = {
    "x-ratelimit-limit": "Requests a minute.",
    "x-ratelimit-remaining": "Requests left in this minute.",
    "x-ratelimit-reset": "Seconds until the next minute.",
}
_CREATED = {"task_id": TASK_ID, "status": "CREATED", "generated": []}
_COMPLETED = {"task_id": TASK_ID, "status": "COMPLETED", "generated": [IMAGE_URL]}
_CANCELLED = {"task_id": TASK_ID, "status": "FAILED", "generated": [], "error": "cancelled by its owner"}
_PAGE = [{"task_id": TASK_ID, "status": "COMPLETED"}]
_DETAIL = {
    **_COMPLETED,
    "prompt": "two owls",
    "aspect_ratio": "square_1_1",
    "guidance_scale": 2.5,
    "seed": 7,
    "size": {"width": 2048, "height": 2048},
    "webhook_url": None,
    "created_at": "2026-11-24T10:00:00Z",
    "started_at": "2026-11-24T10:00:01Z",
    "finished_at": "2026-11-24T10:00:02Z",
    "queue_position": None,
    "step": 12,
    "num_inference_steps": 12,
    "cancel_requested": False,
    "model": "sprout",
    "model_digest": "0" * 64,
    "ignored_words": [],
    "read_as": [],
    "image": IMAGE_URL.removeprefix("https://host/"),
    "error": None,
}
_VOCABULARY = {
    "model": "sprout",
    "things": ["cat", "pizza"],
    "styles": ["flat"],
    "scenes": ["beach"],
    "colours": [{"name": "light blue", "rgb": [178, 220, 245]}],
}
_READING = {
    "ignored_words": ["spaceship"],
    "meanings": [{"text": "kitten", "thing": "cat"}],
    "read_as": [{"written": "kiten", "read_as": "kitten"}],
}
_MODELS = {"object": "list", "data": [{"id": "sprout", "object": "model", "created": 0, "owned_by": "seedbed"}]}
_IMAGES = {"created": 1764000000, "data": [{"url": IMAGE_URL}], "output_format": "jpeg", "size": "2048x2048"}
_EVENTS = {
    "text/event-stream": {
        "schema": {"type": "string"},
        "example": 'event: task\ndata: {"task_id": "…", "status": "IN_PROGRESS", "step": 3, …}\n\n',
    }
}
_EVENTS_TOLD = (
    "A `task` event with a `TaskDetail` for each change. With `previews`, now and then also a `preview` event, "
    '`{"task_id": "…", "image": "data:image/jpeg;base64,…"}`: how its picture comes along, at most 256 pixels a side.'
)
_DELIVERIES = [
    {
        "webhook_id": f"msg_{TASK_ID}_completed",
        "task_id": TASK_ID,
        "attempt": 1,
        "made_at": "2026-11-24T12:00:00Z",
        "seconds": 0.2,
        "outcome": "failed",
        "detail": "the receiver answered 500",
        "next_at": "2026-11-24T12:00:14Z",
    }
]
_KEY = {
    "key_id": "key_0123456789abcdef",
    "name": "laptop",
    "hint": "sb_AbCdE",
    "state": "valid",
    "scopes": ["generate", "read"],
    "is_yours": False,
    "from_settings": False,
    "created_at": "2026-11-24T12:00:00Z",
    "last_used_at": None,
    "expires_at": None,
    "revoked_at": None,
    "rate_limit": None,
    "concurrency": None,
}
_BINARY = {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """FastAPI's `responses` for the errors that a route may answer."""
    return {status: _error_response(status) for status in statuses}


def documented(name: str) -> dict[str, Any]:
    """The keyword arguments that tell FastAPI all there is to say about the route called `name`."""
    described: dict[str, Any] = {
        "operation_id": name,
        # A key that is not there is left out: no `error` unless there is one.
        "response_model_exclude_unset": True,
        **_ROUTES[name],
    }
    return described


def _error_response(status: int) -> dict[str, Any]:
    meaning, message = _ERRORS[status]
    response: dict[str, Any] = {"model": InvalidBody if status == 400 else ErrorBody, "description": meaning}
    if status in (429, 503):
        response["headers"] = _headers({"retry-after": "Seconds to wait."})
    if status != 400:  # whose schema has an example in each field
        response["content"] = {"application/json": {"example": {"message": message}}}
    return response


def _headers(meanings: dict[str, str]) -> dict[str, Any]:
    return {header: {"description": meaning, "schema": {"type": "string"}} for header, meaning in meanings.items()}


def _success(description: str, headers: dict[str, str], example: object) -> dict[int | str, dict[str, Any]]:
    return {
        200: {
            "description": description,
            "headers": _headers({**_RATE_HEADERS, **headers}),
            "content": {"application/json": {"example": {"data": example}}},
        }
    }


def _body(model: str) -> dict[str, Any]:
    """What a route takes; FastAPI never sees it, for the route reads the bytes itself, with a limit."""
    content = {"application/json": {"schema": {"$ref": REF.format(model=model)}}}
    return {"requestBody": {"required": True, "content": content}}


def _told(data: object, **more: object) -> dict[int | str, dict[str, Any]]:
    """The success of a route of our own."""
    return {200: {"description": "So it is.", "content": {"application/json": {"example": {"data": data, **more}}}}}


_ROUTES: dict[str, dict[str, Any]] = {
    "submit": {
        "summary": "Submit a prompt",
        "responses": _success("Stored; it will be drawn.", {**TASK_HEADERS, **POST_HEADERS}, _CREATED)
        | error_responses(400, 401, 403, 409, 413, 429, 500, 503),
        "openapi_extra": _body("GenerationBody"),
    },
    "look": {
        "summary": "Look at a task",
        "responses": _success("How it stands.", TASK_HEADERS, _COMPLETED) | error_responses(401, 403, 404, 429, 500),
    },
    "history": {
        "summary": "List tasks",
        "responses": _success("A page.", {"x-seedbed-next-cursor": "`cursor` of the next page, if any."}, _PAGE)
        | error_responses(400, 401, 403, 404, 429, 500),
    },
    "cancel": {
        "summary": "Cancel a task",
        "responses": _success("How it stands now.", TASK_HEADERS, _CANCELLED)
        | error_responses(401, 403, 404, 429, 500),
    },
    "recent": {
        "summary": "List attempts at webhooks",
        "responses": _success("A page.", {"x-seedbed-next-cursor": "`cursor` of the next page, if any."}, _DELIVERIES)
        | error_responses(400, 401, 403, 429, 500),
    },
    "attempts": {
        "summary": "Look at a webhook",
        "responses": _success("Its attempts.", {}, _DELIVERIES) | error_responses(400, 401, 403, 404, 429, 500),
    },
    "again": {
        "summary": "Tell a webhook again",
        "responses": _success("Its attempts so far; another follows.", {}, _DELIVERIES)
        | error_responses(400, 401, 403, 404, 409, 429, 500, 503),
    },
    "own_key": {
        "summary": "Look at the key that you show",
        "responses": _told({**_KEY, "is_yours": True}) | error_responses(401, 403, 429, 500),
    },
    "keys": {
        "summary": "List all keys",
        "responses": _told([_KEY]) | error_responses(401, 403, 429, 500),
    },
    "create_key": {
        "summary": "Make a key",
        "responses": _told({**_KEY, "key": "sb_…"}) | error_responses(400, 401, 403, 413, 429, 500, 503),
        "openapi_extra": _body("KeyRequest"),
    },
    "revoke_key": {
        "summary": "Revoke a key",
        "responses": _told({**_KEY, "state": "revoked", "revoked_at": "2026-11-24T13:00:00Z"})
        | error_responses(400, 401, 403, 404, 429, 500),
    },
    "download": {
        "summary": "Download an image",
        "responses": {
            200: {"description": "The image.", "content": _BINARY},
            206: {"description": "The part that `range` asks for.", "content": _BINARY},
            304: {"description": "The image is the one named in `if-none-match`."},
            **error_responses(403, 404, 416, 500),
        },
    },
    "thumbnail": {
        "summary": "Download an image made small",
        "responses": {
            200: {"description": "The small image.", "content": _BINARY},
            304: {"description": "The image is the one named in `if-none-match`."},
            **error_responses(400, 403, 404, 500),
        },
    },
    "models": {
        "summary": "List the model",
        "responses": {200: {"description": "So it is.", "content": {"application/json": {"example": _MODELS}}}}
        | error_responses(401, 403, 429, 500),
    },
    "images": {
        "summary": "Draw as OpenAI's clients ask for it",
        "responses": {
            200: {
                "description": "The pictures.",
                "headers": _headers({"x-seedbed-ignored-fields": POST_HEADERS["x-seedbed-ignored-fields"]}),
                "content": {"application/json": {"example": _IMAGES}},
            }
        }
        | error_responses(400, 401, 403, 413, 429, 500, 503),
        "openapi_extra": _body("ImagesBody"),
    },
    "vocabulary": {"summary": "What the model can be asked for", "responses": _told(_VOCABULARY)},
    "reading": {
        "summary": "What the model understands of a prompt",
        "responses": _told(_READING) | error_responses(400, 401, 403, 413, 429, 500, 503),
        "openapi_extra": _body("PromptBody"),
    },
    "tasks": {
        "summary": "List tasks in full",
        "responses": _told([_DETAIL], next_cursor=None) | error_responses(400, 401, 403, 429, 500),
    },
    "task": {
        "summary": "Look at a task in full",
        "responses": _told(_DETAIL) | error_responses(401, 403, 404, 429, 500),
    },
    "events": {
        "summary": "Follow all tasks",
        "responses": {200: {"description": _EVENTS_TOLD, "content": _EVENTS}}
        | error_responses(400, 401, 403, 429, 500),
    },
    "task_events": {
        "summary": "Follow a task",
        "responses": {200: {"description": _EVENTS_TOLD, "content": _EVENTS}}
        | error_responses(400, 401, 403, 404, 429, 500),
    },
}


BODIES = (GenerationBody, PromptBody, ImagesBody, KeyRequest)
"""What routes read by themselves, and FastAPI never sees."""


def describe(app: FastAPI) -> None:
    """Give `app` its document, and the route that serves it."""

    def document() -> dict[str, Any]:
        app.openapi_schema = app.openapi_schema or _document(app)
        return app.openapi_schema

    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    async def openapi() -> dict[str, Any]:
        return document()

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way to change the document
    app.include_router(router)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that may be missing, which is not to say that it may be `null`."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return {**kinds[0], **{k: v for k, v in schema.items() if k != "anyOf"}} if len(kinds) == 1 else schema


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title="Seedbed", version=VERSION, description=DESCRIPTION, routes=app.routes)
    for operations in document["paths"].values():
        for operation in operations.values():
            # FastAPI adds its own validation error wherever there is a parameter; ours is a 400.
            operation["responses"].pop("422", None)
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _without_null(parameter["schema"])
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _, body = models_json_schema([(model, "validation") for model in BODIES], ref_template=REF)
    schemas.update(body["$defs"])
    return document
