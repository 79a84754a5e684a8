"""Runs the service on one address until a signal ends it."""

import ipaddress
import os
import re
import socket
from collections.abc import Callable

import structlog
import uvicorn
from fastapi import FastAPI

from seedbed.engine.models import check_model
from seedbed.errors import ConfigurationError
from seedbed.service.app import create_app
from seedbed.service.parts import Parts
from seedbed.service.protocol import patient_protocol
from seedbed.service.resources import allow_many_files, keep_few_arenas, max_connections
from seedbed.settings import Settings
from seedbed.store.claim import claim_worker
from seedbed.store.images import ImageStore
from seedbed.store.keys import KeyStore
from seedbed.store.schema import open_database
from seedbed.workflow.tracing import install_tracing

__all__ = ["ensure_key", "listen", "own_name", "run_server", "run_worker", "serve_on", "server_config"]

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75
"""Longer than clients and proxies keep idle connections, so that we are never the first to hang up."""

Say = Callable[[str], None]


def run_server(settings: Settings, say: Say) -> None:
    """Serve on `settings.host` and `settings.port` until SIGTERM or SIGINT.

    Args:
        settings: everything the operator chose.
        say: gets what the operator must read once: the address, and a key if one was made.

    Raises `ConfigurationError` when nobody could use the server, it cannot start, or its model cannot be
    loaded. A server without a model would only collect tasks that it must fail; the tasks it has stay as
    they are, for the start after somebody mended it.
    """
    _check_models(settings)
    allow_many_files()
    keep_few_arenas()
    new_key = ensure_key(settings)
    # Opened again by the app; here a wrong URL is one sentence and not uvicorn's traceback.
    ImageStore(settings.storage)
    with listen(settings) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        say(f"Seedbed listens on {settings.own_url} (the playground; its API to try: {settings.own_url}/docs)")
        if new_key is not None:
            say(f"API key, shown only this once: {new_key}")
            # What stands behind # stays in the browser.
            say(f"To draw at once, open {settings.own_url}/#key={new_key}")
        if not settings.webhook_secret:
            say("Webhooks are signed with this server's own secret: `seedbed webhooks secret` shows it")
        structlog.get_logger().info("starting", url=settings.own_url, model=settings.model)
        serve_on(listener, settings)


def _check_models(settings: Settings) -> None:
    check_model(settings.model)
    for alias, model in settings.model_aliases.items():
        check_model(model, f"SEEDBED_MODELS={alias}")


def run_worker(settings: Settings, say: Say) -> None:
    """Draw what the servers of the same database accept, until SIGTERM or SIGINT.

    Args:
        settings: everything the operator chose; without a `worker_id`, the worker's name is one of its own.
        say: gets what the operator must read once: the worker's name, and where it tells how it is.

    Raises `ConfigurationError` when it cannot start, or its model cannot be loaded.
    """
    _check_models(settings)
    allow_many_files()
    keep_few_arenas()
    ImageStore(settings.storage)
    with listen(settings) as listener:
        named = settings.worker_id if "worker_id" in settings.model_fields_set else own_name()
        update = {"port": listener.getsockname()[1], "worker_id": named, "draws": True}
        settings = settings.model_copy(update=update)
        say(f"{named} draws, and tells how it is at {settings.own_url}/readyz")
        structlog.get_logger().info("starting", worker=named, url=settings.own_url, model=settings.model)
        serve_on(listener, settings, with_api=False)


def own_name() -> str:
    """A name that no other living worker has: in containers all have the process id 1, but other host names."""
    host = re.sub("[^A-Za-z0-9._-]", "-", socket.gethostname())[-40:]
    return f"worker-{host}-{os.getpid()}"


class _Server(uvicorn.Server):
    """uvicorn's server, which also ends when the model is given up, or another server has our name."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._seedbed = app

    @property
    def failure(self) -> str | None:
        """Why it must end."""
        parts: Parts = self._seedbed.state.parts
        if parts.engine is not None and parts.engine.failure is not None:
            return f"the model could not be loaded: {parts.engine.failure}"
        return parts.runtime.failure

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving; those who follow tasks are let go first, for they would never go by themselves."""
        parts: Parts = self._seedbed.state.parts
        parts.runtime.progress.close()
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Whether to end; asked ten times a second."""
        return await super().on_tick(counter) or self.failure is not None


def serve_on(listener: socket.socket, settings: Settings, *, with_api: bool = True) -> None:
    """Serve on a listening socket until a signal ends us, the model cannot be loaded, or another has our name.

    Args:
        listener: where.
        settings: everything the operator chose.
        with_api: whether to serve the API, or only how this worker is.

    Raises `ConfigurationError` for the latter two, and when the server cannot start or cannot send traces.
    """
    if settings.tracing:
        install_tracing()
    app = create_app(settings, with_api=with_api)
    server = _Server(server_config(settings, app), app)
    try:
        server.run(sockets=[listener])
    except SystemExit as error:
        # uvicorn's way to say that the lifespan did not start.
        raise ConfigurationError("the server could not start; the log says why") from error
    if server.failure is not None:
        raise ConfigurationError(server.failure)


def ensure_key(settings: Settings) -> str | None:
    """See to it that somebody can use the server.

    Without any key, a server that only this machine reaches makes one, which is returned; on any other
    address that would open it to whoever reads the log, so `ConfigurationError` is raised. So it is when
    another server of our name runs: its keys are not ours to replace.
    """
    database = open_database(settings)
    try:
        with claim_worker(database, settings.worker_id):
            return _ensure_key(settings, KeyStore(database))
    finally:
        database.close()


def _ensure_key(settings: Settings, keys: KeyStore) -> str | None:
    keys.add_bootstrap([key.get_secret_value() for key in settings.api_keys])
    if any(record.revoked_at is None for record in keys.list()):
        return None
    if not _is_loopback(settings.host):
        raise ConfigurationError(f"{settings.host} is not loopback and there is no API key: run `seedbed keys create`")
    return keys.create("made by the first start")[1]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(settings: Settings) -> socket.socket:
    """The listening socket, taken before anything costly starts: a port in use is told in one sentence."""
    try:
        family, *_, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server((address[0], address[1]), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from error


def server_config(settings: Settings, app: FastAPI) -> uvicorn.Config:
    """uvicorn's settings for `app`."""
    return uvicorn.Config(
        app,
        http=patient_protocol(settings.receive_timeout, max_connections()),
        # No route of ours speaks WebSocket; without this, asking for one would be refused in plain text.
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=round(settings.shutdown_grace),
    )
