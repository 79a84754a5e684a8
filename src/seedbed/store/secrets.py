"""Secrets that the service makes for itself, once, and that all its replicas share."""

import secrets as random

from sqlalchemy import insert, select

from seedbed.store.schema import Database, secrets

__all__ = ["SecretStore"]

SECRET_BYTES = 32
SECRETS_LOCK = 0x5EED_BED1


class SecretStore:
    """The secrets in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> bytes:
        """The 32-byte secret called `name`; the first who asks for it makes it."""
        query = select(secrets.c.value).where(secrets.c.name == name)
        with self._database.begin() as connection:
            self._database.serialize(connection, SECRETS_LOCK)
            found = connection.scalar(query)
            if found is None:
                found = random.token_hex(SECRET_BYTES)
                connection.execute(insert(secrets).values(name=name, value=found))
        return bytes.fromhex(found)
