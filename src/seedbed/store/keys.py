"""API keys: made once, shown once, stored only as a digest."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, delete, insert, select, update

from seedbed.errors import InvalidKey
from seedbed.store.schema import Database, api_keys

__all__ = ["PREFIX", "KeyRecord", "KeyStore"]

PREFIX = "sb_"
TOKEN_BYTES = 32
HINT_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is known of a key after it was shown: everything but the key."""

    key_id: str
    """Names the key; tasks belong to it."""
    name: str
    """What its owner calls it."""
    hint: str
    """How the key begins, to tell it from others."""
    bootstrap: bool
    """Whether it comes from `SEEDBED_API_KEYS`."""
    created_at: datetime
    """When it was made, UTC."""
    revoked_at: datetime | None
    """When it was revoked, UTC."""


class KeyStore:
    """The keys in the database.

    A digest without salt or stretching is right here: our keys are 256 random bits, which no dictionary
    holds and no hardware counts through, and every request looks one up.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str) -> tuple[KeyRecord, str]:
        """A new key called `name`: its record, and the key itself, which is never to be had again."""
        plaintext = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        with self._database.begin() as connection:
            return self._insert(connection, plaintext, name, bootstrap=False), plaintext

    def list(self) -> tuple[KeyRecord, ...]:
        """Every key, revoked ones too, oldest first."""
        query = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id)
        with self._database.read() as connection:
            return tuple(_record(row) for row in connection.execute(query))

    def revoke(self, key_id: str) -> KeyRecord:
        """End a key. Raises `InvalidKey` when there is none of that id; revoking twice changes nothing."""
        with self._database.begin() as connection:
            connection.execute(
                update(api_keys)
                .where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=datetime.now(UTC))
            )
            row = connection.execute(select(api_keys).where(api_keys.c.key_id == key_id)).first()
        if row is None:
            raise InvalidKey(f"no key has the id {key_id}")
        return _record(row)

    def verify(self, plaintext: str) -> KeyRecord:
        """The record of a key that a caller showed. Raises `InvalidKey` when it is unknown or revoked."""
        query = select(api_keys).where(api_keys.c.digest == _digest(plaintext))
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None or row.revoked_at is not None:
            raise InvalidKey("Invalid API key")
        return _record(row)

    def add_bootstrap(self, plaintexts: Iterable[str]) -> tuple[KeyRecord, ...]:
        """Make exactly `plaintexts` the keys that come from the settings.

        A key that left the settings is forgotten; one that was revoked by hand stays revoked.
        """
        wanted = {_digest(plaintext): plaintext for plaintext in plaintexts}
        ours = api_keys.c.bootstrap.is_(True)
        with self._database.begin() as connection:
            connection.execute(
                delete(api_keys).where(ours, api_keys.c.revoked_at.is_(None), api_keys.c.digest.not_in(wanted))
            )
            known = set(connection.scalars(select(api_keys.c.digest)))
            for digest, plaintext in wanted.items():
                if digest not in known:
                    self._insert(connection, plaintext, "from SEEDBED_API_KEYS", bootstrap=True)
            rows = connection.execute(select(api_keys).where(api_keys.c.digest.in_(wanted)))
            return tuple(_record(row) for row in rows)

    def _insert(self, connection: Connection, plaintext: str, name: str, *, bootstrap: bool) -> KeyRecord:
        digest = _digest(plaintext)
        record = KeyRecord(
            # Told by the key itself, so that a key that comes back finds its tasks again.
            key_id="key_" + digest[:16],
            name=name,
            hint=plaintext[: min(HINT_CHARACTERS, len(plaintext) // 2)],
            bootstrap=bootstrap,
            created_at=datetime.now(UTC),
            revoked_at=None,
        )
        connection.execute(
            insert(api_keys).values(
                key_id=record.key_id,
                name=name,
                digest=digest,
                hint=record.hint,
                bootstrap=bootstrap,
                created_at=record.created_at,
            )
        )
        return record


def _digest(plaintext: str) -> str:
    return hashlib.sha256(plaintext.encode("utf-8", "surrogatepass")).hexdigest()


def _record(row: Row[tuple[object, ...]]) -> KeyRecord:
    return KeyRecord(row.key_id, row.name, row.hint, row.bootstrap, row.created_at, row.revoked_at)
