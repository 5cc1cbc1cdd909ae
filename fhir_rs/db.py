"""The database of the resource server: its tables, its engine, and the three ways in.

`reading` is autocommit, for the hot reads and for everything that discloses nothing; `snapshot`
reads one state of the record, for what leaves in one answer; `writing` is a transaction that is on
disk when its block ends: a write with its audit entry, or the entry that precedes a disclosure.
"""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from heart_ground import engines
from heart_ground.database import reading, snapshot, writing
from heart_ground.engines import USUAL, Connections

__all__ = ["Table", "make_engine", "reading", "snapshot", "writing"]
CACHE_KIB = 16_000
"""Pages of records that each connection keeps: a chart is read again and again."""


class Table(SQLModel, registry=registry()):
    """Every table of this service; its own registry, so that services can share a process."""


def make_engine(url: str, connections: Connections = USUAL) -> Engine:
    """The engine for `url`: SQLite or PostgreSQL (`postgresql://` is psycopg 3)."""
    return engines.make_engine(url, connections, cache_kib=CACHE_KIB)
