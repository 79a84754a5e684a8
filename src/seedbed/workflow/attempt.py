"""One try to deliver one event: what it is, what it is queued as, and what came of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from dbos import EnqueueOptions
from yarl import URL

from seedbed.store.deliveries import DeliveryOutcome, DeliveryRecord
from seedbed.task import TaskStatus
from seedbed.webhooks.sender import Delivered, Outcome, Rejected
from seedbed.workflow.lanes import Lane

__all__ = ["WORKFLOW", "Attempt", "Made", "Verdict", "id_prefix", "receiver_of"]

WORKFLOW: Final = "deliver"


def id_prefix(task_id: str) -> str:
    """How the ids of all events of a task begin, and those of their attempts' workflows."""
    return f"msg_{task_id}_"


def receiver_of(url: str) -> str:
    """Scheme, host and port of a webhook's URL, by which receivers are told apart."""
    try:
        return str(URL(url).origin())
    except ValueError:
        # The service refuses such a URL; should one be stored anyway, the task must end all the same.
        return "invalid"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver one event; also the arguments of its workflow."""

    task_id: str
    """The task that changed."""
    status: TaskStatus
    """What it changed to; with the task it makes the event."""
    receiver: str
    """Scheme, host and port of the receiver, which share its slots."""
    number: int = 1
    """Which try this is, from 1."""
    lane: Lane = Lane.UNPROVEN
    """Where it waits."""
    replay: str = ""
    """What tells a replay from the attempts before it; empty for those that the task's change began."""

    @property
    def webhook_id(self) -> str:
        """The event's id: the same for all its attempts, so that a receiver sees a repetition."""
        return id_prefix(self.task_id) + self.status.lower()

    @property
    def workflow_id(self) -> str:
        """The attempt's id: enqueueing it twice enqueues it once, and it is in each lane at most once."""
        plain = f"{self.webhook_id}.{self.replay}{self.number}"
        return plain if self.lane is Lane.UNPROVEN else f"{plain}.{self.lane}"

    @property
    def arguments(self) -> tuple[str, str, str, int, str, str]:
        """The workflow's arguments, as JSON can hold them."""
        return self.task_id, str(self.status), self.receiver, self.number, str(self.lane), self.replay

    def options(self, delay: float | None = None) -> EnqueueOptions:
        """How to enqueue it, `delay` seconds from now."""
        options = EnqueueOptions(
            workflow_name=WORKFLOW,
            queue_name=self.lane.queue,
            workflow_id=self.workflow_id,
            queue_partition_key=self.receiver,
        )
        return options if delay is None else {**options, "delay_seconds": delay}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of an attempt; DBOS keeps its fields in this order, and may have kept only the first two."""

    result: str
    """In a word, for the log and for the attempts at later events."""
    wait: float | None = None
    """Seconds until the next try; None when there is none."""
    lane: Lane | None = None
    """Where it goes without having been made; None when it was made."""


@dataclass(slots=True)
class Made:
    """What came of an attempt, for the log."""

    outcome: Outcome | None = None
    """What the receiver did; None when nothing was posted."""
    wait: float | None = None
    """Seconds until the next attempt; None when there is none."""

    def record(self, attempt: Attempt, at: datetime, seconds: float) -> DeliveryRecord:
        """The log's entry for an attempt that began `at` and took so many `seconds`; it lacks the key."""
        is_delivered = isinstance(self.outcome, Delivered)
        failed = DeliveryOutcome.GIVEN_UP if self.wait is None else DeliveryOutcome.FAILED
        return DeliveryRecord(
            webhook_id=attempt.webhook_id,
            task_id=attempt.task_id,
            key_id="",
            number=attempt.number,
            made_at=at,
            seconds=round(seconds, 3),
            outcome=DeliveryOutcome.DELIVERED if is_delivered else failed,
            detail=self._detail(),
            next_at=None if self.wait is None else datetime.now(UTC) + timedelta(seconds=self.wait),
        )

    def _detail(self) -> str:
        if isinstance(self.outcome, Rejected):
            return self.outcome.reason
        return f"the receiver answered {self.outcome.status}" if self.outcome else ""
