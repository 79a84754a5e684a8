"""`seedbed webhooks secret|list|show|replay|verify`."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from seedbed.settings import Settings, load_settings

if TYPE_CHECKING:
    from seedbed.store.deliveries import DeliveryRecord
    from seedbed.store.schema import Database

__all__ = ["webhooks"]

webhooks = typer.Typer(help="What signs webhooks, what became of them, and telling one again.", no_args_is_help=True)

WebhookId = Annotated[str, typer.Argument(help="As `seedbed webhooks list` shows it: msg_<task>_<status>.")]


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object an attempt.")]


OneObject = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@contextmanager
def _database() -> "Iterator[tuple[Settings, Database]]":
    from seedbed.store.schema import open_database

    settings = load_settings()
    database = open_database(settings)
    try:
        yield settings, database
    finally:
        database.close()


@webhooks.command("secret")
def show_secrets(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a secret.")] = False,
) -> None:
    """Print the secrets that sign webhooks, one a line; the server's own if none are set."""
    from seedbed.store.secrets import SecretStore
    from seedbed.workflow.deliver import signing_secrets

    with _database() as (settings, database):
        for secret in signing_secrets(settings, SecretStore(database)):
            typer.echo(json.dumps({"secret": secret}) if as_json else secret)


@webhooks.command("list")
def list_attempts(
    task: Annotated[str | None, typer.Option(help="Only those of the task with this id.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Only dead letters: given up, nobody tries again.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List attempts at webhooks, newest first: when, what came of it, number, seconds, event, detail."""
    from seedbed.store.deliveries import DeliveryLog, DeliveryOutcome

    outcome = DeliveryOutcome.GIVEN_UP if dead else None
    with _database() as (_settings, database):
        for record in DeliveryLog(database).page(task_id=task, outcome=outcome, limit=limit):
            typer.echo(_json(record) if as_json else _line(record))


@webhooks.command("show")
def show_event(webhook_id: WebhookId, as_json: AsJson = False) -> None:
    """Show all attempts at one event, newest first."""
    from seedbed.store.deliveries import DeliveryLog

    with _database() as (_settings, database):
        for record in DeliveryLog(database).event(webhook_id):
            typer.echo(_json(record) if as_json else _line(record))


@webhooks.command("replay")
def replay_event(webhook_id: WebhookId, as_json: OneObject = False) -> None:
    """Tell an event again: signed anew under the same id, by whichever server runs or is started next."""
    from seedbed.workflow.queues import queue_client
    from seedbed.workflow.replay import replay

    with _database() as (_settings, database):
        replay(database, queue_client(database), webhook_id)
    said = f"{webhook_id} is in the queue"
    typer.echo(json.dumps({"webhook_id": webhook_id, "queued": True}) if as_json else said)


@webhooks.command("verify")
def verify_body(
    webhook_id: Annotated[str, typer.Option("--id", help="The header webhook-id.")],
    timestamp: Annotated[str, typer.Option(help="The header webhook-timestamp.")],
    signature: Annotated[str, typer.Option(help="The header webhook-signature.")],
    secret: Annotated[list[str] | None, typer.Option(help="What signs. [default: this server's secrets]")] = None,
    at: Annotated[float | None, typer.Option(help="The receiver's clock, Unix seconds. [default: now]")] = None,
    as_json: OneObject = False,
) -> None:
    """Say whether the body on standard input, as it was received, is one of ours; code 1 and the reason if not."""
    from seedbed.store.secrets import SecretStore
    from seedbed.webhooks.signature import verify
    from seedbed.workflow.deliver import signing_secrets

    if secret:
        secrets = tuple(secret)
    else:
        with _database() as (settings, database):
            secrets = signing_secrets(settings, SecretStore(database))
    headers = {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
    verify(secrets, headers, sys.stdin.buffer.read(), time.time() if at is None else at)
    typer.echo(json.dumps({"webhook_id": webhook_id, "verified": True}) if as_json else "signed by us")


def _json(record: "DeliveryRecord") -> str:
    from dataclasses import asdict

    told = asdict(record)
    moments = {name: value.isoformat() for name, value in told.items() if hasattr(value, "isoformat")}
    return json.dumps({**told, **moments}, ensure_ascii=False)


def _line(record: "DeliveryRecord") -> str:
    due = f", next {record.next_at:%H:%M:%S}" if record.next_at else ""
    facts = f"{record.made_at:%Y-%m-%d %H:%M:%S}  {record.outcome:9}  {record.number:2}  {record.seconds:6.2f} s"
    return f"{facts}  {record.webhook_id}  {record.detail}{due}"
