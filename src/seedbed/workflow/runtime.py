"""Sets DBOS up the way we need it, and is the only place that starts and stops it.

DBOS keeps one instance and one register of workflows for the process, so one `Runtime` runs at a time.
"""

import logging
from contextlib import ExitStack

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from dbos import error as dbos_errors
from sqlalchemy import Connection

from seedbed.errors import NotReady
from seedbed.settings import Settings
from seedbed.store.claim import claim_worker
from seedbed.store.images import ImageStore
from seedbed.store.links import LinkSigner
from seedbed.store.schema import Database
from seedbed.store.secrets import SecretStore
from seedbed.store.tasks import TaskStore
from seedbed.task import Task
from seedbed.workflow import deliver, generate
from seedbed.workflow.housekeeping import Housekeeping
from seedbed.workflow.lanes import Lane
from seedbed.workflow.progress import Progress

__all__ = ["APPLICATION_VERSION", "Runtime"]

APPLICATION_NAME = "seedbed"
APPLICATION_VERSION = "1"
"""Which workflows can go on with each other's records.

DBOS would derive it from our code, and leave every task alone that was accepted before an upgrade. It
changes only when a workflow's steps do, so that a record of the old ones cannot be replayed.
"""
NOTICE_SECONDS = 0.1
"""How long DBOS's thread for notifications, which we never send, sleeps before it sees a shutdown."""
WEBHOOK_POLL_SECONDS = 0.25
STEP_GRACE = 2.0
"""Seconds that a step may go on once the shutdown's grace is over."""
CLOSE_GRACE = 5.0

log = structlog.get_logger(__name__)
logger = logging.getLogger("dbos")


class Runtime:
    """The durable queues of one server.

    Args:
        settings: how patient it is.
        database: holds our tables and DBOS's.
        tasks: where the tasks' rows are.
        images: where the images go.
        engine: what draws.
        links: signs the images' URLs in webhooks.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        tasks: TaskStore,
        images: ImageStore,
        engine: generate.ServedEngine,
        links: LinkSigner,
    ) -> None:
        announce = self.enqueue_announcement
        self._settings = settings
        self._database = database
        self._tasks = tasks
        self._engine = engine
        self._client: DBOSClient | None = None
        self._held = ExitStack()
        self.progress = Progress()
        """News of the tasks that this server draws."""
        self._generation = generate.Generation(settings, tasks, images, engine, announce, self.progress)
        self._delivery = deliver.Delivery(
            settings,
            tasks,
            deliver.signing_secrets(settings, SecretStore(database)),
            lambda task: links.body(task, settings.base_url),
        )
        self._housekeeping = Housekeeping(settings, tasks, self._generation.at_hand, announce)

    def launch(self) -> None:
        """Take up what an earlier process left, and start to work through the queues.

        Raises `ConfigurationError` when another server of our name uses the database.
        """
        self._held.enter_context(claim_worker(self._database, self._settings.worker_id))
        _quiet()
        DBOS(config=self._config())
        self._held.callback(DBOS.destroy, destroy_registry=True)
        self._generation.register()
        self._delivery.register()
        DBOS.launch()
        self._open_queues()
        self._client = DBOSClient(
            system_database_engine=self._database.engine,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION_NAME,
            lazy=True,
        )
        self._housekeeping.start()

    def shutdown(self) -> None:
        """Let the running task end within `shutdown_grace`, hand the rest back, and stop."""
        self._housekeeping.stop()
        self._delivery.stop()
        self._generation.stop(self._settings.shutdown_grace)
        if not self._generation.hand_back(STEP_GRACE):
            self._engine.close()
            self._generation.hand_back(CLOSE_GRACE)
        self._delivery.hand_back(STEP_GRACE)
        self._client = None
        self._held.close()

    @property
    def is_busy(self) -> bool:
        """Whether any task's workflow runs in this process."""
        return bool(self._generation.at_hand)

    def enqueue_generation(self, connection: Connection, task: Task) -> None:
        """Hand a new task to the queue, in the transaction that stores it. Raises `NotReady`."""
        options = EnqueueOptions(workflow_name=generate.WORKFLOW, queue_name=generate.QUEUE, workflow_id=task.task_id)
        self._enqueue(connection, options, task.task_id)

    def enqueue_announcement(self, connection: Connection, task: Task) -> None:
        """Hand a task's new status to the webhooks, in the transaction that changes it."""
        attempt = self._delivery.first_attempt(task)
        if attempt is not None:
            self._enqueue(connection, attempt.options(), *attempt.arguments)

    def cancel(self, task_id: str, *, key_id: str) -> Task:
        """Stop a task: at once while it waits, between two steps while it is drawn.

        One that has ended stays as it is. Raises `TaskNotFound`.
        """
        ended: list[Task] = []

        def announce(connection: Connection, task: Task) -> None:
            self.enqueue_announcement(connection, task)
            ended.append(task)

        task = self._tasks.request_cancel(task_id, key_id=key_id, announce=announce)
        self.progress.tell(task)
        if ended:
            log.info("task finished", task_id=task_id, status=task.status, reason=task.error)
            self._drop(task_id)
        return task

    def _drop(self, task_id: str) -> None:
        """Take an ended task's workflow out of the queue, so that nobody waits behind it.

        Only a courtesy: were it to run, it would find the task ended, and end too.
        """
        if self._client is None:
            return
        waiting = self._client.list_workflows(workflow_ids=[task_id], status="ENQUEUED", load_input=False)
        if waiting:
            self._client.cancel_workflow(task_id)

    def _enqueue(self, connection: Connection, options: EnqueueOptions, *arguments: object) -> None:
        if self._client is None:
            raise NotReady("the queues are not open")
        options = {**options, "app_version": APPLICATION_VERSION}
        self._client.enqueue_in_transaction(connection, options, *arguments)

    def _config(self) -> DBOSConfig:
        return DBOSConfig(
            name=APPLICATION_NAME,
            system_database_engine=self._database.engine,
            application_version=APPLICATION_VERSION,
            # Stable, so that a restarted server knows the tasks that it had at hand for its own.
            executor_id=self._settings.worker_id,
            # The default pickles: whoever writes to the database would run code here.
            serializer=DBOSPortableJSONSerializer(),
            log_level="WARNING",
            # We send no notifications; without LISTEN a pooler in front of Postgres is no trouble.
            use_listen_notify=False,
            notification_listener_polling_interval_sec=NOTICE_SECONDS,
        )

    def _open_queues(self) -> None:
        poll = self._settings.poll_interval
        DBOS.register_queue(
            generate.QUEUE,
            worker_concurrency=generate.WORKER_CONCURRENCY,
            polling_interval_sec=poll,
            on_conflict="always_update",
        )
        for lane in Lane:
            DBOS.register_queue(
                lane.queue,
                worker_concurrency=lane.slots,
                partition_worker_concurrency=lane.receiver_slots,
                polling_interval_sec=min(WEBHOOK_POLL_SECONDS, 4 * poll),
                on_conflict="always_update",
            )


class _Expected(logging.Filter):
    """Drops what DBOS says of a workflow that was cancelled just as it started: that is no error to us."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is worth a line."""
        error = record.exc_info[1] if record.exc_info else None
        cancelled = isinstance(error, dbos_errors.DBOSAwaitedWorkflowCancelledError)
        return not cancelled and "was cancelled during execution" not in record.getMessage()


_expected = _Expected()


def _quiet() -> None:
    # DBOS gives itself a handler and a format unless it finds one: its lines shall look like ours.
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.addFilter(_expected)
