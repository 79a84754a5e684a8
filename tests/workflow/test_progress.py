import asyncio
import threading
from datetime import UTC, datetime

from seedbed.request import GenerationRequest
from seedbed.task import Task, TaskStatus
from seedbed.workflow.progress import Progress


def task(task_id: str, step: int = 0, key_id: str = "mine") -> Task:
    request = GenerationRequest("a cat", seed=1)
    return Task(task_id, key_id, request, TaskStatus.IN_PROGRESS, datetime.now(UTC), step=step, num_inference_steps=9)


def test_whoever_follows_a_key_hears_of_its_tasks_from_any_thread() -> None:
    async def listen() -> tuple[Task, ...]:
        progress = Progress()
        with progress.follow("mine") as follower:
            threading.Thread(target=progress.tell, args=(task("one"),)).start()
            return await follower.wait(10)

    assert [heard.task_id for heard in asyncio.run(listen())] == ["one"]


def test_only_the_last_of_a_task_is_told_and_nothing_of_other_keys() -> None:
    async def listen() -> tuple[Task, ...]:
        progress = Progress()
        with progress.follow("mine") as follower:
            for told in (task("one", 1), task("two", 1), task("one", 2), task("other", 5, key_id="another")):
                progress.tell(told)
            await asyncio.sleep(0.05)
            return await follower.wait(10)

    assert {heard.task_id: heard.step for heard in asyncio.run(listen())} == {"one": 2, "two": 1}


def test_no_news_come_in_time_as_none() -> None:
    async def listen() -> tuple[Task, ...]:
        with Progress().follow("mine") as follower:
            return await follower.wait(0.01)

    assert asyncio.run(listen()) == ()


def test_a_stopping_server_wakes_whoever_listens() -> None:
    async def listen() -> bool:
        progress = Progress()
        with progress.follow("mine") as follower:
            progress.close()
            assert await follower.wait(10) == ()
        return progress.is_closed

    assert asyncio.run(listen())


def test_who_has_gone_is_told_nothing() -> None:
    async def come_and_go(progress: Progress) -> None:
        with progress.follow("mine"), progress.follow("mine"):
            pass

    progress = Progress()
    asyncio.run(come_and_go(progress))
    progress.tell(task("one"))


def test_previews_go_to_the_keys_onlookers_only_and_the_newest_of_each_task() -> None:
    async def look() -> tuple[dict[str, bytes], ...]:
        progress = Progress()
        mine, others = progress.viewer(task("one")), progress.viewer(task("other", key_id="another"))
        with progress.follow("mine", looks_on=True) as onlooker, progress.follow("mine") as listener:
            for viewer, jpeg in ((mine, b"first"), (mine, b"second"), (others, b"not theirs")):
                await asyncio.to_thread(viewer.show, jpeg)
            assert await onlooker.wait(10) == ()
            seen = onlooker.take_previews(), onlooker.take_previews(), listener.take_previews()
        mine.show(b"for nobody")
        return seen

    assert asyncio.run(look()) == ({"one": b"second"}, {}, {})


def test_a_viewer_looks_only_while_somebody_of_its_key_does() -> None:
    async def look() -> list[bool]:
        progress = Progress()
        viewer = progress.viewer(task("one"))
        looking = [viewer.is_looking]
        with progress.follow("mine"), progress.follow("another", looks_on=True):
            looking.append(viewer.is_looking)
        with progress.follow("mine", looks_on=True):
            looking.append(viewer.is_looking)
        return [*looking, viewer.is_looking]

    assert asyncio.run(look()) == [False, False, True, False]
