"""What a client does, step by step, whoever does the waiting: written once for both clients.

Each function here is a generator that yields what shall happen next, a request to send or a pause to make, and is
sent the answer. `Client` does these blocking, `AsyncClient` on an event loop.
"""

import random
import re
import time
import uuid
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import quote

from httpx2 import URL, Response, TransportError

from seedbed.client.results import Page, Picture, RemoteTask
from seedbed.errors import (
    BodyTooLarge,
    EngineError,
    GenerationCancelled,
    IdempotencyConflict,
    InvalidKey,
    InvalidParam,
    InvalidRequest,
    LinkError,
    MissingKey,
    QueueFull,
    SeedbedError,
    ServerError,
    ServerUnreachable,
    TaskNotFound,
    TaskTimeout,
    TooManyRequests,
)
from seedbed.task import TaskStatus

__all__ = ["TASKS", "Exchange", "Failed", "Happens", "Patience", "Pause", "Send", "checked", "task_path", "unanswered"]

TASKS: Final = "/v1/ai/text-to-image/seedream-v4"
IN_FULL: Final = "/v1/seedbed/tasks"
"""Where a Seedbed tells all that it knows of tasks; other hosts know no such route."""
FIRST_LOOK: Final = 0.25
LONGEST_LOOK: Final = 2.0
"""Seconds between two looks at a task: the first and the longest."""
CANCELLED: Final = "cancelled by its owner"


@dataclass(frozen=True, slots=True)
class Send:
    """A request to send."""

    method: str
    url: str
    """Relative to the server's address, or whole."""
    json: Any = None
    """The body."""
    params: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    with_key: bool = True
    """Whether the key goes with it: to the server, but not to wherever an image lies."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time to wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer came."""

    reason: str
    """Which server gave none, and why."""


