"""Everything a route may need, opened once and closed in turn."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from seedbed.engine.group import EngineGroup, open_engines
from seedbed.engine.process import EngineProcess
from seedbed.service.bodies import Room
from seedbed.service.limits import RateLimiter
from seedbed.settings import Settings
from seedbed.store.images import ImageStore
from seedbed.store.keys import KeyStore
from seedbed.store.links import LinkSigner
from seedbed.store.schema import open_database
from seedbed.store.secrets import SecretStore
from seedbed.store.tasks import TaskStore
from seedbed.store.workers import WorkerStore
from seedbed.workflow.runtime import Runtime

__all__ = ["BaseUrl", "Parts", "TheParts", "base_url", "open_parts", "parts_of"]

BODIES_AT_ONCE = 2
"""Of the largest that are accepted; while they are read and parsed they take two to seven times their size."""

_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Parts:
    """The service's insides."""

    settings: Settings
    """What the operator chose."""
    tasks: TaskStore
    """Tasks, as the API shows them."""
    keys: KeyStore
    """Who may ask."""
    images: ImageStore
    """The pictures."""
    links: LinkSigner
    """Opens pictures to whoever holds a URL."""
    limiter: RateLimiter
    """How much each key asked."""
    room: Room
    """Memory for large bodies."""
    engine: EngineProcess | EngineGroup | None
    """The process that draws, or one for each model; None where other workers do."""
    runtime: Runtime
    """The durable queues."""
    workers: WorkerStore
    """Who works through them."""


@contextmanager
def open_parts(settings: Settings, *, with_api: bool = True) -> Iterator[Parts]:
    """Open the stores, start the engine's process and the queues; close all of it in reverse.

    Args:
        settings: what the operator chose.
        with_api: whether this process serves the API and sends the webhooks; otherwise it only draws.
    """
    with ExitStack() as stack:
        database = open_database(settings)
        stack.callback(database.close)
        keys = KeyStore(database)
        tasks = TaskStore(database)
        images = ImageStore(settings.storage)
        links = LinkSigner(SecretStore(database).get("links"), settings.url_ttl)
        engine = stack.enter_context(_engine(settings)) if settings.draws else None
        runtime = Runtime(settings, database, tasks, images, engine, links, delivers=with_api)
        stack.callback(runtime.shutdown)
        runtime.launch()
        if with_api:
            # Only now is the database surely ours: another server's keys are not to be replaced by these.
            keys.add_bootstrap([key.get_secret_value() for key in settings.api_keys])
        limiter, room = RateLimiter(settings.rate_limit), Room(BODIES_AT_ONCE * settings.max_body_bytes)
        yield Parts(settings, tasks, keys, images, links, limiter, room, engine, runtime, WorkerStore(database))


@contextmanager
def _engine(settings: Settings) -> Iterator[EngineProcess | EngineGroup]:
    engine = open_engines(settings)
    try:
        engine.start()
        yield engine
    finally:
        engine.close()


async def parts_of(request: Request) -> Parts:
    """The parts of the app that a request came to.

    Async like all dependencies that do not block: each other one costs a trip to a thread.
    """
    parts: Parts = request.app.state.parts
    return parts


TheParts = Annotated[Parts, Depends(parts_of)]


async def base_url(request: Request, parts: TheParts) -> str:
    """Scheme and host for the links in an answer: the public URL, else where the request itself went."""
    if parts.settings.public_url is not None:
        return parts.settings.base_url
    host = request.headers.get("host", "")
    # A client may send anything as Host; what is none is not repeated.
    if not _HOST.fullmatch(host):
        return parts.settings.base_url
    return f"{request.scope['scheme']}://{host}{request.scope.get('root_path', '')}"


BaseUrl = Annotated[str, Depends(base_url)]
