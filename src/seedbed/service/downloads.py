"""Serves the images to whoever holds a signed URL: whole, in ranges, or not at all when unchanged."""

import re
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from seedbed.errors import LinkError
from seedbed.service.errors import answer
from seedbed.service.openapi import documented
from seedbed.service.parts import TheParts
from seedbed.store.images import ImageFacts
from seedbed.store.links import IMAGES_ROUTE

__all__ = ["Token", "parse_range", "router"]

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII | re.IGNORECASE)

router = APIRouter(tags=["Images"])

Token = Annotated[str, Query(description="From the task: `exp=<unix>~hmac=<hex>`.")]


@router.head(IMAGES_ROUTE + "/{path:path}", include_in_schema=False)
@router.get(IMAGES_ROUTE + "/{path:path}", response_class=Response, **documented("download"))
def download(request: Request, parts: TheParts, path: str, token: Token = "") -> Response:
    """A finished image, by the signed URL that its task names; needs no key."""
    if not token:
        raise LinkError("the URL has no token")
    seconds = parts.links.verify(path, token)
    facts = parts.images.head(path)
    headers = {
        "etag": facts.etag,
        "accept-ranges": "bytes",
        "cache-control": f"private, max-age={seconds}, immutable",
    }
    if _unchanged(request, facts):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    span = _wanted(request, facts)
    if span is not None and not span:
        return answer(416, "Range not satisfiable", {"content-range": f"bytes */{facts.size}"})
    return _image(request, facts, headers, span, parts, path)


def _image(
    request: Request,
    facts: ImageFacts,
    headers: dict[str, str],
    span: range | None,
    parts: TheParts,
    path: str,
) -> Response:
    size = facts.size if span is None else len(span)
    if span is not None:
        headers["content-range"] = f"bytes {span.start}-{span.stop - 1}/{facts.size}"
    headers["content-length"] = str(size)
    image = b"" if request.method == "HEAD" else parts.images.get(path, span)
    status = HTTPStatus.OK if span is None else HTTPStatus.PARTIAL_CONTENT
    return Response(image, status, headers, media_type="image/jpeg")


def _unchanged(request: Request, facts: ImageFacts) -> bool:
    known = request.headers.get("if-none-match", "")
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    return "*" in tags or facts.etag in tags


def _wanted(request: Request, facts: ImageFacts) -> range | None:
    # If-Range: a part only of the very image that the client holds the other parts of.
    same = request.headers.get("if-range", facts.etag) == facts.etag
    return parse_range(request.headers.get("range", ""), facts.size) if same else None


def parse_range(header: str, size: int) -> range | None:
    """The positions that a Range header asks for (RFC 9110, section 14).

    None stands for the whole: no header, one that we do not understand, or several ranges, which a
    server may always answer so. An empty range cannot be satisfied.
    """
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size) if int(last) else range(0)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1) if last else size)
