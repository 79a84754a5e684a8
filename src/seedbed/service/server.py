"""Runs the service on one address until a signal ends it."""

import ipaddress
import socket
from collections.abc import Callable

import structlog
import uvicorn
from fastapi import FastAPI

from seedbed.engine.models import check_model
from seedbed.errors import ConfigurationError
from seedbed.service.app import create_app
from seedbed.service.parts import Parts
from seedbed.service.protocol import JsonHttpProtocol
from seedbed.settings import Settings
from seedbed.store.claim import claim_worker
from seedbed.store.images import ImageStore
from seedbed.store.keys import KeyStore
from seedbed.store.schema import open_database

__all__ = ["ensure_key", "listen", "run_server", "serve_on", "server_config"]

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
    for model in (settings.model, *settings.model_aliases.values()):
        check_model(model)
    new_key = ensure_key(settings)
    # Opened again by the app; here a wrong URL is one sentence and not uvicorn's traceback.
    ImageStore(settings.storage)
    with listen(settings) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        say(f"Seedbed listens on {settings.own_url} (its API to try: {settings.own_url}/docs)")
        if new_key is not None:
            say(f"API key, shown only this once: {new_key}")
        if not settings.webhook_secret:
            say("Webhooks are signed with this server's own secret: `seedbed webhooks secret` shows it")
        structlog.get_logger().info("starting", url=settings.own_url, model=settings.model)
        serve_on(listener, settings)


class _Server(uvicorn.Server):
    """uvicorn's server, which also ends when the model is given up."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._seedbed = app

    @property
    def failure(self) -> str | None:
        """Why the model was given up."""
        parts: Parts = self._seedbed.state.parts
        return parts.engine.failure

    async def on_tick(self, counter: int) -> bool:
        """Whether to end; asked ten times a second."""
        return await super().on_tick(counter) or self.failure is not None


def serve_on(listener: socket.socket, settings: Settings) -> None:
    """Serve on a listening socket until a signal ends us, or the model cannot be loaded.

    Raises `ConfigurationError` for that, and when the server cannot start.
    """
    app = create_app(settings)
    server = _Server(server_config(settings, app), app)
    try:
        server.run(sockets=[listener])
    except SystemExit as error:
        # uvicorn's way to say that the lifespan did not start.
        raise ConfigurationError("the server could not start; the log says why") from error
    if server.failure is not None:
        raise ConfigurationError(f"the model could not be loaded: {server.failure}")


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
        http=JsonHttpProtocol,
        # No route of ours speaks WebSocket; without this, asking for one would be refused in plain text.
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=round(settings.shutdown_grace),
    )
