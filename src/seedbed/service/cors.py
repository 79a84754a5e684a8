"""Which browser apps may call the API: none, unless a setting names their origins."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from seedbed.service.errors import answer
from seedbed.service.headers import POST_HEADERS, TASK_HEADERS

__all__ = ["install_cors"]

_METHODS = ("GET", "HEAD", "POST", "DELETE")
_READABLE = (
    "x-request-id",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "retry-after",
    "x-seedbed-next-cursor",
    *TASK_HEADERS,
    *POST_HEADERS,
)


class _JsonCors(CORSMiddleware):
    """Starlette's middleware, whose refusals are plain text; ours are JSON like every other error."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to a browser that asks beforehand."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        return answer(response.status_code, bytes(response.body).decode(), kept)


def install_cors(app: FastAPI, origins: Sequence[str]) -> None:
    """Let `origins` in; without any, browsers keep every foreign page out by themselves."""
    if origins:
        app.add_middleware(
            _JsonCors,
            allow_origins=list(origins),
            allow_methods=_METHODS,
            allow_headers=["*"],
            expose_headers=_READABLE,
            max_age=600,
        )
