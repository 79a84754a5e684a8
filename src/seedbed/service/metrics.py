"""`/metrics` for Prometheus: what this process did, and how the queue and the workers stand."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedbed.service.openapi import error_responses
from seedbed.service.parts import Parts, TheParts
from seedbed.workflow.metrics import Metrics

__all__ = ["Meter", "Standing", "router"]

METHODS = {"GET", "HEAD", "POST", "DELETE", "OPTIONS"}

router = APIRouter(tags=["Health"])


@router.get(
    "/metrics",
    summary="How does it do, in numbers?",
    response_class=Response,
    responses={200: {"description": "Prometheus' text format.", "content": {"text/plain": {}}}, **error_responses(404)},
)
def metrics(parts: TheParts) -> Response:
    """Counters of this process, gauges of the whole deployment; needs no key, tells of nobody's tasks in particular."""
    if not parts.settings.metrics:
        raise HTTPException(404, "Not found")
    registry = CollectorRegistry()
    registry.register(Standing(parts))
    text = generate_latest(parts.runtime.metrics.registry) + generate_latest(registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


class Meter:
    """The middleware that counts requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on an ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            _count(scope, status, time.perf_counter() - began)


def _count(scope: Scope, status: int, seconds: float) -> None:
    # Patterns and known methods only: whoever asks for what there is not shall not make a series of each.
    route = getattr(scope.get("route"), "path", "none")
    method = scope["method"] if scope["method"] in METHODS else "other"
    metrics: Metrics = scope["app"].state.parts.runtime.metrics
    metrics.requests.labels(method, route, status).inc()
    metrics.request_seconds.labels(route).observe(seconds)


class Standing(Collector):
    """How the deployment stands when it is asked: the same from each of its processes, but for the engine."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: telling costs a look into the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The gauges."""
        parts, queue = self._parts, self._parts.tasks.queue()
        age = 0.0 if queue.oldest is None else max(0.0, (datetime.now(UTC) - queue.oldest).total_seconds())
        yield _gauge("seedbed_queue_tasks", "Tasks that wait to be drawn.", queue.waiting)
        yield _gauge(
            "seedbed_queue_limit", "Tasks that may wait; beyond it POST answers 503.", parts.settings.queue_limit
        )
        yield _gauge("seedbed_queue_age_seconds", "How long the oldest of them has waited.", age)
        yield _gauge("seedbed_tasks_drawn", "Tasks that are IN_PROGRESS.", queue.drawn)
        alive = [worker for worker in parts.workers.list() if worker.silence <= parts.settings.takeover_after]
        yield _gauge("seedbed_workers", "Processes that beat.", len(alive))
        yield _gauge("seedbed_workers_drawing", "Those of them that have an engine.", sum(w.draws for w in alive))
        if parts.engine is not None:
            yield _gauge(
                "seedbed_engine_ready", "Whether this process' engine is loaded and warm.", parts.engine.is_ready
            )


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)
