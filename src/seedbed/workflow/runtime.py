"""Sets DBOS up the way we need it, and is the only place that starts and stops it.

DBOS keeps one instance and one register of workflows for the process, so one `Runtime` runs at a time.
"""

import logging
from collections import deque
from contextlib import ExitStack

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from dbos import error as dbos_errors
from sqlalchemy import Connection

from seedbed.errors import NotReady
from seedbed.settings import Settings
from seedbed.store.claim import Claim, claim_worker
from seedbed.store.deliveries import DeliveryLog, DeliveryRecord
from seedbed.store.images import ImageStore
from seedbed.store.keys import KeyStore
from seedbed.store.links import LinkSigner
from seedbed.store.schema import Database
from seedbed.store.secrets import SecretStore
from seedbed.store.tasks import TaskStore
from seedbed.task import Task
from seedbed.workflow import deliver, generate
from seedbed.workflow.housekeeping import Housekeeping
from seedbed.workflow.lanes import Lane
from seedbed.workflow.metrics import Metrics
from seedbed.workflow.progress import Progress
from seedbed.workflow.queues import APPLICATION_NAME, APPLICATION_VERSION, queue_client
from seedbed.workflow.rehousing import Rehousing
from seedbed.workflow.replay import replay
from seedbed.workflow.retention import Retention
from seedbed.workflow.takeover import Takeover
from seedbed.workflow.tracing import span

