"""API keys: made once, shown once, stored only as a digest; and the secrets that sign their webhooks."""

import hashlib
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from seedbed.errors import InvalidKey, KeyNotFound
from seedbed.store.schema import Database, api_keys

__all__ = ["DEFAULT_SCOPES", "MAX_KEY_NAME_CHARACTERS", "PREFIX", "KeyRecord", "KeyStore", "Scope"]

PREFIX = "sb_"
TOKEN_BYTES = 32
MAX_KEY_NAME_CHARACTERS = 64
"""What a key may be called by whoever makes one, on the command line or by HTTP."""
HINT_CHARACTERS = 8
NOTED_SECONDS = 60.0
"""How old the note of a key's last use may be: each request would write, else."""


class Scope(StrEnum):
    """What a key may do."""

    GENERATE = "generate"
    """Submit, cancel, and replay webhooks: whatever changes something."""
    READ = "read"
    """Look, list, and read the log of webhooks."""
    ADMIN = "admin"
    """Do what the other two allow with the tasks and webhooks of every key, not only with its own; and with keys."""


DEFAULT_SCOPES = frozenset({Scope.GENERATE, Scope.READ})


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
    revoked_at: datetime | None = None
    """When it was revoked, UTC."""
    scopes: frozenset[Scope] = DEFAULT_SCOPES
    """What it may do."""
    expires_at: datetime | None = None
    """When it ends by itself, UTC."""
    last_used_at: datetime | None = None
    """When it was last shown, UTC, to the minute."""
    rate_limit: int | None = None
    """Requests a minute; None: as many as any key."""
    concurrency: int | None = None
    """Its tasks that may wait or be drawn at a time; None: as many as any key's."""

    @property
    def reach(self) -> str | None:
        """The id of the key whose tasks it may see: its own; None: everybody's."""
        return None if Scope.ADMIN in self.scopes else self.key_id

    def state(self, now: datetime) -> str:
        """Whether it opens anything: valid, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "valid"


class KeyStore:
    """The keys in the database.

    A digest without salt or stretching is right here: our keys are 256 random bits, which no dictionary
    holds and no hardware counts through, and every request looks one up.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[str, float] = {}

    def create(
        self,
        name: str,
        *,
        scopes: frozenset[Scope] = DEFAULT_SCOPES,
        expires_at: datetime | None = None,
        rate_limit: int | None = None,
        concurrency: int | None = None,
    ) -> tuple[KeyRecord, str]:
        """A new key: its record, and the key itself, which is never to be had again.

        Args:
            name: what its owner calls it.
            scopes: what it may do.
            expires_at: when it ends by itself; None: never.
            rate_limit: requests a minute; None: as many as any key.
            concurrency: tasks that may wait or be drawn at a time; None: as many as any key's.
        """
        plaintext = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        new = _new(plaintext, name, bootstrap=False)
        record = replace(new, scopes=scopes, expires_at=expires_at, rate_limit=rate_limit, concurrency=concurrency)
        with self._database.begin() as connection:
            _insert(connection, plaintext, record)
        return record, plaintext

    def list(self) -> tuple[KeyRecord, ...]:
        """Every key, revoked ones too, oldest first."""
        query = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id)
        with self._database.read() as connection:
            return tuple(_record(row) for row in connection.execute(query))

    def revoke(self, key_id: str) -> KeyRecord:
        """End a key. Raises `KeyNotFound` when there is none of that id; revoking twice changes nothing."""
        with self._database.begin() as connection:
            connection.execute(
                update(api_keys)
                .where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=datetime.now(UTC))
            )
            row = connection.execute(select(api_keys).where(api_keys.c.key_id == key_id)).first()
        if row is None:
            raise KeyNotFound(f"no key has the id {key_id}")
        return _record(row)

    def verify(self, plaintext: str) -> KeyRecord:
        """The record of a key that a caller showed. Raises `InvalidKey` when it is unknown, revoked or expired."""
        query = select(api_keys).where(api_keys.c.digest == _digest(plaintext))
        with self._database.read() as connection:
            row = connection.execute(query).first()
        record = None if row is None else _record(row)
        if record is None or record.state(datetime.now(UTC)) != "valid":
            raise InvalidKey("Invalid API key")
        self._note_use(record.key_id)
        return record

    def webhook_secrets(self, key_id: str) -> tuple[str, ...]:
        """What signs the key's webhooks, the newest first; empty where the server's own secrets do."""
        query = select(api_keys.c.webhook_secrets).where(api_keys.c.key_id == key_id)
        with self._database.read() as connection:
            return tuple(connection.scalar(query) or ())

    def add_webhook_secret(self, key_id: str, secret: str) -> tuple[str, ...]:
        """Sign the key's webhooks with `secret`, and as before as well, so that its receivers can change over.

        Answers all that sign from now on, the newest first. Raises `KeyNotFound` when there is no such key.
        """
        return self._sign_with(key_id, secret, keep=1)

    def keep_webhook_secret(self, key_id: str) -> tuple[str, ...]:
        """Sign with the newest secret alone. Raises `KeyNotFound` when there is no such key."""
        return self._sign_with(key_id, *self.webhook_secrets(key_id)[:1], keep=0)

    def _sign_with(self, key_id: str, *new: str, keep: int) -> tuple[str, ...]:
        with self._database.begin() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.key_id == key_id).with_for_update()).first()
            if row is None:
                raise KeyNotFound(f"no key has the id {key_id}")
            held = [*new, *(row.webhook_secrets or ())[:keep]]
            connection.execute(update(api_keys).where(api_keys.c.key_id == key_id).values(webhook_secrets=held))
        return tuple(held)

    def _note_use(self, key_id: str) -> None:
        now = time.monotonic()
        if now - self._noted.get(key_id, -NOTED_SECONDS) < NOTED_SECONDS:
            return
        self._noted[key_id] = now
        with self._database.begin() as connection:
            used = update(api_keys).where(api_keys.c.key_id == key_id).values(last_used_at=datetime.now(UTC))
            connection.execute(used)

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
                    _insert(connection, plaintext, _new(plaintext, "from SEEDBED_API_KEYS", bootstrap=True))
            rows = connection.execute(select(api_keys).where(api_keys.c.digest.in_(wanted)))
            return tuple(_record(row) for row in rows)


def _new(plaintext: str, name: str, *, bootstrap: bool) -> KeyRecord:
    return KeyRecord(
        # Told by the key itself, so that a key that comes back finds its tasks again.
        key_id="key_" + _digest(plaintext)[:16],
        name=name,
        hint=plaintext[: min(HINT_CHARACTERS, len(plaintext) // 2)],
        bootstrap=bootstrap,
        created_at=datetime.now(UTC),
    )


def _insert(connection: Connection, plaintext: str, record: KeyRecord) -> None:
    values = {name: getattr(record, name) for name in record.__slots__}
    values |= {"scopes": ",".join(sorted(record.scopes)), "digest": _digest(plaintext)}
    connection.execute(insert(api_keys).values(values))


def _digest(plaintext: str) -> str:
    return hashlib.sha256(plaintext.encode("utf-8", "surrogatepass")).hexdigest()


def _record(row: Row[Any]) -> KeyRecord:
    values = {name: getattr(row, name) for name in KeyRecord.__slots__}
    return KeyRecord(**{**values, "scopes": frozenset(Scope(scope) for scope in row.scopes.split(",") if scope)})
