"""Puts the service together; wiring only."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from seedbed.service import (
    deliveries,
    details,
    downloads,
    events,
    health,
    keys,
    metrics,
    openai,
    routes,
    thumbnails,
    vocabulary,
)
from seedbed.service.aliases import install_aliases
from seedbed.service.cors import install_cors
from seedbed.service.docs import install_docs
from seedbed.service.errors import CatchAll, install_handlers
from seedbed.service.journal import Journal
from seedbed.service.metrics import Meter
from seedbed.service.openapi import describe
from seedbed.service.parts import open_parts
from seedbed.service.playground.page import install_playground
from seedbed.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings, *, with_api: bool = True) -> FastAPI:
    """The ASGI app; its lifespan opens the stores, the engine's process and the queues.

    Args:
        settings: what the operator chose.
        with_api: whether it serves the API; a worker's app only tells how the worker is.
    """
    app = FastAPI(
        lifespan=_lifespan(settings, with_api=with_api),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_url=None,
        # Its own spans would hold queries, and so the tokens that open images; ours are the journal's.
        telemetry={"tracing": False},
    )
    if with_api:
        _install_api(app, settings)
    app.include_router(health.router)
    app.include_router(metrics.router)
    describe(app)
    install_handlers(app)
    # The last added is the outermost.
    app.add_middleware(CatchAll)
    install_cors(app, settings.cors_origins)
    app.add_middleware(Journal)
    app.add_middleware(Meter)
    return app


def _install_api(app: FastAPI, settings: Settings) -> None:
    app.include_router(routes.router)
    install_aliases(app, routes.router, settings.model_aliases)
    for part in (deliveries, details, downloads, events, keys, openai, thumbnails, vocabulary):
        app.include_router(part.router)
    install_docs(app)
    install_playground(app)


def _lifespan(settings: Settings, *, with_api: bool) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Opening and closing block, and DBOS refuses to be started on an event loop's thread.
        parts = open_parts(settings, with_api=with_api)
        app.state.parts = await run_in_threadpool(parts.__enter__)
        try:
            yield
        finally:
            await run_in_threadpool(parts.__exit__, None, None, None)

    return lifespan