__all__ = ["APPLICATION_VERSION", "Runtime"]

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
        engine: what draws; None leaves that to other workers.
        links: signs the images' URLs in webhooks.
        delivers: whether it sends webhooks, or leaves them to other workers.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        tasks: TaskStore,
        images: ImageStore,
        engine: generate.ServedEngine | None,
        links: LinkSigner,
        *,
        delivers: bool = True,
    ) -> None:
        announce = self.enqueue_announcement
        self._keys = KeyStore(database)
        self._own_secrets = deliver.signing_secrets(settings, SecretStore(database))
        self._settings = settings
        self._database = database
        self._delivers = delivers
        self._tasks = tasks
        self._engine = engine
        self._client: DBOSClient | None = None
        self._claim: Claim | None = None
        self._held = ExitStack()
        self.progress = Progress()
        """News of the tasks that this server draws."""
        self.metrics = Metrics()
        """What this process does, for Prometheus."""
        self._generation = engine and generate.Generation(
            settings, tasks, images, engine, announce, self.metrics, self.progress
        )
        self.log = DeliveryLog(database)
        """Every attempt at a webhook."""
        self._delivery = deliver.Delivery(
            settings,
            tasks,
            self._secrets_of,
            lambda task: links.body(task, settings.base_url),
            self.metrics,
            self.log,
            Rehousing(database),
        )
        at_hand = self._generation.at_hand if self._generation else frozenset[str]()
        retention = Retention(settings, database, images)
        self._housekeeping = Housekeeping(settings, tasks, at_hand, announce, retention, self._delivery.at_hand)
        self._takeover = Takeover(settings, database, draws=engine is not None)

    def launch(self) -> None:
        """Take up what an earlier process left, and start to work through the queues.

        Raises `ConfigurationError` when another server of our name uses the database.
        """
        self._claim = self._held.enter_context(claim_worker(self._database, self._settings.worker_id))
        self._held.callback(self._takeover.leave)
        _quiet()
        DBOS(config=self._config())
        self._held.callback(DBOS.destroy, destroy_registry=True)
        if self._generation:
            self._generation.register()
        self._delivery.register()
        DBOS.listen_queues(self._queues())
        # Before the launch, which takes up at once what waits: that announces its changes.
        self._client = queue_client(self._database)
        DBOS.launch()
        self._open_queues()
        self._takeover.at_start()
        self._housekeeping.start()
        self._takeover.start()

    def shutdown(self) -> None:
        """Let the running task end within `shutdown_grace`, hand the rest back, and stop."""
        self._housekeeping.stop()
        self._delivery.stop()
        if self._generation and self._engine:
            self._generation.stop(self._settings.shutdown_grace)
            if not self._generation.hand_back(STEP_GRACE):
                self._engine.close()
                self._generation.hand_back(CLOSE_GRACE)
        self._delivery.hand_back(STEP_GRACE)
        self._client = None
        # Until here it beats: a long grace is no silence.
        self._takeover.stop()
        self._held.close()

    @property
    def failure(self) -> str | None:
        """Why this server may not go on: another has its name."""
        return None if self._claim is None else self._claim.failure

    @property
    def is_busy(self) -> bool:
        """Whether any task's workflow runs in this process."""
        return bool(self._generation and self._generation.at_hand)

    def enqueue_generation(self, connection: Connection, task: Task) -> None:
        """Hand a new task to the queue, in the transaction that stores it. Raises `NotReady`."""
        options = EnqueueOptions(
            workflow_name=generate.WORKFLOW,
            queue_name=generate.QUEUE,
            workflow_id=task.task_id,
            # DBOS counts from 1.
            priority=max(1, task.rank),
        )
        with span("accept", task.task_id, linked=True):
            self._enqueue(connection, options, task.task_id)

    def enqueue_announcement(self, connection: Connection, task: Task) -> None:
        """Hand a task's new status to the webhooks, in the transaction that changes it."""
        attempt = self._delivery.first_attempt(task)
        if attempt is not None:
            self._enqueue(connection, attempt.options(), *attempt.arguments)

    def cancel(self, task_id: str, *, key_id: str | None) -> Task:
        """Stop a task: at once while it waits, at its next network step while it is drawn.

        One that has ended stays as it is. Raises `TaskNotFound`, also when it is not that key's; None: anybody's.
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
        elif task.cancel_requested and self._generation:
            self._generation.cancel(task_id)
        return task

    def replay(self, webhook_id: str, *, key_id: str | None = None) -> tuple[DeliveryRecord, ...]:
        """Tell an event again, under its old id, in tries of their own; its attempts so far.

        Args:
            webhook_id: the event's.
            key_id: whose it must be; None: anybody's.

        Raises `DeliveryNotFound`, and `ReplayRefused` when the task has another status by now.
        """
        if self._client is None:
            raise NotReady("the queues are not open")
        made = replay(self._database, self._client, webhook_id, key_id=key_id)
        log.info("webhook replayed", webhook_id=webhook_id)
        return made

    def _secrets_of(self, key_id: str) -> tuple[str, ...]:
        """What signs a key's webhooks: its own secrets, or else the server's."""
        return self._keys.webhook_secrets(key_id) or self._own_secrets

    def _drop(self, task_id: str) -> None:
        """Take an ended task's workflow out of the queue, so that nobody waits behind it.

        Only a courtesy: were it to run, it would find the task ended, and end too.
        """
        if self._client is None:
            return
        waiting = self._client.list_workflows(workflow_ids=[task_id], status="ENQUEUED", load_input=False)
        if waiting:
            _expected.cancelled.append(task_id)
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

    def _queues(self) -> list[str]:
        """The queues that this worker takes from; it puts into all of them."""
        drawing = [generate.QUEUE] if self._generation else []
        return drawing + ([lane.queue for lane in Lane] if self._delivers else [])

    def _open_queues(self) -> None:
        poll = self._settings.poll_interval
        DBOS.register_queue(
            generate.QUEUE,
            worker_concurrency=self._settings.tasks_at_hand,
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

    def __init__(self) -> None:
        super().__init__()
        self.cancelled: deque[str] = deque(maxlen=1000)
        """The workflows that this process cancelled last: DBOS takes them from whoever has just begun them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is worth a line."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, dbos_errors.DBOSAwaitedWorkflowCancelledError):
            return False
        message = record.getMessage()
        if "is no longer owned by this execution" in message:
            return not any(workflow in message for workflow in self.cancelled)
        return "was cancelled during execution" not in message


_expected = _Expected()


def _quiet() -> None:
    # DBOS gives itself a handler and a format unless it finds one: its lines shall look like ours.
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.addFilter(_expected)
