"""The epoch of each owner: how often something changed that can narrow access to her records.

In a row of its own beside her rules: a stop waits for nothing but what this owner's grants hold,
and a snapshot sees rules and epoch of one moment.
"""

from typing import Any

from sqlalchemy import BigInteger, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table
from heart_ground.statement import Statement


class OwnerEpoch(Table, table=True):
    """One row for each account, from its first moment on: there is always one to hold."""

    __tablename__ = "owner_epoch"

    owner: str = Field(primary_key=True)
    epoch: int = Field(default=0, sa_type=BigInteger)


EPOCH = OwnerEpoch.__table__  # type: ignore[attr-defined]
COLUMNS = EPOCH.c


def _raise(dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    first = insert(EPOCH).values(owner=bindparam("owner"), epoch=1)
    return first.on_conflict_do_update(
        index_elements=["owner"], set_={COLUMNS.epoch: COLUMNS.epoch + 1}
    ).returning(COLUMNS.epoch)


_RAISE = Statement(_raise, columns=["owner"])


def begin(db: Session, owner: str) -> None:
    """A new account has narrowed nothing yet."""
    db.add(OwnerEpoch(owner=owner))


def raised(db: Session, owner: str) -> int:
    """Count one change that can narrow access to this owner's records; returns the new epoch."""
    return int(_RAISE.first(db, owner=owner).epoch)
