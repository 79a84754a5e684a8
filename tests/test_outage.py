"""A database that goes away while it is needed, and comes back. Runs where Postgres is installed."""

import json
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.postgres import OwnCluster, binaries, cluster
from tests.process import KEY, TASKS, Server, serving

PROMPT = "a private wish"
RECEIVER = "http://127.0.0.1:9/path-secret?token=query-secret"


@pytest.fixture
def postgres() -> Iterator[OwnCluster]:
    """A Postgres of this test's own, which others need not miss."""
    pytest.importorskip("psycopg")
    programs = binaries()
    if programs is None:
        pytest.skip("Postgres is not installed")
    home = Path(tempfile.mkdtemp(prefix="seedbed-outage-"))
    try:
        with cluster(programs, home) as own:
            yield own
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_while_the_database_is_away_callers_are_told_to_come_again_and_logs_keep_quiet(
    postgres: OwnCluster, tmp_path: Path
) -> None:
    with serving(tmp_path, database_url=postgres.fresh(), webhook_allow_private="true") as server:
        before = server.post(PROMPT)
        assert before is not None
        server.until(before, "COMPLETED", within=PATIENCE)
        postgres.stop(signal.SIGINT)
        answers = [server.client.post(TASKS, json={"prompt": PROMPT, "webhook_url": RECEIVER}) for _ in range(3)]
        answers.append(server.client.get(f"{TASKS}/{before}"))
        postgres.start()
        assert {answer.status_code for answer in answers} == {503}
        assert {answer.headers["retry-after"] for answer in answers} == {"5"}
        assert {answer.json()["message"] for answer in answers} == {"Service Unavailable. Please try again later."}
        after = come_again(server)
        assert server.until(after, "COMPLETED", within=PATIENCE)["status"] == "COMPLETED"
    log = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines].count("database away") >= len(answers)
    assert "unexpected error" not in log
    for hidden in (PROMPT, KEY, "path-secret", "query-secret"):
        assert hidden not in log


def come_again(server: Server) -> str:
    """The id of a task that a server takes, once it does."""
    until = time.monotonic() + PATIENCE
    while (task_id := server.post(PROMPT, webhook_url=RECEIVER)) is None:
        assert time.monotonic() < until
        time.sleep(0.2)
    return task_id
