"""Who asks: the API key in one of three headers, and what that key may still take."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from seedbed.errors import MissingKey, ScopeMissing, TooManyRequests
from seedbed.service.parts import Parts, parts_of
from seedbed.store.keys import KeyRecord, Scope

__all__ = ["Caller", "caller"]

READING = {"GET", "HEAD"}
"""Methods that change nothing."""

_freepik = APIKeyHeader(name="x-freepik-api-key", scheme_name="FreepikKey", auto_error=False)
_magnific = APIKeyHeader(name="x-magnific-api-key", scheme_name="MagnificKey", auto_error=False)
_bearer = HTTPBearer(scheme_name="Bearer", auto_error=False)


def caller(
    request: Request,
    parts: Annotated[Parts, Depends(parts_of)],
    freepik: Annotated[str | None, Security(_freepik)],
    magnific: Annotated[str | None, Security(_magnific)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> KeyRecord:
    """The key that the request shows, first of the hosts' two headers, then as Bearer token.

    The key is looked up by its digest, so how long that takes tells of digests, which nobody can steer,
    and not of keys: no comparison here needs constant time.

    Raises `MissingKey`, `InvalidKey`, `TooManyRequests` when the key's rate is used up, and `ScopeMissing` when the
    key may not do what the request's method says: look, or change something.
    """
    shown = freepik or magnific or (bearer.credentials if bearer else "")
    if not shown.strip():
        raise MissingKey("Missing API key")
    key = parts.keys.verify(shown.strip())
    allowance = parts.limiter.take(key.key_id, key.rate_limit)
    # The journal writes these to the answer's headers and to the log line.
    request.state.key_id = key.key_id
    request.state.allowance = allowance
    if not allowance.granted:
        raise TooManyRequests(allowance.reset)
    needed = Scope.READ if request.method in READING else Scope.GENERATE
    if needed not in key.scopes:
        raise ScopeMissing(f"the API key lacks the scope {needed}")
    return key


Caller = Annotated[KeyRecord, Depends(caller)]
"""The API key of whoever asks; a route that names it is closed to all others."""
