import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from seedbed.errors import ConfigurationError
from seedbed.workflow.tracing import install_tracing, request_span, waited
from tests.process import started
from tests.receiver import receiving
from tests.service.served import serving

CALLER = "4bf92f3577b34da6a3ce929d0e0e4736"
NAMES = {"accept", "wait", "draw", "store", "webhook"}


@pytest.fixture(scope="session")
def exporter() -> InMemorySpanExporter:
    """Where this process's spans go from now on: OpenTelemetry takes one provider a process, and for good."""
    exporter = InMemorySpanExporter()
    install_tracing(exporter)
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Iterator[InMemorySpanExporter]:
    exporter.clear()
    yield exporter
    exporter.clear()


def of_trace(spans: Sequence[ReadableSpan], trace_id: str) -> list[ReadableSpan]:
    return [span for span in spans if span.context is not None and f"{span.context.trace_id:032x}" == trace_id]


def test_a_request_its_task_and_its_webhooks_are_traced(tmp_path: Path, spans: InMemorySpanExporter) -> None:
    traceparent = {"traceparent": f"00-{CALLER}-00f067aa0ba902b7-01"}
    with receiving() as receiver, serving(tmp_path, draws=True, webhook_allow_private=True) as server:
        answer = server.post(traceparent, prompt="a secret prompt", webhook_url=receiver.url)
        task_id = answer.json()["data"]["task_id"]
        server.ended(task_id)
        told = receiver.take(2)
    found = spans.get_finished_spans()
    mine = of_trace(found, task_id.replace("-", ""))
    assert {span.name for span in mine} == NAMES
    [request] = [span for span in of_trace(found, CALLER) if span.name.startswith("POST /v1/ai")]
    [accepted] = [span for span in mine if span.name == "accept"]
    assert [link.context for link in accepted.links] == [request.context]
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 200
    posted = {f"{span.context.span_id:016x}" for span in mine if span.name == "webhook" and span.context}
    assert {delivery.headers["traceparent"].split("-")[2] for delivery in told} == posted
    assert "secret prompt" not in "".join(span.to_json() for span in found)


def test_a_webhook_that_is_refused_is_an_error_of_its_span(tmp_path: Path, spans: InMemorySpanExporter) -> None:
    with serving(tmp_path, draws=True) as server:
        task_id = server.post(webhook_url="https://10.0.0.1/hook").json()["data"]["task_id"]
        server.ended(task_id)
        until = datetime.now(UTC) + timedelta(seconds=60)
        while not (sent := [span for span in spans.get_finished_spans() if span.name == "webhook"]):
            assert datetime.now(UTC) < until
    assert sent[0].status.status_code is StatusCode.ERROR


def test_a_wait_begins_when_the_task_was_accepted(spans: InMemorySpanExporter) -> None:
    accepted = datetime(2026, 1, 1, tzinfo=UTC)
    waited("6b0c1a52-7a0e-4f4a-9a62-0f6c5f0a1c11", accepted, accepted + timedelta(seconds=2))
    [span] = spans.get_finished_spans()
    assert (span.end_time or 0) - (span.start_time or 0) == 2_000_000_000


def test_a_caller_that_names_no_trace_begins_one(spans: InMemorySpanExporter) -> None:
    with request_span("GET", {"traceparent": "nonsense"}):
        pass
    [span] = spans.get_finished_spans()
    assert span.parent is None


def test_without_the_extra_tracing_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'seedbed\[otel\]'"):
        install_tracing()


def test_a_server_that_traces_loads_no_torch_and_one_that_does_not_loads_no_sdk(tmp_path: Path) -> None:
    script = (
        "import sys; import seedbed.service.server; assert 'opentelemetry.sdk' not in sys.modules;"
        "from seedbed.workflow.tracing import install_tracing; install_tracing();"
        "assert 'opentelemetry.sdk.trace' in sys.modules; assert 'torch' not in sys.modules"
    )
    with (tmp_path / "log").open("wb") as log:
        process = started([], {}, log, command=[sys.executable, "-c", script])
        assert process.wait(60) == 0, (tmp_path / "log").read_text()
