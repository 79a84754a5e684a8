"""What must be looked after now and then: workflows that ended badly, and those that ended long ago."""

import threading
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import structlog
from dbos import DBOS, WorkflowStatus, WorkflowStatusString
from sqlalchemy.exc import SQLAlchemyError

from seedbed.errors import IllegalTransition
from seedbed.settings import Settings
from seedbed.store.tasks import Announce, TaskStore
from seedbed.task import Task
from seedbed.workflow.generate import QUEUE
from seedbed.workflow.retention import Retention

__all__ = ["Housekeeping"]

INTERVAL_SECONDS = 30.0
BATCH = 500
"""Workflows asked for or deleted at once."""

RUNS = WorkflowStatusString.PENDING.value
ENDED = [
    WorkflowStatusString.SUCCESS.value,
    WorkflowStatusString.ERROR.value,
    WorkflowStatusString.CANCELLED.value,
    WorkflowStatusString.MAX_RECOVERY_ATTEMPTS_EXCEEDED.value,
]

log = structlog.get_logger(__name__)


class Housekeeping:
    """Sees to it that every task ends, and that the durable queue forgets what is over.

    Args:
        settings: how long finished workflows are kept.
        tasks: where the tasks' rows are.
        at_hand: the tasks whose workflow runs in this process.
        announce: tells of each change of status, in the transaction that makes it.
        retention: forgets the tasks themselves.
    """

    def __init__(
        self,
        settings: Settings,
        tasks: TaskStore,
        at_hand: Collection[str],
        announce: Announce,
        retention: Retention,
    ) -> None:
        self._retention = retention
        self._workflows_kept = timedelta(seconds=settings.workflow_retention)
        self._worker_id = settings.worker_id
        self._tasks = tasks
        self._at_hand = at_hand
        self._announce = announce
        self._stranded: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Tidy up now, and every half minute from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Tidy up no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def sweep(self) -> None:
        """Tidy up once."""
        self._end_what_is_lost()
        self._forget_what_is_over()
        self._retention.sweep()

    def _run(self) -> None:
        while True:
            try:
                self.sweep()
            except SQLAlchemyError as error:
                # A full disk or a lost database: the next round may find it well again.
                log.warning("housekeeping failed", reason=str(error))
            if self._stop.wait(INTERVAL_SECONDS):
                return

    def _end_what_is_lost(self) -> None:
        """End each task whose workflow will not; start again what stopped without a word.

        The rows are read before the workflows: what ends in between is seen as ended.
        """
        unfinished = self._tasks.unfinished()
        stranded = set()
        for batch in (unfinished[at : at + BATCH] for at in range(0, len(unfinished), BATCH)):
            workflows = _workflows(batch)
            for task in batch:
                workflow = workflows.get(task.task_id)
                if workflow is None or workflow.status in ENDED:
                    self._fail(task, workflow)
                elif self._is_stranded(task, workflow):
                    stranded.add(task.task_id)
        self._take_up(stranded & self._stranded)
        self._stranded = stranded

    def _is_stranded(self, task: Task, workflow: WorkflowStatus) -> bool:
        """Whether DBOS thinks that we run it and we do not: an error kept its end from being recorded."""
        ours = workflow.status == RUNS and workflow.executor_id == self._worker_id
        return ours and task.task_id not in self._at_hand

    def _take_up(self, task_ids: set[str]) -> None:
        # Only what was stranded a round ago as well: one just claimed has no thread for a moment.
        if task_ids:
            log.warning("tasks taken up again", task_ids=sorted(task_ids))
            DBOS.resume_workflows(sorted(task_ids), queue_name=QUEUE)

    def _fail(self, task: Task, workflow: WorkflowStatus | None) -> None:
        try:
            self._tasks.fail(task.task_id, _why(workflow), announce=self._announce)
        except IllegalTransition:
            # It was COMPLETED since we read it: nothing is lost.
            return
        log.error("task lost its workflow", task_id=task.task_id, reason=_why(workflow))

    def _forget_what_is_over(self) -> None:
        before = (datetime.now(UTC) - self._workflows_kept).isoformat()
        while not self._stop.is_set():
            over = DBOS.list_workflows(
                status=ENDED, completed_before=before, limit=BATCH, load_input=False, load_output=False
            )
            DBOS.delete_workflows([workflow.workflow_id for workflow in over])
            if len(over) < BATCH:
                return


def _workflows(tasks: Collection[Task]) -> dict[str, WorkflowStatus]:
    ids = [task.task_id for task in tasks]
    found = DBOS.list_workflows(workflow_ids=ids, load_input=False)
    return {workflow.workflow_id: workflow for workflow in found}


def _why(workflow: WorkflowStatus | None) -> str:
    if workflow is None:
        return "its place in the queue was lost"
    if workflow.status == WorkflowStatusString.MAX_RECOVERY_ATTEMPTS_EXCEEDED.value:
        return "given up: the server stopped too often while it was at hand"
    return f"its workflow ended without a result: {workflow.error or workflow.status}"
