"""The database of the requester app: short units of work.

A page of this app calls other services in the middle of a request, and must not hold the one
write lock of SQLite meanwhile. So a unit of work is a block, not the request: `reading()` sees
committed rows, `writing()` is on disk when its block ends, before the answer leaves.
"""

from __future__ import annotations

from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from heart_ground.engines import make_engine
from heart_ground.orm import reading, writing

__all__ = ["Table", "make_engine", "reading", "writing"]


class Table(SQLModel, registry=registry()):
    """Every table of this service; its own registry, so that services can share a process."""
