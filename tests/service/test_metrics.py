import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.backing import only_on_one_machine
from tests.receiver import Answer, receiving
from tests.service.served import Served, serving, spawned

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "metrics.md"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    changes = {"webhook_allow_private": True, "webhook_retry_base": 0.1}
    with serving(tmp_path_factory.mktemp("metrics"), **changes) as server:
        yield server


def scraped(served: Served) -> Samples:
    answer = served.client.get("/metrics", headers={"x-freepik-api-key": ""})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((name, frozenset(labels.items())), 0.0)


@only_on_one_machine("only who draws counts what it drew")
def test_a_finished_task_and_its_requests_are_counted_and_its_stages_measured(served: Served) -> None:
    before = scraped(served)
    assert served.drawn().json()["data"]["status"] == "COMPLETED"
    served.client.get("/no/such/path")
    after = scraped(served)

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert grown("seedbed_tasks_ended_total", status="COMPLETED") == 1
    for stage in ("wait", "draw", "store", "total"):
        assert grown("seedbed_stage_seconds_count", stage=stage) == 1
    total = value(after, "seedbed_stage_seconds_sum", stage="total")
    assert total >= value(after, "seedbed_stage_seconds_sum", stage="draw") > 0
    route = "/v1/ai/text-to-image/seedream-v4"
    assert grown("seedbed_http_requests_total", method="POST", route=route, status="200") == 1
    assert grown("seedbed_http_requests_total", method="GET", route="none", status="404") == 1
    assert value(after, "seedbed_engine_ready") == 1
    assert value(after, "seedbed_workers") == value(after, "seedbed_workers_drawing") == 1


@only_on_one_machine("only who draws counts failures")
def test_failures_are_counted_by_their_kind(served: Served) -> None:
    assert served.drawn(prompt="crash").json()["data"]["status"] == "FAILED"
    samples = scraped(served)
    assert value(samples, "seedbed_attempt_failures_total", error="EngineCrashed") == 3
    assert value(samples, "seedbed_tasks_ended_total", status="FAILED") == 1


def test_the_queue_has_a_depth_and_an_age(served: Served) -> None:
    ids = [served.post(prompt="slow 1").json()["data"]["task_id"] for _ in range(3)]
    time.sleep(0.5)
    samples = scraped(served)
    assert value(samples, "seedbed_queue_tasks") + value(samples, "seedbed_tasks_drawn") >= 1
    assert 0 < value(samples, "seedbed_queue_age_seconds") < 60
    for task_id in ids:
        served.ended(task_id)
    emptied = scraped(served)
    assert value(emptied, "seedbed_queue_tasks") == value(emptied, "seedbed_queue_age_seconds") == 0


def test_nobody_makes_series_by_asking_for_what_there_is_not(served: Served) -> None:
    count = len(scraped(served))
    for number in range(5):
        served.client.request(f"ODD{number}", f"/odd/{number}")
    assert len(scraped(served)) - count <= 2


def test_webhooks_are_counted_by_outcome(served: Served) -> None:
    answers = [Answer(), Answer(500)]
    before = scraped(served)

    def grown(outcome: str) -> float:
        name = "seedbed_webhook_attempts_total"
        return value(scraped(served), name, outcome=outcome) - value(before, name, outcome=outcome)

    with receiving(lambda d: answers.pop() if d.status == "COMPLETED" else Answer()) as receiver:
        served.drawn(webhook_url=receiver.url)
        until = time.monotonic() + 60
        while grown("delivered") < 2:
            assert time.monotonic() < until
            time.sleep(0.1)
    assert (grown("delivered"), grown("failed"), grown("given_up")) == (2, 1, 0)
    assert value(scraped(served), "seedbed_webhook_seconds_count") >= 3


def test_it_can_be_turned_off(tmp_path: Path) -> None:
    with spawned(tmp_path, "--port", "0", METRICS="false", API_KEYS="k") as (line, _process):
        url = line.split()[3]
        until = time.monotonic() + 60
        while True:
            try:
                answer = httpx2.get(f"{url}/metrics")
                break
            except httpx2.HTTPError:
                assert time.monotonic() < until
                time.sleep(0.1)
        assert answer.status_code == 404


@only_on_one_machine("only who draws has its numbers")
def test_the_page_of_the_metrics_names_each_and_no_other(served: Served) -> None:
    text = served.client.get("/metrics").text
    ours = {name for name in re.findall(r"^# TYPE (\w+) \w+$", text, re.MULTILINE) if name.startswith("seedbed_")}
    ours -= {name for name in ours if name.endswith("_created")}
    named = set(re.findall(r"^\| `(seedbed_\w+)`", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE))
    assert named == ours


def test_no_prompt_and_no_key_is_told(served: Served) -> None:
    served.drawn(prompt="a very particular cat")
    text = served.client.get("/metrics").text
    assert "particular" not in text
    assert "key_" not in text
