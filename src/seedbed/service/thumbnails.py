"""Small pictures of the large ones, for galleries: made when they are asked for, kept by the browser."""

import io
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from PIL import Image

from seedbed.errors import LinkError, StorageError
from seedbed.service.downloads import Token
from seedbed.service.openapi import documented
from seedbed.service.parts import TheParts

__all__ = ["router", "thumbnail"]

QUALITY = 82

router = APIRouter(prefix="/thumbnails", tags=["Images"])


@router.get("/{path:path}", response_class=Response, **documented("thumbnail"))
def small(
    request: Request,
    parts: TheParts,
    path: str,
    token: Token = "",
    side: Annotated[int, Query(ge=16, le=1024, description="Pixels of the longer side.")] = 384,
) -> Response:
    """A finished image made small, by the same token as the whole; needs no key."""
    if not token:
        raise LinkError("the URL has no token")
    seconds = parts.links.verify(path, token)
    etag = f'"{parts.images.head(path).etag.strip(chr(34))}-{side}"'
    headers = {"etag": etag, "cache-control": f"private, max-age={seconds}, immutable"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(thumbnail(parts.images.get(path), side), headers=headers, media_type="image/jpeg")


def thumbnail(jpeg: bytes, side: int) -> bytes:
    """The picture with its longer side `side` pixels, or as it is where that is shorter.

    Raises `StorageError` when what is stored is no picture.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
            # JPEG decodes to a half, a quarter or an eighth for a fraction of the work.
            image.draft("RGB", (side, side))
            image.thumbnail((side, side))
            small = io.BytesIO()
            image.save(small, "JPEG", quality=QUALITY)
    except OSError as error:
        raise StorageError(f"the stored image cannot be read: {error}") from error
    return small.getvalue()
