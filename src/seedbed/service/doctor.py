"""Looks a deployment over and says in words what is wrong with it, and what to do."""

import asyncio
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import text

from seedbed.engine.inspection import inspect_model
from seedbed.engine.models import ModelKind, ModelSource, parse_model
from seedbed.engine.remote_server import RemoteServer
from seedbed.errors import ConfigurationError, SeedbedError
from seedbed.settings import Settings
from seedbed.store.deliveries import DeliveryLog, DeliveryOutcome
from seedbed.store.images import ImageStore
from seedbed.store.keys import KeyStore
from seedbed.store.schema import POOL_SIZE, Database, open_database
from seedbed.store.tasks import TaskStore
from seedbed.store.workers import WorkerStore

__all__ = ["Finding", "Severity", "examine"]

PROBE = "doctor/probe.jpeg"
"""An image that no task has."""
LOW_DISK_BYTES = 1024**3
FEW_FILES = 4096
OLD_SECONDS = 300.0
SKEW_SECONDS = 2.0
DEAD_LETTERS = 1000
CONNECTIONS = 2 * POOL_SIZE + 3
"""What one process may open to Postgres: its pool, as much again at the peak, its claim and two to spare."""


class Severity(StrEnum):
    """How bad it is."""

    OK = "ok"
    """As it should be."""
    WARNING = "warning"
    """It works, but somebody should know."""
    TROUBLE = "trouble"
    """It does not work, or soon will not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found."""

    severity: Severity
    """How bad it is."""
    words: str
    """What is so, and what to do about it."""


Look = Callable[[Settings, Database], Iterator[Finding]]


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything that can be looked at while others serve; changes nothing but a probe in the image store."""
    for model in (settings.model, *settings.model_aliases.values()):
        yield from _settled(partial(_model, settings, model))
    yield from _settled(lambda: _addresses(settings))
    yield from _settled(lambda: _images(settings))
    yield _files()
    with ExitStack() as held:
        try:
            database = open_database(settings)
        except ConfigurationError as error:
            yield _trouble(f"{error}; is SEEDBED_DATABASE_URL right, and the database up?")
            return
        held.callback(database.close)
        for look in _LOOKS:
            yield from look(settings, database)


def _settled(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What `look` finds; that it cannot look is a finding, too."""
    try:
        yield from look()
    except SeedbedError as error:
        yield _trouble(str(error))


def _model(settings: Settings, model: str) -> Iterator[Finding]:
    source = parse_model(model)
    if source.kind is ModelKind.REMOTE:
        yield _remote(settings, source)
    elif source.kind is not ModelKind.BUILT_IN:
        yield from _foreign(settings, source)
    elif model.startswith("noop"):
        yield _warning(f"the model is {model}, which draws nothing: for tests only")
    else:
        yield _ok(f"the model is {model}")


def _foreign(settings: Settings, source: ModelSource) -> Iterator[Finding]:
    found = inspect_model(settings, source)
    yield _ok(f"the model {found.source.label} is whole: {found.family.name}, licence {found.licence or 'unknown'}")
    if found.licence is None:
        yield _warning(f"nobody says what the licence of {found.source.label} is")
    if source.kind is ModelKind.HUB and source.revision is None:
        pinned = f"{found.source.name}@{found.source.revision}"
        yield _warning(f"{source.name} is no particular revision, and the next pull may change it: say {pinned}")


def _remote(settings: Settings, source: ModelSource) -> Finding:
    key = settings.remote_api_key
    server = RemoteServer(source.where, key.get_secret_value() if key else None)
    if asyncio.run(server.is_healthy()):
        return _ok(f"the model's server at {source.where} answers")
    return _trouble(f"the model's server at {source.where} does not answer: start it, or mend SEEDBED_MODEL")


def _addresses(settings: Settings) -> Iterator[Finding]:
    if settings.public_url is None:
        yield _warning(
            f"webhooks link to images at {settings.base_url}, which others may not reach: set SEEDBED_PUBLIC_URL"
        )
    elif not settings.public_url.startswith("https:"):
        yield _warning(f"{settings.public_url} is not https: some clients keep only https links")
    else:
        yield _ok(f"links lead to {settings.public_url}")
    if settings.webhook_allow_private:
        yield _warning("webhooks may go to private addresses: whoever has a key reaches your network with them")


