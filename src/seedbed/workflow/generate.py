"""The durable way of a task: begin, draw, store, finish.

DBOS runs it once for each task, and again from its last recorded step when the process died on the way.
A step may so happen twice; each is made such that twice is the same as once: the picture follows from
the request and its seed, lies under the task's own name, and a row that has ended does not change.
"""

import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import structlog
from dbos import DBOS
from sqlalchemy.exc import SQLAlchemyError

from seedbed.engine.batching import batch_kin
from seedbed.engine.engine import BatchEngine, DrawnImage, OnStep, Viewer
from seedbed.errors import (
    EngineCrashed,
    EngineTimeout,
    GenerationCancelled,
    IllegalTransition,
    NotReady,
    SeedbedError,
    StorageError,
)
from seedbed.request import PixelSize
from seedbed.settings import Settings
from seedbed.store.images import ImageStore, image_path
from seedbed.store.tasks import Announce, TaskStore
from seedbed.task import Remarks, StoredImage, Task
from seedbed.workflow.metrics import Metrics
from seedbed.workflow.progress import Progress
from seedbed.workflow.tracing import span, waited
from seedbed.workflow.turns import HandedBack, Turns

__all__ = ["MAX_RECOVERIES", "QUEUE", "WORKFLOW", "Generation", "Outcome", "ServedEngine"]

QUEUE = "generation"
WORKFLOW = "generate"
MAX_RECOVERIES = 100
"""How often DBOS takes a task up again before it gives it up.

Far above our own `max_attempts`, which counts the times a task was really drawn and so is what stops a
poisonous one. DBOS also counts each restart of the server that a task merely waited through.
"""
PROGRESS_SECONDS = 0.25
POLL_SECONDS = 0.02
STORAGE_PAUSE = 2.0
"""Seconds before a task whose image could not be stored is tried again."""

ENGINE_GONE = (EngineCrashed, NotReady)
"""What an engine raises that was closed under a drawing."""

log = structlog.get_logger(__name__)


class ServedEngine(BatchEngine, Protocol):
    """An engine that loads, and may be stopped, while others look on."""

    @property
    def is_ready(self) -> bool:
        """Whether a drawing would begin at once, but for others before it."""

    def close(self) -> None:
        """End whatever is drawn, with an error."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt; DBOS keeps it as JSON."""

    image: dict[str, Any] | None = None
    """The stored image."""
    failure: str | None = None
    """Why there is none, for good or for now."""
    retry_after: float | None = None
    """Seconds after which another attempt may help; None when none may."""


