"""What a request ends in when the database cannot serve it now, and which errors mean that."""

from __future__ import annotations

import sqlite3
import sys

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from heart_ground.postgresql import READ_ONLY


class Unavailable(Exception):
    """Nothing of this request was kept, as far as is known; the same request may be sent again."""


class TurnNotCome(Unavailable):
    """Another request keeps the write turn, or a shared transaction has no end yet."""


class CommitFailed(Unavailable):
    """The transaction that this request shared with others was not kept; `full`: no room on disk.

    Each of those requests gets an exception of its own and decides by itself what to do.
    """

    def __init__(self, cause: Exception | None = None) -> None:
        super().__init__("the shared transaction was not kept")
        self.full = cause is not None and is_full_disk(cause)


OUTAGES: tuple[type[Exception], ...] = (
    Unavailable,
    OperationalError,
    InterfaceError,
    NoConnection,
    sqlite3.OperationalError,
)
"""Errors of a database that is gone, locked, full or overtaxed, whatever asked it."""


def is_outage(error: BaseException | None) -> bool:
    """True when `error` says that the database cannot answer now, and nothing about the request."""
    if isinstance(error, OUTAGES):
        return True
    if isinstance(error, DBAPIError):
        # A lost connection under another name, or a standby that has not taken over yet.
        return error.connection_invalidated or _is_of_a_standby(error.orig)
    # The hot reads speak to the driver itself; it is imported where PostgreSQL is used.
    driver = sys.modules.get("psycopg")
    if driver is None:
        return False
    return isinstance(error, driver.OperationalError) or _is_of_a_standby(error)


def _is_of_a_standby(error: BaseException | None) -> bool:
    return getattr(error, "sqlstate", None) == READ_ONLY


def words_of(error: BaseException) -> str:
    """What went wrong, for a log: its kind, and what the database said (which names no value)."""
    said = str(getattr(error, "orig", None) or error.__cause__ or error)
    return f"{type(error).__name__}: {said.splitlines()[0] if said else ''}"


def is_full_disk(error: BaseException) -> bool:
    """True for SQLite's word that there is no room."""
    return "disk is full" in str(getattr(error, "orig", error))
