import time

from tests.service.served import TASKS, Served

DETAILS = "/v1/seedbed/tasks"


def test_a_task_is_told_in_full(served: Served) -> None:
    drawn = served.drawn(prompt="in full", seed=9, guidance_scale=4, aspect_ratio="classic_4_3").json()["data"]
    told = served.client.get(f"{DETAILS}/{drawn['task_id']}").json()["data"]
    asked = {name: told[name] for name in ("prompt", "seed", "guidance_scale", "aspect_ratio")}
    assert asked == {"prompt": "in full", "seed": 9, "guidance_scale": 4.0, "aspect_ratio": "classic_4_3"}
    assert told["status"] == "COMPLETED"
    assert told["size"] == {"width": 72, "height": 54}
    assert told["model"] == "noop"
    assert told["generated"] == drawn["generated"]
    assert told["generated"] == [f"{served.url}/{told['image']}"]
    assert told["created_at"] < told["started_at"] < told["finished_at"]
    assert served.client.get(f"/{told['image']}").content.startswith(b"\xff\xd8")


def test_a_waiting_task_tells_its_place(served: Served) -> None:
    first = served.post(prompt="slow 8").json()["data"]["task_id"]
    while served.get(first).json()["data"]["status"] == "CREATED":
        time.sleep(0.02)
    second = served.post().json()["data"]["task_id"]
    told = served.client.get(f"{DETAILS}/{second}").json()["data"]
    assert (told["status"], told["queue_position"], told["image"], told["error"]) == ("CREATED", 1, None, None)
    for task_id in (second, first):
        served.client.delete(f"{TASKS}/{task_id}")
    assert served.ended(first).json()["data"]["status"] == "FAILED"
    told = served.client.get(f"{DETAILS}/{second}").json()["data"]
    assert (told["status"], told["error"]) == ("FAILED", "cancelled by its owner")


def test_the_list_goes_on_from_its_cursor(served: Served) -> None:
    made = [served.drawn(prompt=f"page {number}").json()["data"]["task_id"] for number in range(3)]
    first = served.client.get(DETAILS, params={"limit": 2, "status": "COMPLETED"}).json()
    assert [task["task_id"] for task in first["data"]] == [made[2], made[1]]
    second = served.client.get(DETAILS, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert second["data"][0]["task_id"] == made[0]


def test_another_keys_tasks_are_not_there(served: Served) -> None:
    made = served.drawn().json()["data"]["task_id"]
    other = {"x-freepik-api-key": "another-key"}
    assert served.client.get(f"{DETAILS}/{made}", headers=other).status_code == 404
    assert served.client.get(DETAILS, headers=other).json() == {"data": [], "next_cursor": None}
    assert served.client.get(DETAILS, headers={"x-freepik-api-key": "no"}).status_code == 401
