"""What a person agreed to in one browser session: the same is not asked twice in it."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from as_server.db import Table


class RememberedConsent(Table, table=True):
    """One answer to one question of one app."""

    __tablename__ = "remembered_consent"

    session_key: str = Field(primary_key=True)
    account_key: str = Field(primary_key=True)
    client_id: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    granted: str
    granted_at: int = Field(sa_type=BigInteger)


COLUMNS = RememberedConsent.__table__.c  # type: ignore[attr-defined]
