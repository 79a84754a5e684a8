import asyncio
import inspect

import pytest

from seedbed import AsyncClient, Client, RemoteTask
from seedbed.client.async_client import AsyncTasks
from seedbed.client.client import Tasks
from seedbed.errors import EngineError, TaskNotFound
from seedbed.task import TaskStatus
from tests.backing import ON_MACHINES
from tests.service.served import KEY, Served


def test_several_pictures_at_once(served: Served) -> None:
    async def draw() -> list[int | None]:
        async with AsyncClient(served.url, api_key=KEY) as client:
            pictures = await asyncio.gather(*(client.generate("a cat", seed=seed) for seed in range(4)))
        assert all(picture.jpeg.startswith(b"\xff\xd8") for picture in pictures)
        return [picture.task.seed for picture in pictures]

    assert asyncio.run(draw()) == [0, 1, 2, 3]


def test_a_tasks_whole_life(served: Served) -> None:
    async def live() -> None:
        async with AsyncClient(served.url, api_key=KEY) as client:
            heard: list[RemoteTask] = []
            # Drawn before it, so that we listen when its first step comes.
            first = await client.tasks.create("slow 3")
            await anext(task async for task in client.tasks.watch(first.task_id) if task.step)
            await client.generate("slow 1", on_change=heard.append)
            # A server looks once a second at what others draw: of those steps it misses some.
            assert {task.step for task in heard} >= ({4} if ON_MACHINES else {1, 2, 3, 4})
            slow = await client.tasks.create("slow 8")
            assert (await client.tasks.get(slow.task_id)).task_id == slow.task_id
            assert (await client.tasks.list(limit=1)).tasks[0].task_id == slow.task_id
            assert slow.task_id in [task.task_id async for task in client.tasks.all()]
            await client.tasks.cancel(slow.task_id)
            assert (await client.tasks.wait(slow.task_id)).status is TaskStatus.FAILED
            with pytest.raises(EngineError, match="asked for a failure"):
                await client.generate("fail")
            with pytest.raises(TaskNotFound):
                await client.tasks.get("none")

    asyncio.run(live())


@pytest.mark.parametrize(("blocking", "other"), [(Client, AsyncClient), (Tasks, AsyncTasks)])
def test_both_clients_offer_the_same(blocking: type, other: type) -> None:
    def offered(client: type) -> dict[str, list[str]]:
        return {
            name: [*inspect.signature(member).parameters]
            for name, member in vars(client).items()
            if callable(member) and not name.startswith("_")
        }

    assert offered(blocking) == offered(other)