class Generation:
    """Draws tasks.

    Args:
        settings: how often a task is tried.
        tasks: where their rows are.
        images: where their images go.
        engine: what draws.
        announce: tells of each change of status, in the transaction that makes it.
        metrics: measures the stages, and counts the ends and the failures.
        progress: tells those who watch, of each step as well.
    """

    def __init__(
        self,
        settings: Settings,
        tasks: TaskStore,
        images: ImageStore,
        engine: ServedEngine,
        announce: Announce,
        metrics: Metrics,
        progress: Progress,
    ) -> None:
        self._settings = settings
        self._tasks = tasks
        self._images = images
        self._engine = engine
        self._announce = announce
        self._progress = progress
        self._metrics = metrics
        self._turns = Turns(self._kin, settings.batch_size)
        self._stopping = threading.Event()
        self.at_hand: set[str] = set()
        """The tasks whose workflow runs in this process."""
        self._cancelled: set[str] = set()

    def register(self) -> None:
        """Make the workflow known to DBOS; once, before its launch."""

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MAX_RECOVERIES)
        def generate(task_id: str) -> None:
            self.at_hand.add(task_id)
            self._turns.come(task_id)
            try:
                self._generate(task_id)
            except SQLAlchemyError as error:
                raise _interrupted(task_id, error) from error
            finally:
                self._turns.go(task_id)
                self.at_hand.discard(task_id)
                self._cancelled.discard(task_id)

    def cancel(self, task_id: str) -> None:
        """Stop a task that is drawn here at its next network step; its row says so already, for elsewhere."""
        if task_id in self.at_hand:
            self._cancelled.add(task_id)

    def stop(self, grace: float) -> bool:
        """Begin no task any more, and give the one that is drawn `grace` seconds; whether it ended."""
        self._turns.close()
        return self._turns.wait_idle(grace)

    def hand_back(self, grace: float) -> bool:
        """End all work here: the task that is drawn stops after its step, and those that wait go.

        They go on at the next start. Answers whether all ended within `grace` seconds.
        """
        self._stopping.set()
        self._turns.hand_back()
        until = time.monotonic() + grace
        while self.at_hand and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        return not self.at_hand

    def _generate(self, task_id: str) -> None:
        """The way of a task: begin, draw, store, as often as need be; finish."""
        outcome = self._attempt(task_id)
        while outcome.retry_after is not None:
            self._pause(outcome.retry_after)
            outcome = self._attempt(task_id)
        self._finish(task_id, outcome)

    def _attempt(self, task_id: str) -> Outcome:
        """One attempt, which DBOS records: what was drawn and stored is not drawn again."""
        return Outcome(**DBOS.run_step({"name": "attempt"}, self._step, task_id))

    def _step(self, task_id: str) -> dict[str, Any]:
        try:
            return self._begin_draw_store(task_id)
        except SQLAlchemyError as error:
            # Here and not only outside: DBOS would record it as what came of the step.
            raise _interrupted(task_id, error) from error

    def _begin_draw_store(self, task_id: str) -> dict[str, Any]:
        task: Task | None = None
        with self._turns.take(self._tasks.get_any(task_id)) as guest:
            try:
                # Before it begins: an engine that still loads is not the task's attempt.
                self._await_engine()
                task = self._begin(task_id)
                with self._stage("draw", task):
                    drawn = guest.draw(self._engine, task.request, self._watch(task), self._viewer(task))
                with self._stage("store", task):
                    return asdict(Outcome(image=self._store(task, drawn)))
            except SQLAlchemyError:
                raise
            except Exception as error:
                if self._stopping.is_set() and isinstance(error, ENGINE_GONE):
                    raise self._handed_back(task) from error
                return asdict(self._judge(task_id, error))
            except HandedBack:
                raise self._handed_back(task) from None
            finally:
                # Whatever became of it, the others wait for it no more.
                guest.leave(self._engine)

    def _kin(self, task: Task) -> Hashable | None:
        """What a task shares with those that it may be drawn with; one that failed before goes alone."""
        return None if task.attempts else batch_kin(self._settings, task.request)

    @contextmanager
    def _stage(self, name: str, task: Task) -> Iterator[None]:
        """Measure a stage, and trace it."""
        with self._metrics.stages.labels(name).time(), span(name, task.task_id, {"seedbed.attempt": task.attempts}):
            yield

    def _await_engine(self) -> None:
        """Wait for the engine to be ready, but not while the server stops: then it need not load any more."""
        until = time.monotonic() + self._settings.engine_start_timeout
        while not self._engine.is_ready:
            if self._turns.is_closed:
                raise HandedBack
            if time.monotonic() > until:
                raise NotReady("the model could not be loaded")
            time.sleep(POLL_SECONDS)

    def _handed_back(self, task: Task | None) -> HandedBack:
        """What to raise when the server itself breaks an attempt off, which then does not count."""
        if task is not None:
            self._tasks.hand_back(task.task_id)
        return HandedBack()

    def _begin(self, task_id: str) -> Task:
        task = self._tasks.begin(task_id, max_attempts=self._settings.max_attempts, announce=self._announce)
        self._progress.tell(task)
        if task.attempts == 1 and task.started_at is not None:
            self._metrics.stages.labels("wait").observe((task.started_at - task.created_at).total_seconds())
            waited(task_id, task.created_at, task.started_at)
        log.info("task in progress", task_id=task_id, attempt=task.attempts)
        return task

    def _viewer(self, task: Task) -> Viewer | None:
        return self._progress.viewer(task) if self._settings.previews else None

    def _watch(self, task: Task) -> OnStep:
        """What the engine calls after each step: notes the progress, and stops what shall stop."""
        noted = 0.0

        def on_step(step: int, num_inference_steps: int) -> None:
            nonlocal noted
            if self._stopping.is_set():
                raise HandedBack
            self._progress.tell(replace(task, step=step, num_inference_steps=num_inference_steps))
            now = time.monotonic()
            if task.task_id not in self._cancelled and now - noted < PROGRESS_SECONDS:
                return
            noted = now
            # The row decides: it knows of every cancellation, wherever it came in.
            if not self._may_go_on(task.task_id, step, num_inference_steps):
                raise GenerationCancelled("cancelled by its owner")

        return on_step

    def _may_go_on(self, task_id: str, step: int, num_inference_steps: int) -> bool:
        try:
            return self._tasks.progress(task_id, step, num_inference_steps)
        except SQLAlchemyError as error:
            # Not worth the picture: if the database stays away, storing the end will tell.
            log.warning("task progress not noted", task_id=task_id, reason=str(error))
            return True

    def _store(self, task: Task, drawn: DrawnImage) -> dict[str, Any]:
        path = image_path(task.task_id)
        self._images.put(path, drawn.jpeg)
        identity = drawn.identity
        stored = StoredImage(
            path,
            drawn.size,
            identity.name,
            identity.digest,
            ignored_words=drawn.ignored_words,
            corrections=drawn.corrections,
            remarks=drawn.remarks,
        )
        return asdict(stored)

    def _judge(self, task_id: str, error: Exception) -> Outcome:
        """What an attempt's error means for the task."""
        if isinstance(error, IllegalTransition):
            # It ended while it waited for its turn: cancelled, or finished just before we died.
            return Outcome()
        self._metrics.failures.labels(type(error).__name__).inc()
        if isinstance(error, EngineCrashed | EngineTimeout | StorageError):
            log.warning("task attempt failed", task_id=task_id, reason=str(error))
            self._tasks.note_failure(task_id, str(error))
            return Outcome(failure=str(error), retry_after=STORAGE_PAUSE * isinstance(error, StorageError))
        if isinstance(error, SeedbedError):
            return Outcome(failure=str(error))
        log.error("task attempt broke", task_id=task_id, exc_info=error)
        return Outcome(failure=f"internal error: {type(error).__name__}")

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise HandedBack

    def _finish(self, task_id: str, outcome: Outcome) -> None:
        if outcome.image is not None:
            task = self._tasks.complete(task_id, _stored_image(outcome.image), announce=self._announce)
        elif outcome.failure is not None:
            task = self._tasks.fail(task_id, outcome.failure, announce=self._announce)
        else:
            return
        self._progress.tell(task)
        self._metrics.tasks.labels(task.status).inc()
        if task.finished_at is not None:
            self._metrics.stages.labels("total").observe((task.finished_at - task.created_at).total_seconds())
        log.info("task finished", task_id=task_id, status=task.status, reason=task.error)


def _interrupted(task_id: str, error: SQLAlchemyError) -> HandedBack:
    """What to raise when the database is away or full: not the task's fault, and housekeeping takes it up again."""
    log.warning("task interrupted", task_id=task_id, reason=str(error).splitlines()[0])
    return HandedBack()


def _stored_image(fields: dict[str, Any]) -> StoredImage:
    words = tuple(fields["ignored_words"])
    # What an older Seedbed recorded has neither.
    corrections = tuple((written, read_as) for written, read_as in fields.get("corrections", ()))
    remarks = Remarks.of(fields.get("remarks"))
    plain = {**fields, "size": PixelSize(**fields["size"])}
    return StoredImage(**{**plain, "ignored_words": words, "corrections": corrections, "remarks": remarks})
