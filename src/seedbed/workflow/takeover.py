"""Takes up what workers of other names had at hand and will not go on with: they are gone, or have a new name."""

from collections import defaultdict

import structlog
from dbos import DBOS, WorkflowStatus, WorkflowStatusString

from seedbed.store.claim import claimed
from seedbed.store.schema import Database

__all__ = ["take_over"]

RUNS = WorkflowStatusString.PENDING.value

log = structlog.get_logger(__name__)


def take_over(database: Database, worker_id: str) -> None:
    """Put back into their queues the workflows that dead workers had at hand; whoever is alive goes on with them.

    DBOS recovers what a worker of our own name left, and leaves alone what belongs to other names: they may be
    alive. Whether one is, its claim tells. While we hold that, none of its name can start and recover the same.

    Args:
        database: all of whose workers have their claims there.
        worker_id: our own name.
    """
    for other in sorted({workflow.executor_id for workflow in _running()} - {worker_id, None}, key=str):
        with claimed(database, str(other)) as is_dead:
            if is_dead:
                _put_back(str(other))


def _put_back(worker_id: str) -> None:
    # Asked again under the claim: what we saw before may be over, or run elsewhere, by now.
    workflows = _running(worker_id)
    by_queue: dict[str | None, list[str]] = defaultdict(list)
    for workflow in workflows:
        by_queue[workflow.queue_name].append(workflow.workflow_id)
    for queue, ids in by_queue.items():
        DBOS.resume_workflows(ids, queue_name=queue)
    log.warning("tasks taken over", worker=worker_id, workflows=len(workflows))


def _running(worker_id: str | None = None) -> list[WorkflowStatus]:
    return DBOS.list_workflows(status=RUNS, executor_id=worker_id, load_input=False, load_output=False)
