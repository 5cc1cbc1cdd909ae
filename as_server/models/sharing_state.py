"""Which state an owner's rules and registrations are in: a number that each change of them raises.

Triggers raise it, so nothing that writes can forget to; by a random step, so that a database that
was put back is in no state that the one after it was in.
"""

from sqlalchemy import BigInteger
from sqlmodel import Field

from as_server.db import Table


class SharingState(Table, table=True):
    """No row: nothing was ever shared or registered."""

    __tablename__ = "sharing_state"

    owner: str = Field(primary_key=True)
    generation: int = Field(sa_type=BigInteger)


COLUMNS = SharingState.__table__.c  # type: ignore[attr-defined]
