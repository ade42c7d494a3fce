"""The database by its URL: SQLite in one file, or PostgreSQL; transactions that write, and that only read."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from grader.problems import InputError, Problem
from service.database.types import to_json

BUSY_TIMEOUT: Final = 30
"""Seconds a process waits for another that writes to the same SQLite file."""

_MODE: Final = "callgrader_mode"
_START_LOCK: Final = 0x6361_6C6C
"""Key of the advisory lock that processes starting at once share on PostgreSQL."""


class Database:
    """A door to one database; every process opens its own."""

    def __init__(self, url: str) -> None:
        """Open it.

        Raises:
            InputError: the URL is of no database that is supported.
        """
        self.url: Final = _checked(url)
        self.engine: Final = _engine(self.url)
        self._writer = self.engine.execution_options(**{_MODE: "write"})
        # SQLite lets one write at a time, and its own waiting is neither fair nor prompt: threads queue up here.
        self._turn = threading.Lock() if self.is_sqlite else nullcontext()

    @property
    def is_sqlite(self) -> bool:
        """Tell whether it is a SQLite file."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a transaction: committed at the end of the block, rolled back where an exception leaves it."""
        with self._turn, Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a transaction that only reads, and waits for no writer."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def alone(self) -> Iterator[Session]:
        """Give a transaction that no other process has at the same time, for what is done once at the start."""
        with self.write() as session:  # on SQLite this is the lock
            if not self.is_sqlite:
                session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _START_LOCK})
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _checked(url: str) -> str:
    try:
        name = make_url(url).drivername
    except ArgumentError:
        name = ""
    if name in {"sqlite", "postgresql+psycopg"}:
        return url
    raise InputError(
        Problem(
            source="--database",
            place=None,
            problem="The URL is of no database that is supported.",
            remedy="Write sqlite:///PATH/callgrader.db or postgresql+psycopg://USER:PASSWORD@HOST/NAME.",
        )
    )


def _engine(url: str) -> Engine:
    given = make_url(url)
    if given.get_backend_name() == "sqlite":
        if given.database:
            Path(given.database).absolute().parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(given, json_serializer=to_json, connect_args={"timeout": BUSY_TIMEOUT})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # A server that restarts, or a proxy that drops idle connections, must not fail a request.
    return create_engine(given, json_serializer=to_json, pool_pre_ping=True, pool_size=10, max_overflow=20)


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver must leave beginning to us: its own comes too late and is never IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous = FULL")  # what was acknowledged survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Turn the write-ahead log on, with which readers and one writer do not wait for each other."""
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            # SQLite does not wait here: of several that open a new file at once, all but one are turned away.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once with "database is locked" where another wrote in
    # between; taking the write lock at the start waits for it instead.
    writes = connection.get_execution_options().get(_MODE) == "write"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