def _images(settings: Settings) -> Iterator[Finding]:
    images, content = ImageStore(settings.storage), f"probe of {time.time()}".encode()
    images.put(PROBE, content)
    is_same = images.get(PROBE) == content
    images.delete(PROBE)
    where = settings.storage.partition("?")[0]
    yield (
        _ok(f"images can be stored and read at {where}")
        if is_same
        else _trouble(f"what was stored at {where} is not what was read: does another deployment use the same place?")
    )
    if settings.storage_url is None:
        free = shutil.disk_usage(settings.data_dir).free
        if free < LOW_DISK_BYTES:
            yield _trouble(
                f"{free // 1024**2} MiB are left for {settings.data_dir}: set SEEDBED_RETENTION or a larger disk"
            )


def _files() -> Finding:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FEW_FILES:
        return _warning(
            f"the system lets a process open {hard} files: raise it to {FEW_FILES} (LimitNOFILE, ulimit -n)"
        )
    return _ok("enough files may be open at once")


def _database(settings: Settings, database: Database) -> Iterator[Finding]:
    url = database.engine.url.render_as_string(hide_password=True)
    if database.is_sqlite:
        yield _ok(f"the database is {url}; for several machines it has to be Postgres")
        return
    yield _ok(f"the database is {url}")
    with database.read() as connection:
        allowed = int(connection.scalar(text("SHOW max_connections")) or 0)
        theirs = float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
    processes = max(1, len(_alive(settings, database)))
    needed = processes * CONNECTIONS
    if allowed < needed:
        yield _warning(f"max_connections of Postgres is {allowed}; {processes} processes may need {needed}: raise it")
    if abs(theirs - time.time()) > SKEW_SECONDS:
        yield _warning(f"this machine's clock is {time.time() - theirs:+.1f} s off the database's: links expire by it")


def _keys(_settings: Settings, database: Database) -> Iterator[Finding]:
    now = datetime.now(UTC)
    valid = [key for key in KeyStore(database).list() if key.state(now) == "valid"]
    if not valid:
        yield _trouble("no API key is valid, so nobody can ask for anything: run `seedbed keys create`")
        return
    yield _ok(f"{len(valid)} API keys are valid")
    for key in valid:
        if key.expires_at is not None and key.expires_at < now + timedelta(days=7):
            yield _warning(f"the key {key.key_id} ({key.name}) ends on {key.expires_at:%Y-%m-%d}")


def _workers(settings: Settings, database: Database) -> Iterator[Finding]:
    workers, alive = WorkerStore(database).list(), _alive(settings, database)
    if any(alive.values()):
        yield _ok(f"{sum(alive.values())} of {len(alive)} processes draw: {', '.join(alive)}")
    else:
        yield _trouble("no process draws, so what is accepted waits: start `seedbed serve` or `seedbed worker`")
    for worker in workers:
        if worker.worker_id not in alive:
            yield _warning(f"{worker.worker_id} has been silent for {worker.silence:.0f} s: others took its tasks over")


def _queue(settings: Settings, database: Database) -> Iterator[Finding]:
    queue = TaskStore(database).queue()
    age = 0.0 if queue.oldest is None else (datetime.now(UTC) - queue.oldest).total_seconds()
    if queue.waiting >= settings.queue_limit:
        yield _trouble(f"{queue.waiting} tasks wait, and no more may: POST answers 503; start more workers")
    elif age > OLD_SECONDS:
        yield _warning(f"the oldest of {queue.waiting} waiting tasks has waited for {age:.0f} s: start more workers")
    else:
        yield _ok(f"{queue.waiting} tasks wait, {queue.drawn} are drawn")


def _webhooks(_settings: Settings, database: Database) -> Iterator[Finding]:
    since = datetime.now(UTC) - timedelta(days=1)
    dead = DeliveryLog(database).page(outcome=DeliveryOutcome.GIVEN_UP, limit=DEAD_LETTERS)
    recent = sum(record.made_at > since for record in dead)
    if recent:
        yield _warning(f"{recent} webhooks were given up since yesterday: `seedbed webhooks list --dead` shows which")
    else:
        yield _ok("no webhook was given up since yesterday")


_LOOKS: tuple[Look, ...] = (_database, _keys, _workers, _queue, _webhooks)


def _alive(settings: Settings, database: Database) -> dict[str, bool]:
    """The workers that beat, and whether each draws."""
    workers = WorkerStore(database).list()
    return {worker.worker_id: worker.draws for worker in workers if worker.silence <= settings.takeover_after}


def _ok(words: str) -> Finding:
    return Finding(Severity.OK, words)


def _warning(words: str) -> Finding:
    return Finding(Severity.WARNING, words)


def _trouble(words: str) -> Finding:
    return Finding(Severity.TROUBLE, words)
