"""A server of today goes on where one of the first version was killed."""

from pathlib import Path

import pytest

from seedbed.settings import Settings
from tests.process import KEY, TASKS, serving
from tests.store.dumps import FIRST_PROMPTS, restore


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_the_first_version_left_is_finished_by_this_one(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    url = request.getfixturevalue("postgres").fresh() if kind == "postgres" else None
    data = tmp_path / "data"
    restore(kind, Settings(data_dir=data, database_url=url))
    settings = {"database_url": url} if url else {"database_url": f"sqlite:///{data}/seedbed.sqlite"}
    with serving(tmp_path, data_dir=str(data), storage_url=(data / "images").as_uri(), **settings) as server:
        told = server.client.get(f"{TASKS}?limit=10", headers={"x-freepik-api-key": KEY}).json()["data"]
        ids = [task["task_id"] for task in reversed(told)]
        assert len(ids) == len(FIRST_PROMPTS)
        ended = [server.until(task_id, "COMPLETED", "FAILED", within=60)["status"] for task_id in ids]
        assert ended == ["COMPLETED", "FAILED", "COMPLETED", "COMPLETED"]
        assert server.post("drawn by this version") is not None
