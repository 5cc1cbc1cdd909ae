"""The portal's database: short transactions around sessions and form ids, nothing else.

A page calls other services between its writes, so no transaction spans a request: a lock must
not be held while waiting for a clinic. Each `writing()` is durable when its block ends.
"""

from __future__ import annotations

from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from heart_ground.engines import make_engine
from heart_ground.orm import reading, writing

__all__ = ["Table", "make_engine", "reading", "writing"]


class Table(SQLModel, registry=registry()):
    """Base of this service's tables; its own registry, so four services fit in one process."""
