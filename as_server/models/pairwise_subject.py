"""Pairwise subjects: each client knows a person under a name of its own (OIDC Core 8.1)."""

import base64
import hmac

from sqlalchemy import Connection, bindparam, select
from sqlmodel import Field

from as_server import db as database
from as_server.db import Table
from heart_ground.statement import Statement


class PairwiseSubject(Table, table=True):
    """The only way back from a `sub` to an account, always together with the client."""

    __tablename__ = "pairwise_subject"

    client_id: str = Field(primary_key=True)
    sub: str = Field(primary_key=True)
    account_key: str = Field(index=True)


COLUMNS = PairwiseSubject.__table__.c  # type: ignore[attr-defined]
_RESOLVE = Statement(
    select(COLUMNS.account_key).where(
        COLUMNS.client_id == bindparam("client"), COLUMNS.sub == bindparam("subject")
    )
)


def derive(secret: bytes, client_id: str, account_key: str) -> str:
    digest = hmac.digest(secret, f"pairwise\x1f{client_id}\x1f{account_key}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:24]).decode()


def subject_for(db: Connection, secret: bytes, client_id: str, account_key: str) -> str:
    """The name this client knows this account by; remembered so that it can be resolved."""
    sub = derive(secret, client_id, account_key)
    if resolve(db, client_id, sub) is None:
        database.insert_if_absent(
            db, PairwiseSubject, client_id=client_id, sub=sub, account_key=account_key
        )
    return sub


def resolve(db: Connection, client_id: str, sub: str) -> str | None:
    """The account key behind a `sub` that was issued to this client, else None."""
    found = _RESOLVE.first(db, client=client_id, subject=sub)
    return None if found is None else str(found.account_key)
