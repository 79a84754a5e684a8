"""`seedbed keys create|list|revoke|secret`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.settings import load_settings

if TYPE_CHECKING:
    from seedbed.store.keys import KeyRecord, KeyStore, Scope

__all__ = ["keys"]

SECRET_BYTES = 32

keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a key.")]


@contextmanager
def _store() -> "Iterator[KeyStore]":
    from seedbed.store.keys import KeyStore
    from seedbed.store.schema import open_database

    database = open_database(load_settings())
    try:
        yield KeyStore(database)
    finally:
        database.close()


@keys.command()
def create(
    name: Annotated[str, typer.Option(help="What to call it.")] = "unnamed",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do: generate, read; admin: so with all keys' tasks. [default: generate, read]"),
    ] = None,
    days: Annotated[float | None, typer.Option(help="Days until it ends by itself. [default: never]")] = None,
    rate: Annotated[int | None, typer.Option(min=1, help="Its requests a minute. [default: as any key]")] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Its tasks that may wait or be drawn at a time. [default: as any key's]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it. It is stored only as a digest: nobody can print it again."""
    _check_name(name)
    scopes, expires_at = _scopes(scope), _end(days)
    with _store() as store:
        record, plaintext = store.create(
            name, scopes=scopes, expires_at=expires_at, rate_limit=rate, concurrency=concurrency
        )
    if as_json:
        typer.echo(json.dumps({**_fields(record), "key": plaintext}, ensure_ascii=False))
        return
    typer.echo(f"{record.key_id}  {name}", err=True)
    typer.echo(plaintext)


@keys.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List all keys, oldest first: id, beginning, state, scopes, days made, last used and ending, name."""
    with _store() as store:
        for record in store.list():
            _tell(record, as_json=as_json)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="As `seedbed keys list` shows it.")], as_json: AsJson = False
) -> None:
    """End a key: from now on its requests are refused; its tasks stay."""
    with _store() as store:
        _tell(store.revoke(key_id), as_json=as_json)


@keys.command()
def secret(
    key_id: Annotated[str, typer.Argument(help="As `seedbed keys list` shows it.")],
    new: Annotated[bool, typer.Option("--new", help="Make another; the one before it signs as well.")] = False,
    only: Annotated[bool, typer.Option("--only", help="Sign with the newest alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a secret.")] = False,
) -> None:
    """Print the secrets that sign a key's webhooks, the newest first; none: the server's do."""
    import secrets as random

    from seedbed.webhooks.signature import standard_secret

    with _store() as store:
        if new:
            store.add_webhook_secret(key_id, standard_secret(random.token_bytes(SECRET_BYTES)))
        if only:
            store.keep_webhook_secret(key_id)
        for held in store.webhook_secrets(key_id):
            typer.echo(json.dumps({"key_id": key_id, "secret": held}) if as_json else held)


def _tell(record: "KeyRecord", *, as_json: bool) -> None:
    typer.echo(json.dumps(_fields(record), ensure_ascii=False) if as_json else _line(record))


def _fields(record: "KeyRecord") -> dict[str, Any]:
    from dataclasses import asdict

    moments = {name: value.isoformat() for name, value in asdict(record).items() if isinstance(value, datetime)}
    return {**asdict(record), **moments, "scopes": sorted(record.scopes), "state": record.state(datetime.now(UTC))}


def _line(record: "KeyRecord") -> str:
    state, scopes = record.state(datetime.now(UTC)), ",".join(sorted(record.scopes))
    days = "  ".join(_day(day) for day in (record.created_at, record.last_used_at, record.expires_at))
    return f"{record.key_id}  {record.hint}…  {state:7}  {scopes:13}  {days}  {record.name}"


def _day(moment: datetime | None) -> str:
    return "-" * 10 if moment is None else f"{moment:%Y-%m-%d}"


def _check_name(name: str) -> None:
    from seedbed.store.keys import MAX_KEY_NAME_CHARACTERS

    # One line of a list, and as long as the page takes it.
    if not name.strip() or not name.isprintable() or len(name) > MAX_KEY_NAME_CHARACTERS:
        raise typer.BadParameter(f"give one line of 1 to {MAX_KEY_NAME_CHARACTERS} characters", param_hint="--name")


def _end(days: float | None) -> datetime | None:
    if days is None:
        return None
    with suppress(OverflowError):
        if days > 0:
            return datetime.now(UTC) + timedelta(days=days)
    raise typer.BadParameter("give a number of days above 0, and no more than calendars have", param_hint="--days")


def _scopes(names: list[str] | None) -> "frozenset[Scope]":
    from seedbed.store.keys import DEFAULT_SCOPES, Scope

    if not names:
        return DEFAULT_SCOPES
    unknown = sorted(set(names) - set(Scope))
    if unknown:
        raise typer.BadParameter(f"there is no scope {', '.join(unknown)}: generate, read or admin")
    return frozenset(Scope(name) for name in names)
