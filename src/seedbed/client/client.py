"""The blocking client: `Client`."""

import time
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
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

__all__ = ["Client", "Tasks"]

T = TypeVar("T")
OnChange = Callable[[RemoteTask], None]


class Client:
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
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.patience = patience or Patience()
        self._key = key_header(header, api_key)
        self._http = httpx2.Client(base_url=server_url(base_url), timeout=timeout, transport=transport)
        # One line draws a picture, and nobody keeps the client to close it.
        self._close = weakref.finalize(self, self._http.close)
        self.tasks = Tasks(self)
        """Tasks one by one."""

    def generate(
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
            return self.run(self.patience.generate(body, idempotency_key, timeout))
        created = self.run(self.patience.create(body, idempotency_key))
        # Another host tells of no changes.
        with suppress(TaskNotFound), closing(self.tasks.watch(created.task_id)) as tasks:
            for task in tasks:
                on_change(task)
        return self.download(self.tasks.wait(created.task_id, timeout=timeout))

    def download(self, task: RemoteTask) -> Picture:
        """The picture of a task that is COMPLETED. Raises `EngineError` where there is none."""
        return self.run(self.patience.download(task))

    def run(self, exchange: Exchange[T]) -> T:
        """Do what an exchange asks for, blocking."""
        answer: Answer = None
        try:
            while True:
                answer = self._do(exchange.send(answer))
        except StopIteration as end:
            result: T = end.value
            return result

    def stream(self, path: str) -> Generator[Any]:
        """The events of a stream. Raises what its answer means, and `ServerUnreachable` when it breaks."""
        try:
            with self._http.stream("GET", path, headers=self._key, timeout=STREAM_TIMEOUT) as answer:
                if not answer.is_success:
                    answer.read()
                    checked(answer)
                # The word of how soon to come back is an event, too.
                yield from (event.json() for event in httpx2.EventSource(answer) if event.data)
        except httpx2.TransportError as error:
            raise ServerUnreachable(unanswered(self._http.base_url, path, error)) from error

    def close(self) -> None:
        """Give the connections back; a client that nobody holds any more does it by itself."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _do(self, happens: Happens) -> Answer:
        if not isinstance(happens, Send):
            time.sleep(happens.seconds)
            return None
        headers = {**happens.headers, **(self._key if happens.with_key else {})}
        try:
            return self._http.request(
                happens.method, happens.url, json=happens.json, params=happens.params, headers=headers
            )
        except httpx2.TransportError as error:
            return Failed(unanswered(self._http.base_url, happens.url, error))


class Tasks:
    """Tasks one by one: `client.tasks`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._patience = client.patience

    def create(
        self,
        prompt: str,
        *,
        aspect_ratio: AspectRatio | str | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> RemoteTask:
        """Submit a picture to draw, and come back at once; arguments as of `Client.generate`."""
        body = body_of(prompt, aspect_ratio, guidance_scale, seed, webhook_url)
        return self._client.run(self._patience.create(body, idempotency_key))

    def get(self, task_id: str) -> RemoteTask:
        """How a task stands. Raises `TaskNotFound`."""
        return self._client.run(self._patience.task(Send("GET", task_path(task_id))))

    def list(self, *, limit: int | None = None, cursor: str | None = None, status: TaskStatus | None = None) -> Page:
        """A page of the key's tasks, newest first."""
        return self._client.run(self._patience.page(list_params(limit, cursor, status)))

    def all(self, *, status: TaskStatus | None = None) -> Iterator[RemoteTask]:
        """All the key's tasks, newest first, page after page."""
        page = self.list(status=status)
        yield from page.tasks
        while page.next_cursor is not None:
            page = self.list(cursor=page.next_cursor, status=status)
            yield from page.tasks

    def cancel(self, task_id: str) -> RemoteTask:
        """Stop a task; one that is drawn ends between two steps. Raises `TaskNotFound`."""
        return self._client.run(self._patience.task(Send("DELETE", task_path(task_id))))

    def wait(self, task_id: str, *, timeout: float = WAIT_TIMEOUT) -> RemoteTask:
        """The task once it has ended, well or not. Raises `TaskTimeout` after `timeout` seconds."""
        return self._client.run(self._patience.wait(task_id, timeout))

    def watch(self, task_id: str) -> Generator[RemoteTask]:
        """Each change and each step of a task until it has ended; a broken stream is taken up again.

        Only Seedbed tells of them. Raises `TaskNotFound` with another host, too.
        """
        failures = 0
        while True:
            try:
                with closing(self._client.stream(event_path(task_id))) as events:
                    for event in events:
                        failures = 0
                        task = RemoteTask.from_detail(event)
                        yield task
                        if task.status.is_terminal:
                            return
            except ServerUnreachable:
                if failures == self._patience.retries:
                    raise
            time.sleep(self._patience.pause(failures, None))
            failures += 1
