"""The durable way of a webhook: each attempt is a workflow of its own, and waiting holds no slot.

A task's change of status is an event. The transaction that makes the change enqueues the event's first
attempt; an attempt that fails enqueues the next one with a delay. So a kill at any moment loses nothing,
and a dead receiver takes up a slot only while it is being tried. Each attempt waits in its receiver's lane, and what
waits follows its receiver into another; one that is claimed after its receiver has fallen behind posts nothing
and goes over to the worse lane.
"""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, replace
from datetime import UTC, datetime

import structlog
from dbos import DBOS
from opentelemetry.trace import Span, SpanKind, StatusCode
from sqlalchemy.exc import SQLAlchemyError

from seedbed.errors import TaskNotFound
from seedbed.settings import Settings
from seedbed.store.deliveries import DeliveryLog
from seedbed.store.secrets import SecretStore
from seedbed.store.tasks import TaskStore
from seedbed.task import Task, TaskStatus
from seedbed.webhooks.sender import Delivered, Outcome, Rejected, Sender
from seedbed.webhooks.signature import signed_headers, standard_secret
from seedbed.workflow.attempt import WORKFLOW, Attempt, Made, Verdict, receiver_of
from seedbed.workflow.lanes import Lane, Standings
from seedbed.workflow.metrics import Metrics
from seedbed.workflow.rehousing import Rehousing
from seedbed.workflow.tracing import carry, span
from seedbed.workflow.turns import HandedBack

__all__ = ["Delivery", "signing_secrets"]

SECRET = "webhook"  # noqa: S105 (the name of one)
SUPERSEDED = "superseded"
MOVED = "moved"
UNTRIED = (SUPERSEDED, MOVED)
"""Results of attempts that posted nothing."""
JITTER = 0.25
TURN_POLL_SECONDS = 0.05
TURN_POLL_SHARE = 0.1
"""Of the time waited so far: so long it may go on unnoticed that the wait is over."""
TURN_MARGIN_SECONDS = 5.0
ABORT_SECONDS = 1.0

log = structlog.get_logger(__name__)


def signing_secrets(settings: Settings, secrets: SecretStore) -> tuple[str, ...]:
    """What webhooks are signed with: the configured secrets, or else one of our own making.

    Ours is made at the first need and lives in the database, so that it stays the same.
    """
    configured = tuple(secret.get_secret_value() for secret in settings.webhook_secret)
    return configured or (standard_secret(secrets.get(SECRET)),)


