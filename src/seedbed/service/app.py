"""Puts the service together; wiring only."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from seedbed.service import downloads, health, routes
from seedbed.service.aliases import install_aliases
from seedbed.service.cors import install_cors
from seedbed.service.docs import install_docs
from seedbed.service.errors import CatchAll, install_handlers
from seedbed.service.journal import Journal
from seedbed.service.openapi import describe
from seedbed.service.parts import open_parts
from seedbed.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings) -> FastAPI:
    """The ASGI app; its lifespan opens the stores, the engine's process and the queues."""
    app = FastAPI(
        lifespan=_lifespan(settings),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_url=None,
    )
    app.include_router(routes.router)
    install_aliases(app, routes.router, settings.model_aliases)
    app.include_router(downloads.router)
    app.include_router(health.router)
    install_docs(app)
    describe(app)
    install_handlers(app)
    # The last added is the outermost.
    app.add_middleware(CatchAll)
    install_cors(app, settings.cors_origins)
    app.add_middleware(Journal)
    return app


def _lifespan(settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Opening and closing block, and DBOS refuses to be started on an event loop's thread.
        parts = open_parts(settings)
        app.state.parts = await run_in_threadpool(parts.__enter__)
        try:
            yield
        finally:
            await run_in_threadpool(parts.__exit__, None, None, None)

    return lifespan
