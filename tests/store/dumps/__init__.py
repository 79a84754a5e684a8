"""Databases as the first version left them: one task drawn, one failed, one under way when it was killed, one waiting.

Each `first.….sql` was dumped from a database that a server of schema 1 had used, DBOS's tables included; the task under
way was given a shorter sleep afterwards. They never change: whatever comes later must go on with them.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

from seedbed.settings import Settings

__all__ = ["FIRST_PROMPTS", "restore"]

FIRST_PROMPTS = ["drawn by the first version", "fail now", "slow 1", "waiting for the next version"]


def restore(kind: str, settings: Settings) -> None:
    """Put the dump of "sqlite" or "postgres" where `settings` look for their database."""
    script = (Path(__file__).parent / f"first.{kind}.sql").read_text(encoding="utf-8")
    if kind == "sqlite":
        settings.data_dir.mkdir(parents=True)
        with closing(sqlite3.connect(settings.data_dir / "seedbed.sqlite")) as connection:
            connection.executescript(script)
    else:
        assert settings.database_url is not None
        with psycopg.connect(settings.database_url, autocommit=True) as session:
            session.execute(script.encode())