Happens = Send | Pause
Answer = Response | Failed | None
T = TypeVar("T")
Exchange = Generator[Happens, Answer, T]


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is tried again, and how long between."""

    retries: int = 4
    """Tries after the first."""
    first_pause: float = 0.5
    """Seconds before the second try; each further pause doubles, with jitter, unless the server names one."""
    longest_pause: float = 30.0

    def pause(self, attempt: int, answer: Answer) -> float:
        """Seconds to wait after the failed try number `attempt`, the first being 0."""
        told = answer.headers.get("retry-after", "") if isinstance(answer, Response) else ""
        if told.isdigit():
            return min(float(told), self.longest_pause)
        pause: float = min(self.first_pause * 2**attempt, self.longest_pause)
        return pause * random.uniform(0.5, 1.0)  # noqa: S311 - nobody gains by guessing it

    def send(self, request: Send) -> Exchange[Response]:
        """Send a request until it is answered for good. Raises what the last answer means."""
        for attempt in range(self.retries + 1):
            answer = yield request
            if isinstance(answer, Response) and answer.status_code not in _WORTH_ANOTHER_TRY:
                return checked(answer)
            if attempt < self.retries:
                yield Pause(self.pause(attempt, answer))
        if isinstance(answer, Response):
            return checked(answer)
        raise ServerUnreachable(answer.reason if isinstance(answer, Failed) else "no answer came")

    def create(self, body: dict[str, Any], idempotency_key: str | None) -> Exchange[RemoteTask]:
        """Submit a task; however often that has to be tried, it is one task."""
        headers = {"idempotency-key": idempotency_key or str(uuid.uuid4())}
        return (yield from self.task(Send("POST", TASKS, json=body, headers=headers)))

    def task(self, request: Send) -> Exchange[RemoteTask]:
        """Send a request that is answered with a task."""
        answer = yield from self.send(request)
        return RemoteTask.from_answer(_data(answer), answer.headers)

    def page(self, params: dict[str, Any]) -> Exchange[Page]:
        """A page of the list: in full where a Seedbed answers, else what the contract has."""
        try:
            answer = yield from self.send(Send("GET", IN_FULL, params=params))
        except (TaskNotFound, LinkError):
            return (yield from self._plain_page(params))
        tasks = tuple(RemoteTask.from_detail(item) for item in _data(answer))
        return Page(tasks, answer.json().get("next_cursor"))

    def _plain_page(self, params: dict[str, Any]) -> Exchange[Page]:
        answer = yield from self.send(Send("GET", TASKS, params=params))
        tasks = tuple(RemoteTask.from_answer(item, {}) for item in _data(answer))
        return Page(tasks, answer.headers.get("x-seedbed-next-cursor"))

    def wait(self, task_id: str, timeout: float) -> Exchange[RemoteTask]:
        """Look at a task until it has ended. Raises `TaskTimeout`."""
        until = time.monotonic() + timeout
        pause = FIRST_LOOK
        while True:
            task = yield from self.task(Send("GET", task_path(task_id)))
            if task.status.is_terminal:
                return task
            if time.monotonic() + pause > until:
                raise TaskTimeout(f"task {task_id} is still {task.status} after {timeout:g} s; it goes on")
            yield Pause(pause)
            pause = min(1.5 * pause, LONGEST_LOOK)

    def download(self, task: RemoteTask) -> Exchange[Picture]:
        """The picture of a task that has ended. Raises `EngineError` where there is none."""
        if task.status is not TaskStatus.COMPLETED or not task.generated:
            raise (GenerationCancelled if task.error == CANCELLED else EngineError)(task.error or "no reason was given")
        answer = yield from self.send(Send("GET", task.generated[0], with_key=False))
        return Picture(answer.content, task)

    def generate(self, body: dict[str, Any], idempotency_key: str | None, timeout: float) -> Exchange[Picture]:
        """Submit, wait, download."""
        created = yield from self.create(body, idempotency_key)
        ended = yield from self.wait(created.task_id, timeout)
        return (yield from self.download(ended))


def task_path(task_id: str) -> str:
    """Where a task is asked for; whatever the id holds, nothing else is."""
    return f"{TASKS}/{quote(task_id, safe='')}"


def unanswered(base: URL, url: str, error: TransportError) -> str:
    """Which server gave no answer, and why, as one clause; `url` may be relative to `base`."""
    asked = base.join(url)
    reason = _NUMBER.sub("", str(error)) or type(error).__name__
    return f"no answer from {asked.scheme}://{asked.netloc.decode()}: {reason}"


_NUMBER: Final = re.compile(r"^\[Errno -?\d+\] ")
"""What the system calls its error by, which tells people nothing."""

_WORTH_ANOTHER_TRY = (429, 500, 502, 503, 504)


def _data(answer: Response) -> Any:
    try:
        return answer.json()["data"]
    except (ValueError, KeyError, TypeError) as error:
        raise ServerError(f"the server answered what the contract does not know: {answer.text[:200]}") from error


def checked(answer: Response) -> Response:
    """The answer if it is a good one. Raises what it means otherwise."""
    if answer.is_success:
        return answer
    raise _error(answer)


def _error(answer: Response) -> SeedbedError:
    body = _told(answer)
    message = str(body.get("message") or answer.reason_phrase)
    if answer.status_code == 400:
        return InvalidRequest(*_params(body.get("invalid_params"), message))
    if answer.status_code == 401:
        return (MissingKey if "missing" in message.lower() else InvalidKey)(message)
    if answer.status_code == 429:
        seconds = answer.headers.get("retry-after", "")
        return TooManyRequests(int(seconds) if seconds.isdigit() else 1)
    if answer.status_code == 404 and answer.request.method == "POST":
        return ServerError(f"the server knows no {answer.request.url}: is the address right?")
    kind = _MEANINGS.get(answer.status_code)
    return kind(message) if kind else ServerError(f"the server answered {answer.status_code}: {message}")


_MEANINGS: dict[int, type[SeedbedError]] = {
    403: LinkError,
    404: TaskNotFound,
    409: IdempotencyConflict,
    413: BodyTooLarge,
    503: QueueFull,
}


def _told(answer: Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _params(told: Any, message: str) -> tuple[InvalidParam, ...]:
    items = [item for item in told if isinstance(item, dict)] if isinstance(told, list) else []
    found = tuple(InvalidParam(str(i.get("name", "body")), str(i.get("reason", "is wrong"))) for i in items)
    return found or (InvalidParam("body", message),)
