"""Connections to the file: one that writes, and as many that read as there are readers at the same time."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from tfreg.core.errors import InternalError
from tfreg.store.catalog.sqlite.failures import failures_told, told

if TYPE_CHECKING:
    from sqlite_utils import Database

BUSY_TIMEOUT_S = 60.0
"""How long a transaction waits for those of other processes; a collection of many blobs takes seconds."""


def connect(path: str) -> sqlite3.Connection:
    """Opens the file, or makes it. Transactions begin only where they are begun by name."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # in WAL mode: a commit is on the disk when it returns
    connection.execute("PRAGMA journal_size_limit = 67108864")
    return connection


class Writer:
    """The connection that writes. It is opened, and sqlite-utils imported, when first needed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = Lock()
        self._database: Database | None = None
        self._closed = False

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """A transaction; it is durable when the block is left without an error, and never happened if it is left with one.

        Raises:
            StorageFullError: The disk is full.
            ServerUnavailableError: Other processes have been writing for `BUSY_TIMEOUT_S`.
        """
        with self._lock, failures_told(self._path):
            database = self._opened()
            database.conn.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.conn.execute("COMMIT")
            except BaseException:
                if database.conn.in_transaction:
                    database.conn.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Gives up the connection."""
        with self._lock:
            self._closed = True
            if self._database is not None:
                self._database.close()
                self._database = None

    def _opened(self) -> Database:
        if self._closed:
            raise InternalError("The catalog is closed.")
        if self._database is None:
            from sqlite_utils import Database

            self._database = Database(connect(self._path), execute_plugins=False)
        return self._database


class Readers:
    """Connections that read. Each is used by one thread at a time; a new one is opened when all are in use."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the file, however many questions it is asked."""
        connection = self._take()
        try:
            with failures_told(self._path):
                connection.execute("BEGIN")
                yield connection
        finally:
            if connection.in_transaction:
                connection.execute("COMMIT")
            self._give_back(connection)

    def value(self, query: str, *parameters: object) -> object:
        """Returns the only column of the first row, None without one. The shortest way for a single question."""
        connection = self._take()
        try:
            row = connection.execute(query, parameters).fetchone()
        except sqlite3.DatabaseError as failure:
            raise told(failure, self._path) from failure
        finally:
            self._give_back(connection)
        return row[0] if row else None

    def close(self) -> None:
        """Gives up the connections; those in use are given up by their users."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()  # the one used last: its pages are warm
        except IndexError:
            if self._closed:
                raise InternalError("The catalog is closed.") from None
            connection = connect(self._path)
            connection.execute("PRAGMA query_only = ON")
            return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if self._closed:
            connection.close()
        else:
            self._idle.append(connection)
