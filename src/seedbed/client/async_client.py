"""The client for an event loop: `AsyncClient`."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

from seedbed.client.exchange import Answer, Exchange, Failed, Happens, Patience, Send, checked, task_path, unanswered
from seedbed.client.request import (
    DEFAULT_URL,
    HEADER,
    REQUEST_TIMEOUT,
    STREAM_TIMEOUT,
    WAIT_TIMEOUT,
    body_of,
    event_path,
    key_header,
    list_params,
    server_url,
)
from seedbed.client.results import Page, Picture, RemoteTask
from seedbed.errors import ServerUnreachable, TaskNotFound
from seedbed.request import AspectRatio
from seedbed.task import TaskStatus

__all__ = ["AsyncClient", "AsyncTasks"]

T = TypeVar("T")
OnChange = Callable[[RemoteTask], None]


class AsyncClient:
    """Draws pictures with a server that speaks the contract: Seedbed, or the hosted API.

    Args:
        base_url: the server's scheme and host; the address of the contract's route is as good.
        api_key: shown with every request but the downloads.
        header: the header that shows it.
        timeout: seconds that one request may take.
        patience: how often what fails in passing is tried again.
        transport: httpx2's seam, for tests.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        *,
        api_key: str,
        header: str = HEADER,
        timeout: float = REQUEST_TIMEOUT,
        patience: Patience | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.patience = patience or Patience()
        self._key = key_header(header, api_key)
        self._http = httpx2.AsyncClient(base_url=server_url(base_url), timeout=timeout, transport=transport)
        self.tasks = AsyncTasks(self)
        """Tasks one by one."""

    async def generate(
        self,
        prompt: str,
        *,
        aspect_ratio: AspectRatio | str | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        timeout: float = WAIT_TIMEOUT,
        idempotency_key: str | None = None,
        on_change: OnChange | None = None,
    ) -> Picture:
        """Draw a picture, and come back with it.

        Args:
            prompt: what it shall show.
            aspect_ratio: its shape; the server's default is the square.
            guidance_scale: how strongly the prompt is enforced, 0 to 20.
            seed: where the noise starts; drawn at random where it is missing.
            timeout: seconds after which waiting ends; the task goes on.
            idempotency_key: a promise that requests with this key are one.
            on_change: called at each change and each step, with a server that tells of them.

        Raises what `SeedbedError`'s tree names; `EngineError` with the task's reason when it FAILED.
        """
        body = body_of(prompt, aspect_ratio, guidance_scale, seed)
        if on_change is None:
            return await self.run(self.patience.generate(body, idempotency_key, timeout))
        created = await self.run(self.patience.create(body, idempotency_key))
        # Another host tells of no changes.
        with suppress(TaskNotFound):
            async with aclosing(self.tasks.watch(created.task_id)) as tasks:
                async for task in tasks:
                    on_change(task)
        return await self.download(await self.tasks.wait(created.task_id, timeout=timeout))

    async def download(self, task: RemoteTask) -> Picture:
        """The picture of a task that is COMPLETED. Raises `EngineError` where there is none."""
        return await self.run(self.patience.download(task))

    async def run(self, exchange: Exchange[T]) -> T:
        """Do what an exchange asks for."""
        answer: Answer = None
        try:
            while True:
                answer = await self._do(exchange.send(answer))
        except StopIteration as end:
            result: T = end.value
            return result

    async def stream(self, path: str) -> AsyncGenerator[Any]:
        """The events of a stream. Raises what its answer means, and `ServerUnreachable` when it breaks."""
        try:
            async with self._http.stream("GET", path, headers=self._key, timeout=STREAM_TIMEOUT) as answer:
                if not answer.is_success:
                    await answer.aread()
                    checked(answer)
                async for event in httpx2.EventSource(answer):
                    # The word of how soon to come back is an event, too.
                    if event.data:
                        yield event.json()
        except httpx2.TransportError as error:
            raise ServerUnreachable(unanswered(self._http.base_url, path, error)) from error

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _do(self, happens: Happens) -> Answer:
        if not isinstance(happens, Send):
            await asyncio.sleep(happens.seconds)
            return None
        headers = {**happens.headers, **(self._key if happens.with_key else {})}
        try:
            return await self._http.request(
                happens.method, happens.url, json=happens.json, params=happens.params, headers=headers
            )
        except httpx2.TransportError as error:
            return Failed(unanswered(self._http.base_url, happens.url, error))


class AsyncTasks:
    """Tasks one by one: `client.tasks`."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._patience = client.patience

    async def create(
        self,
        prompt: str,
        *,
        aspect_ratio: AspectRatio | str | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> RemoteTask:
        """Submit a picture to draw, and come back at once; arguments as of `AsyncClient.generate`."""
        body = body_of(prompt, aspect_ratio, guidance_scale, seed, webhook_url)
        return await self._client.run(self._patience.create(body, idempotency_key))

    async def get(self, task_id: str) -> RemoteTask:
        """How a task stands. Raises `TaskNotFound`."""
        return await self._client.run(self._patience.task(Send("GET", task_path(task_id))))

    async def list(
        self, *, limit: int | None = None, cursor: str | None = None, status: TaskStatus | None = None
    ) -> Page:
        """A page of the key's tasks, newest first."""
        return await self._client.run(self._patience.page(list_params(limit, cursor, status)))

    async def all(self, *, status: TaskStatus | None = None) -> AsyncIterator[RemoteTask]:
        """All the key's tasks, newest first, page after page."""
        page = await self.list(status=status)
        for task in page.tasks:
            yield task
        while page.next_cursor is not None:
            page = await self.list(cursor=page.next_cursor, status=status)
            for task in page.tasks:
                yield task

    async def cancel(self, task_id: str) -> RemoteTask:
        """Stop a task; one that is drawn ends between two steps. Raises `TaskNotFound`."""
        return await self._client.run(self._patience.task(Send("DELETE", task_path(task_id))))

    async def wait(self, task_id: str, *, timeout: float = WAIT_TIMEOUT) -> RemoteTask:
        """The task once it has ended, well or not. Raises `TaskTimeout` after `timeout` seconds."""
        return await self._client.run(self._patience.wait(task_id, timeout))

    async def watch(self, task_id: str) -> AsyncGenerator[RemoteTask]:
        """Each change and each step of a task until it has ended; a broken stream is taken up again.

        Only Seedbed tells of them. Raises `TaskNotFound` with another host, too.
        """
        failures = 0
        while True:
            try:
                # Python closes no generator of a loop's by itself before the loop gets to it, nor its connection.
                async with aclosing(self._client.stream(event_path(task_id))) as events:
                    async for event in events:
                        failures = 0
                        task = RemoteTask.from_detail(event)
                        yield task
                        if task.status.is_terminal:
                            return
            except ServerUnreachable:
                if failures == self._patience.retries:
                    raise
            await asyncio.sleep(self._patience.pause(failures, None))
            failures += 1
