"""Signed image URLs: who holds one may fetch that image, without a key, until it expires.

For whoever announces a task (`workflow/deliver`): `signer.body(task, settings.base_url)` is the whole
webhook body, link included. It needs nothing from the service.
"""

import hmac
import math
import re
import time
from collections.abc import Callable
from hashlib import sha256

from seedbed.errors import LinkError
from seedbed.task import Task

__all__ = ["IMAGES_ROUTE", "LinkSigner"]

IMAGES_ROUTE = "/images"
"""Where the service serves the image store."""

_TOKEN = re.compile(r"exp=([0-9]{1,12})~hmac=([0-9a-f]{64})", re.ASCII)


class LinkSigner:
    """Signs image paths in the contract's form, `exp=<unix>~hmac=<hex>`, and checks them.

    Args:
        secret: the HMAC-SHA256 key; one for all replicas, so it lives in the database.
        ttl: seconds that a link lives.
        clock: unix time in seconds.
    """

    def __init__(self, secret: bytes, ttl: int, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._ttl = ttl
        self._clock = clock

    def sign(self, path: str, expires: int) -> str:
        """The token that opens `path` until the unix time `expires`."""
        # The number comes first and ends at the first "~": no path can be read as another expiry.
        text = f"exp={expires}~{path}".encode()
        return f"exp={expires}~hmac={hmac.new(self._secret, text, sha256).hexdigest()}"

    def verify(self, path: str, token: str) -> int:
        """The seconds that `token` still opens `path`; raises `LinkError` if it does not."""
        match = _TOKEN.fullmatch(token)
        if match is None or not hmac.compare_digest(token, self.sign(path, int(match[1]))):
            raise LinkError("the URL is not signed by this server, or was changed")
        left = int(match[1]) - self._clock()
        if left <= 0:
            raise LinkError("the URL has expired; GET the task for a new one")
        return math.ceil(left)

    def expiry(self, finished: float) -> int:
        """When a link that is handed out now expires, for a task that finished at unix time `finished`.

        The contract signs once, at completion, so the answer depends on the completion and not on when
        one asks: everybody gets the same URL. After nine tenths of its life the next one takes over,
        so that nobody is ever given a link that dies while he fetches it.
        """
        start = math.ceil(finished)
        turn = max(1, self._ttl * 9 // 10)
        turns = max(0, math.floor((self._clock() - start) / turn))
        return start + turns * turn + self._ttl

    def url(self, task: Task, base_url: str) -> str | None:
        """The signed URL of the task's image, or None while there is none.

        Args:
            task: any task.
            base_url: scheme and host, with or without a trailing slash.
        """
        if task.image is None or task.finished_at is None:
            return None
        path = task.image.path
        token = self.sign(path, self.expiry(task.finished_at.timestamp()))
        return f"{base_url.rstrip('/')}{IMAGES_ROUTE}/{path}?token={token}"

    def body(self, task: Task, base_url: str) -> dict[str, object]:
        """What the contract shows of a task, with its image's URL: the body of GET and of a webhook."""
        return task.body(self.url(task, base_url))
