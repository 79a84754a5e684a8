"""Takes up what workers of other names had at hand and will not go on with: they are gone, or have a new name.

Every worker beats in a table. Whoever is silent for long, be it killed, frozen or cut off, loses what it had at
hand: one survivor at a time puts it back into its queues. Should the silent one wake up, DBOS refuses what it
records, because its workflows have another owner by then; so each task ends once.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

import structlog
from dbos import DBOS, WorkflowStatus, WorkflowStatusString
from sqlalchemy.exc import SQLAlchemyError

from seedbed.settings import Settings
from seedbed.store.claim import claimed
from seedbed.store.schema import Database
from seedbed.store.workers import WorkerStore

__all__ = ["Takeover"]

RUNS: Final = WorkflowStatusString.PENDING.value
BEATS: Final = 3
"""Beats in the time after which a silent worker is taken for dead: two may get lost or come late."""
LOCK: Final = "+takeover"
"""What is claimed by the survivor that takes over; no worker may have such a name."""
FORGOTTEN_AFTER: Final = 100
"""Times that silence, after which a worker is off the list, too."""

log = structlog.get_logger(__name__)


class Takeover:
    """Beats for this worker, and goes on with what others left.

    Args:
        settings: our name, and how long a silence means death.
        database: all of whose workers have their claims and their beats there.
        draws: whether we have an engine.
    """

    def __init__(self, settings: Settings, database: Database, *, draws: bool) -> None:
        self._worker_id = settings.worker_id
        self._patience = settings.takeover_after
        self._database = database
        self._workers = WorkerStore(database)
        self._draws = draws
        self._beating_since: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="takeover", daemon=True)

    def at_start(self) -> None:
        """Take up what those left whose claims are free, however lately they beat: they are gone."""
        self._beat()
        self._take_over(_owners(_running()) - {self._worker_id}, silent=())

    def start(self) -> None:
        """Beat and look around from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Beat and look around no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def leave(self) -> None:
        """Take our leave, once nothing runs here any more: what we handed back goes on elsewhere at once."""
        try:
            self._workers.forget(self._worker_id)
        except SQLAlchemyError as error:
            log.warning("leave not taken", reason=_first_line(error))

    def look_around(self) -> None:
        """Beat once, and take over once, if somebody is to be taken over."""
        self._beat()
        others = _owners(_running()) - {self._worker_id}
        # After an outage of the database everybody was silent: those alive get the time to beat again.
        if others and self._has_beaten_for(self._patience):
            silences = self._silences()
            silent = {other for other in others if silences.get(other, 0.0) > self._patience}
            self._take_over(silent | (others - set(silences)), silent)

    def _run(self) -> None:
        while not self._stop.wait(self._patience / BEATS):
            try:
                self.look_around()
            except Exception as error:  # whatever it is: a worker whose heart stops is taken for dead
                self._beating_since = None
                log.warning("takeover failed", reason=_first_line(error))

    def _beat(self) -> None:
        self._workers.beat(self._worker_id, draws=self._draws)
        self._beating_since = self._beating_since or time.monotonic()

    def _has_beaten_for(self, seconds: float) -> bool:
        return self._beating_since is not None and time.monotonic() - self._beating_since >= seconds

    def _silences(self) -> dict[str, float]:
        """How long each worker has been silent, in seconds; those that were for very long are forgotten."""
        silences = {record.worker_id: record.silence for record in self._workers.list()}
        for worker_id, silence in silences.items():
            if silence > FORGOTTEN_AFTER * self._patience:
                self._workers.forget(worker_id)
        return silences

    def _take_over(self, candidates: Collection[str], silent: Collection[str]) -> None:
        """Put back what those of `candidates` had who are `silent`, or whose claims are free."""
        with _if_any(self._database, candidates) as is_ours:
            for worker_id in sorted(candidates) if is_ours else ():
                # While we hold its claim, none of its name can start and recover the same.
                with claimed(self._database, worker_id) as is_free:
                    if is_free or worker_id in silent:
                        _put_back(worker_id)


def _if_any(database: Database, candidates: Collection[str]) -> AbstractContextManager[bool]:
    """The right to take over, if there is anybody to be taken over: one survivor has it at a time."""
    return claimed(database, LOCK) if candidates else nullcontext(False)


def _put_back(worker_id: str) -> None:
    # Asked again under the lock: what we saw before may be over, or run elsewhere, by now.
    workflows = _running(worker_id)
    by_queue: dict[str | None, list[str]] = defaultdict(list)
    for workflow in workflows:
        by_queue[workflow.queue_name].append(workflow.workflow_id)
    for queue, ids in by_queue.items():
        DBOS.resume_workflows(ids, queue_name=queue)
    if workflows:
        log.warning("tasks taken over", worker=worker_id, workflows=len(workflows))


def _running(worker_id: str | None = None) -> list[WorkflowStatus]:
    return DBOS.list_workflows(status=RUNS, executor_id=worker_id, load_input=False, load_output=False)


def _owners(workflows: Iterable[WorkflowStatus]) -> set[str]:
    return {workflow.executor_id for workflow in workflows if workflow.executor_id}


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