class Delivery:
    """Delivers the events of tasks.

    Args:
        settings: timeout, number of attempts and their distance.
        tasks: where the tasks are read.
        secrets_of: what signs a key's webhooks, by its id; several secrets during a rotation.
        describe: the body of GET for a task, without its `data`.
        metrics: counts the attempts.
        deliveries: where each attempt is noted.
        rehousing: moves what waits for a receiver into the lane that it stands in.
        clock: Unix time in seconds.
    """

    def __init__(
        self,
        settings: Settings,
        tasks: TaskStore,
        secrets_of: Callable[[str], Sequence[str]],
        describe: Callable[[Task], dict[str, object]],
        metrics: Metrics,
        deliveries: DeliveryLog,
        rehousing: Rehousing,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._tasks = tasks
        self._secrets_of = secrets_of
        self._describe = describe
        self._metrics = metrics
        self._log = deliveries
        self._rehousing = rehousing
        self._clock = clock
        self._sender = Sender(settings.webhook_timeout, allow_private=settings.webhook_allow_private)
        self._standings = Standings(settings.webhook_timeout)
        self._stopping = threading.Event()
        self.at_hand: set[str] = set()
        """The attempts whose workflow runs in this process."""

    def register(self) -> None:
        """Make the workflow known to DBOS; once, before its launch."""

        # Never given up for having been interrupted: it cannot be what kills the process.
        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
        def deliver(
            task_id: str, status: str, receiver: str, number: int, lane: str = Lane.UNPROVEN, replay: str = ""
        ) -> str:
            attempt = Attempt(task_id, TaskStatus(status), receiver, number, Lane(lane), replay)
            self.at_hand.add(attempt.workflow_id)
            try:
                return self._deliver(attempt)
            except SQLAlchemyError as error:
                # The database is away or full; the event is not to be lost for it.
                log.warning("webhook interrupted", reason=str(error).splitlines()[0], **_named(attempt))
                raise HandedBack from error
            finally:
                self.at_hand.discard(attempt.workflow_id)

    def first_attempt(self, task: Task) -> Attempt | None:
        """The first try to announce `task` as it now is, or None when nobody is to be told."""
        if task.webhook_url is None or task.status is TaskStatus.CREATED:
            return None
        receiver = receiver_of(task.webhook_url)
        return Attempt(task.task_id, task.status, receiver, lane=self._standings.lane(receiver))

    def stop(self) -> None:
        """Begin no attempt any more; those that are claimed are handed back to the next start."""
        self._stopping.set()

    def hand_back(self, grace: float) -> None:
        """Give the attempts under way `grace` seconds, then break them off: the next start repeats them."""
        self.stop()
        self._wait_idle(grace)
        self._sender.abort()
        self._wait_idle(ABORT_SECONDS)

    def _wait_idle(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.at_hand and time.monotonic() < until:
            time.sleep(TURN_POLL_SECONDS)

    def _deliver(self, attempt: Attempt) -> str:
        verdict = self._decide(attempt)
        following = self._following(attempt, verdict)
        if following is not None:
            DBOS.enqueue_workflow_with_options(following.options(verdict.wait), *following.arguments)
        return verdict.result

    def _decide(self, attempt: Attempt) -> Verdict:
        if attempt.status.is_terminal and attempt.number == 1 and not attempt.replay:
            lane = DBOS.run_step({"name": "precede"}, self._precede, attempt)
            if lane is not None:
                return Verdict(MOVED, lane=Lane(lane))
        result, wait, *left_for = DBOS.run_step({"name": "attempt"}, self._attempt, attempt)
        return Verdict(result, wait, *(Lane(name) for name in left_for if name))

    def _following(self, attempt: Attempt, verdict: Verdict) -> Attempt | None:
        if verdict.lane is not None:
            log.info("webhook moved", lane=verdict.lane, **_named(attempt))
            return replace(attempt, lane=verdict.lane)
        if verdict.wait is not None:
            return replace(attempt, number=attempt.number + 1, lane=self._standings.lane(attempt.receiver))
        return None

    def _precede(self, attempt: Attempt) -> Lane | None:
        """Before a task's end is first told, see to it that its beginning was, and is not told later.

        An attempt to tell of IN_PROGRESS that starts after the task ended sees that and stays silent. One
        that started before was claimed before, so we find it PENDING, and wait, or over. Was there none,
        because the task was quicker than the queue, the beginning is told here, once.

        Answers the lane that the end is to wait in instead, if its receiver meanwhile fell behind.
        """
        self._check_open()
        beginning = replace(attempt, status=TaskStatus.IN_PROGRESS)
        try:
            self._await_attempts(beginning)
            lane = self._standings.way_out(attempt.receiver, attempt.lane)
            if lane is None and self._was_left_out(beginning):
                task = self._tasks.get_any(attempt.task_id)
                then = replace(task, status=TaskStatus.IN_PROGRESS, image=None, error=None)
                with self._noted(beginning) as made:
                    made.outcome = self._send(beginning, then)
                log.info("webhook preceded", outcome=str(made.outcome), **_named(beginning))
            return lane
        except Exception:  # the beginning may be lost, the end may not
            log.exception("webhook attempt broke", **_named(beginning))
            return None

    def _check_open(self) -> None:
        if self._stopping.is_set():
            raise HandedBack

    def _await_attempts(self, event: Attempt) -> None:
        """Wait while an attempt at `event` runs; that takes no longer than a receiver may take."""
        began, ids = time.monotonic(), self._all_ids(event)
        while DBOS.list_workflows(workflow_ids=ids, status="PENDING", load_input=False, load_output=False):
            self._check_open()
            waited = time.monotonic() - began
            if waited > self._settings.webhook_timeout + TURN_MARGIN_SECONDS:
                return
            time.sleep(max(TURN_POLL_SECONDS, TURN_POLL_SHARE * waited))

    def _all_ids(self, event: Attempt) -> list[str]:
        numbers = range(1, self._settings.webhook_max_attempts + 1)
        return [replace(event, number=n, lane=lane).workflow_id for n in numbers for lane in Lane]

    def _was_left_out(self, event: Attempt) -> bool:
        """Whether `event` was to be told, and no attempt was made to."""
        found = DBOS.list_workflows(workflow_ids=self._all_ids(event), load_input=False)
        return bool(found) and not any(w.status == "SUCCESS" and w.output not in UNTRIED for w in found)

    def _attempt(self, attempt: Attempt) -> tuple[str, float | None, Lane | None]:
        """Try once, if this is still the lane for it: a `Verdict`, as JSON can hold it."""
        self._check_open()
        lane = self._standings.way_out(attempt.receiver, attempt.lane)
        if lane is not None:
            return astuple(Verdict(MOVED, lane=lane))
        with self._noted(attempt) as made:
            made.outcome = self._try(attempt)
            verdict = self._conclude(attempt, made.outcome)
            made.wait = verdict.wait
        return astuple(verdict)

    @contextmanager
    def _noted(self, attempt: Attempt) -> Iterator[Made]:
        """Note in the log what is made of an attempt; if that fails, the attempt counts all the same."""
        made, at, began = Made(), datetime.now(UTC), time.monotonic()
        yield made
        if made.outcome is None:
            return
        record = made.record(attempt, at, time.monotonic() - began)
        self._metrics.webhooks.labels(record.outcome.replace(" ", "_")).inc()
        try:
            self._log.note(replace(record, key_id=self._tasks.get_any(attempt.task_id).key_id))
        except (SQLAlchemyError, TaskNotFound) as error:
            log.warning("webhook attempt not noted", reason=str(error).splitlines()[0], **_named(attempt))

    def _try(self, attempt: Attempt) -> Outcome | None:
        """Post, unless the event was superseded; whatever goes wrong comes back as `Rejected`."""
        try:
            # Read within the step that posts: a repeated step must not rely on what an earlier one saw.
            task = self._tasks.get_any(attempt.task_id)
            return self._send(attempt, task) if task.status is attempt.status else None
        except TaskNotFound:
            return Rejected("the task was deleted", retryable=False)
        except Exception as error:  # whatever is wrong with us, the event is not to be lost for it
            log.exception("webhook attempt broke", **_named(attempt))
            return Rejected(f"{type(error).__name__}: {error}", retryable=True)

    def _send(self, attempt: Attempt, task: Task) -> Outcome:
        if task.webhook_url is None:
            return Rejected("the task has no receiver", retryable=False)
        body = json.dumps(self._describe(task), separators=(",", ":"), ensure_ascii=False).encode()
        headers = signed_headers(self._secrets_of(task.key_id), attempt.webhook_id, int(self._clock()), body)
        began = time.monotonic()
        facts: dict[str, str | int] = {"seedbed.event": attempt.webhook_id, "seedbed.attempt": attempt.number}
        with span("webhook", task.task_id, facts, kind=SpanKind.CLIENT) as traced:
            outcome = self._sender.post(task.webhook_url, carry(headers), body)
            _tell(traced, outcome)
        took = time.monotonic() - began
        self._rehousing.follow(attempt.receiver, self._standings.note(attempt.receiver, took))
        self._metrics.webhook_seconds.observe(took)
        return outcome

    def _conclude(self, attempt: Attempt, outcome: Outcome | None) -> Verdict:
        if outcome is None:
            log.info("webhook superseded", **_named(attempt))
            self._metrics.webhooks.labels(SUPERSEDED).inc()
            return Verdict(SUPERSEDED)
        if isinstance(outcome, Delivered):
            log.info("webhook delivered", answer=outcome.status, **_named(attempt))
            return Verdict(f"delivered: {outcome.status}")
        if not outcome.retryable or attempt.number >= self._settings.webhook_max_attempts:
            log.error("webhook given up", reason=outcome.reason, **_named(attempt))
            return Verdict(f"given up: {outcome.reason}")
        wait = self._backoff(attempt.number)
        log.warning("webhook failed", reason=outcome.reason, retry_in=round(wait, 1), **_named(attempt))
        return Verdict(f"failed: {outcome.reason}", wait)

    def _backoff(self, number: int) -> float:
        # Jitter, so that what failed together is not tried together again.
        spread = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 (no secret hangs on it)
        return self._settings.webhook_retry_base * 2.0 ** (number - 1) * spread


def _tell(traced: Span, outcome: Outcome) -> None:
    if isinstance(outcome, Delivered):
        traced.set_attribute("http.response.status_code", outcome.status)
    else:
        traced.set_status(StatusCode.ERROR, outcome.reason)


def _named(attempt: Attempt) -> dict[str, object]:
    return {
        "webhook_id": attempt.webhook_id,
        "task_id": attempt.task_id,
        "receiver": attempt.receiver,
        "attempt": attempt.number,
    }
