"""The image store: a folder by default, S3 by URL; no reader ever sees half an image."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import obstore
from obstore.exceptions import BaseError, GenericError
from obstore.store import from_url

from seedbed.errors import ConfigurationError, ImageNotFound, StorageError

__all__ = ["S3_PATIENCE", "ImageFacts", "ImageStore", "image_path"]

S3_PATIENCE = timedelta(seconds=10)
"""After which no further try of a request begins: a task is tried again anyway, and who waits for a picture is told."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What is known of a stored image without reading it."""

    size: int
    """Its length in bytes."""
    etag: str
    """Its ETag, quotes included; another one if the image was ever stored anew."""


def image_path(task_id: str) -> str:
    """Where a task's image lies: the contract's file name, in one of 256 folders.

    It depends on the task alone: a task that is drawn again after a crash overwrites its own image.
    """
    return f"{task_id[:2]}/result_SEEDREAM_V4_{task_id}_0.jpeg"


class ImageStore:
    """JPEG images by path.

    Args:
        url: `file:///…` or `s3://bucket/prefix`, whose keys come from the usual AWS variables.

    Raises `ConfigurationError` for a URL that no store understands; every method raises
    `StorageError`, and `ImageNotFound` where there is no such image.
    """

    def __init__(self, url: str) -> None:
        self._local = url.startswith("file:")
        try:
            self._store = from_url(url, mkdir=True) if self._local else from_url(url, **_patience(url))
        except (BaseError, OSError, ValueError) as error:
            raise ConfigurationError(f"no image store at {url}: {_first_line(error)}") from error

    def put(self, path: str, image: bytes) -> None:
        """Store `image`, whole or not at all: a folder gets it by rename, S3 by one request."""
        # Only S3 keeps attributes; a folder has none, and our own route names the type anyway.
        attributes = None if self._local else {"Content-Type": "image/jpeg"}
        with _our_errors(path):
            obstore.put(self._store, path, image, attributes=attributes, use_multipart=False)

    def head(self, path: str) -> ImageFacts:
        """Size and ETag of the image at `path`."""
        with _our_errors(path):
            meta = obstore.head(self._store, path)
        return ImageFacts(meta["size"], meta["e_tag"] or f'"{meta["last_modified"].timestamp()}"')

    def get(self, path: str, span: range | None = None) -> bytes:
        """The image's bytes, or those at the positions in `span`."""
        with _our_errors(path):
            if span is not None:
                # Some that speak S3 answer 200 to a question for a part, which obstore takes for no answer.
                with suppress(GenericError):
                    return bytes(obstore.get_range(self._store, path, start=span.start, end=span.stop))
            whole = bytes(obstore.get(self._store, path).bytes())
            return whole if span is None else whole[span.start : span.stop]

    def delete(self, path: str) -> None:
        """Remove the image; one that is not there is no error."""
        with _our_errors(path):
            try:
                obstore.delete(self._store, path)
            except FileNotFoundError:
                # S3 answers the same for a key that was never there: deleting twice is deleting once.
                return


def _patience(url: str) -> dict[str, Any]:
    """How long to wait for a store that is away; without it, obstore would try for three minutes."""
    if url.startswith("memory:"):
        return {}
    # One try may take obstore's 30 seconds. Options for that would replace those that AWS_… variables say.
    return {"retry_config": {"max_retries": 5, "retry_timeout": S3_PATIENCE}}


@contextmanager
def _our_errors(path: str) -> Iterator[None]:
    # obstore raises OSError for a folder's troubles, ValueError for a path that cannot be, its own else.
    try:
        yield
    except (FileNotFoundError, ValueError) as error:
        raise ImageNotFound(f"no image at {path}") from error
    except (BaseError, OSError) as error:
        raise StorageError(f"{path}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    # What follows the first line is a dump of Rust structures.
    return str(error).partition("\n")[0]
