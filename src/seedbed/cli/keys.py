"""`seedbed keys create|list|revoke`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from seedbed.settings import load_settings

if TYPE_CHECKING:
    from seedbed.store.keys import KeyRecord, KeyStore

__all__ = ["keys"]

keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)


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
def create(name: Annotated[str, typer.Option(help="What to call it.")] = "unnamed") -> None:
    """Make a key and print it. It is stored only as a digest: nobody can print it again."""
    with _store() as store:
        record, plaintext = store.create(name)
    typer.echo(f"{record.key_id}  {name}", err=True)
    typer.echo(plaintext)


@keys.command("list")
def list_keys() -> None:
    """List all keys, oldest first: id, beginning, state, day it was made, name."""
    with _store() as store:
        for record in store.list():
            typer.echo(_line(record))


@keys.command()
def revoke(key_id: Annotated[str, typer.Argument(help="As `seedbed keys list` shows it.")]) -> None:
    """End a key: from now on its requests are refused; its tasks stay."""
    with _store() as store:
        typer.echo(_line(store.revoke(key_id)))


def _line(record: "KeyRecord") -> str:
    state = "revoked" if record.revoked_at else "valid"
    return f"{record.key_id}  {record.hint}…  {state:7}  {record.created_at:%Y-%m-%d}  {record.name}"
