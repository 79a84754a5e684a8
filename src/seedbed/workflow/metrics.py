"""What this process did, as numbers for Prometheus; what all of them share, the database tells."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

__all__ = ["Metrics"]

STAGE_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
CALL_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

# When each series began is of no use to us, and a third of the text.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The counters of one process, in a registry of its own; any thread may count."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.stages = Histogram(
            "seedbed_stage_seconds",
            "What a task's stages took: wait (accepted to begun), draw, store, and total (accepted to ended).",
            ["stage"],
            buckets=STAGE_SECONDS,
            registry=self.registry,
        )
        self.tasks = Counter(
            "seedbed_tasks_ended", "Tasks that ended here, by their status.", ["status"], registry=self.registry
        )
        self.failures = Counter(
            "seedbed_attempt_failures",
            "Attempts at tasks that failed here, by the error's type; most are tried again.",
            ["error"],
            registry=self.registry,
        )
        self.webhooks = Counter(
            "seedbed_webhook_attempts",
            "Attempts at webhooks, by outcome: delivered, failed (to be tried again), given_up or superseded.",
            ["outcome"],
            registry=self.registry,
        )
        self.webhook_seconds = Histogram(
            "seedbed_webhook_seconds",
            "What receivers took, whatever they answered.",
            buckets=CALL_SECONDS,
            registry=self.registry,
        )
        self.requests = Counter(
            "seedbed_http_requests",
            "Requests to the API, by method, route and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "seedbed_http_request_seconds",
            "What requests took, by route.",
            ["route"],
            buckets=CALL_SECONDS,
            registry=self.registry,
        )
