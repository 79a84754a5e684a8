"""What the settings change: one server with unusual ones."""

import subprocess
import sys
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.backing import only_on_one_machine
from tests.service.served import KEY, OTHER_KEY, TASKS, Served, serving

APP = "https://app.example"
RATE = 240
"""In a minute: enough for all that these tests ask by the way."""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(
        tmp_path_factory.mktemp("odd"),
        api_keys=f"{KEY},{OTHER_KEY},third,fourth",
        url_ttl=2,
        queue_limit=2,
        rate_limit=RATE,
        empty_list_is_404=True,
        cors_origins=(APP,),
    ) as server:
        yield server


def test_a_key_without_tasks_may_be_told_so_as_the_hosts_do(odd: Served) -> None:
    answer = odd.client.get(TASKS, headers={"x-freepik-api-key": OTHER_KEY})
    assert (answer.status_code, answer.text) == (404, '{"message":"Tasks not found"}')
    odd.drawn()
    assert odd.client.get(TASKS, params={"status": "FAILED"}).status_code == 200


def test_a_url_expires_and_the_task_then_has_a_new_one(odd: Served) -> None:
    task = odd.drawn().json()["data"]
    (url,) = task["generated"]
    until = time.monotonic() + 10
    while (answer := httpx2.get(url)).status_code == 200 and time.monotonic() < until:
        time.sleep(0.1)
    assert answer.status_code == 403
    assert "expired" in answer.json()["message"]
    (fresh,) = odd.get(task["task_id"]).json()["data"]["generated"]
    assert fresh != url
    assert httpx2.get(fresh).status_code == 200


@only_on_one_machine("workers take what waits, and the queue is not full")
def test_a_full_queue_turns_away_and_stores_nothing(odd: Served) -> None:
    key = {"x-freepik-api-key": "third"}
    busy = odd.post(key, prompt="slow 2").json()["data"]["task_id"]
    while odd.client.get(f"{TASKS}/{busy}", headers=key).json()["data"]["status"] == "CREATED":
        time.sleep(0.05)
    answers = [odd.post(key) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 503, 503]
    assert answers[-1].text == '{"message":"Service Unavailable. Please try again later."}'
    assert int(answers[-1].headers["retry-after"]) > 0
    assert len(odd.client.get(TASKS, headers=key).json()["data"]) == 3


def test_a_key_that_asks_too_often_is_told_when_to_come_back(odd: Served) -> None:
    fourth = {"x-freepik-api-key": "fourth"}
    answers = [odd.client.get(f"{TASKS}/x", headers=fourth) for _ in range(RATE + 5)]
    # A minute may have ended amid these requests.
    refused = [answer for answer in answers if answer.status_code == 429] or [
        answer for answer in [odd.client.get(TASKS, headers=fourth) for _ in range(RATE)] if answer.status_code == 429
    ]
    assert refused[0].text == '{"message":"Too many requests"}'
    assert 0 < int(refused[0].headers["retry-after"]) <= 60
    assert refused[0].headers["x-ratelimit-remaining"] == "0"
    assert odd.client.get(TASKS).status_code == 200


def test_a_browser_app_may_call_if_a_setting_names_it(odd: Served) -> None:
    asked = {
        "origin": APP,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-freepik-api-key",
    }
    preflight = odd.client.options(TASKS, headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == APP
    answer = odd.client.get(TASKS, headers={"origin": APP, "x-freepik-api-key": "wrong"})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == APP
    assert "x-seedbed-next-cursor" in answer.headers["access-control-expose-headers"]


def test_another_browser_app_is_refused_in_json(odd: Served) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = odd.client.options(TASKS, headers=asked)
    assert answer.status_code == 400
    assert answer.json() == {"message": "Disallowed CORS origin"}
    assert (
        "access-control-allow-origin" not in odd.client.get(TASKS, headers={"origin": "https://evil.example"}).headers
    )


def test_the_app_runs_without_torch() -> None:
    code = (
        "import sys, tempfile\n"
        "from seedbed.service.app import create_app\n"
        "from seedbed.settings import Settings\n"
        "from starlette.testclient import TestClient\n"
        "settings = Settings(data_dir=tempfile.mkdtemp(), model='noop', api_keys='k', poll_interval=0.05)\n"
        "with TestClient(create_app(settings)) as client:\n"
        "    key = dict(authorization='Bearer k')\n"
        f"    answer = client.post('{TASKS}', json=dict(prompt='a cat'), headers=key)\n"
        "    print(answer.status_code, 'torch' in sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert "200 False\n" in ran.stdout, ran.stderr
