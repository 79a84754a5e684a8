"""OpenTelemetry traces, off by default: one trace a task, from its acceptance over its drawing to its webhooks.

A task's id is a UUID, and so is a trace's: the trace of a task is known by its id alone. So nothing is stored for it;
it goes on over restarts and in whichever process has the task at hand, and whoever has a task id finds its trace. The
request that brought the task is a trace of its own, or its caller's; the task's first span links to it.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags
from opentelemetry.util.types import AttributeValue

from seedbed.errors import ConfigurationError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

__all__ = ["carry", "install_tracing", "request_span", "span", "waited"]

LAST_64_BITS: Final = (1 << 64) - 1
NS: Final = 1_000_000_000

_tracer = trace.get_tracer("seedbed")


def install_tracing(exporter: "SpanExporter | None" = None) -> None:
    """Record spans from now on and send them; once a process.

    Args:
        exporter: where they go; by default over OTLP to where OpenTelemetry's variables (`OTEL_EXPORTER_OTLP_…`) say.

    Raises `ConfigurationError` when the extra is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
    except ImportError as error:
        raise ConfigurationError(
            "SEEDBED_TRACING needs OpenTelemetry's SDK; install it: pip install 'seedbed[otel]'"
        ) from error
    # What OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say comes before our own name.
    provider = TracerProvider(resource=Resource({SERVICE_NAME: "seedbed"}).merge(Resource.create()))
    if exporter is None:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    else:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


@contextmanager
def request_span(method: str, headers: Mapping[str, str]) -> Iterator[Span]:
    """The span of an HTTP request: a child of its caller's where the `traceparent` header names one."""
    parent = propagate.extract(headers)
    # What goes wrong is answered, and the answer's status says so.
    with _tracer.start_as_current_span(
        method, parent, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
    ) as span:
        yield span


@contextmanager
def span(
    name: str,
    task_id: str,
    facts: Mapping[str, AttributeValue] | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    linked: bool = False,
) -> Iterator[Span]:
    """A span of a task's trace.

    Args:
        name: what is done.
        task_id: whose trace it is.
        facts: its attributes; never a prompt or a secret.
        kind: whether somebody else is called.
        linked: whether it points to the span that is current, the request's.
    """
    links = [Link(trace.get_current_span().get_span_context())] if linked else []
    named = {"seedbed.task_id": task_id, **(facts or {})}
    with _tracer.start_as_current_span(name, _context(task_id), kind, named, links) as begun:
        yield begun


def waited(task_id: str, since: datetime, until: datetime) -> None:
    """A span for what is over: the task's wait in the queue."""
    facts = {"seedbed.task_id": task_id}
    begun = _tracer.start_span("wait", _context(task_id), attributes=facts, start_time=_nanoseconds(since))
    begun.end(_nanoseconds(until))


def carry(headers: dict[str, str]) -> dict[str, str]:
    """`headers` with the `traceparent` of the span that is current, if spans are recorded."""
    propagate.inject(headers)
    return headers


def _context(task_id: str) -> Context:
    """A parent that was never recorded: it only says which trace it is."""
    number = uuid.UUID(task_id).int
    parent = SpanContext(number, number & LAST_64_BITS or 1, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return trace.set_span_in_context(NonRecordingSpan(parent))


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * NS)
