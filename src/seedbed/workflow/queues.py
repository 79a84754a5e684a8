"""The way into the durable queues, for whoever puts into them without working through them as well."""

from typing import Final

from dbos import DBOSClient, DBOSPortableJSONSerializer

from seedbed.store.schema import Database

__all__ = ["APPLICATION_NAME", "APPLICATION_VERSION", "queue_client"]

APPLICATION_NAME: Final = "seedbed"
APPLICATION_VERSION: Final = "1"
"""Which workflows can go on with each other's records.

DBOS would derive it from our code, and leave every task alone that was accepted before an upgrade. It
changes only when a workflow's steps do, so that a record of the old ones cannot be replayed.
"""


def queue_client(database: Database) -> DBOSClient:
    """A client that enqueues within transactions of ours; it asks the database for nothing until then."""
    return DBOSClient(
        system_database_engine=database.engine,
        # The default pickles: whoever writes to the database would run code here.
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION_NAME,
        lazy=True,
    )
