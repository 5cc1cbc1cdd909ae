"""link_attempt: a claim code in one browser, on its way through the AS (OIDC Core 3.1)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Connection, delete, insert, select, update
from sqlmodel import Field, col

from fhir_rs.db import Table


class LinkAttempt(Table, table=True):
    """One browser that showed a claim code; the cookie's hash is the key."""

    __tablename__ = "link_attempt"

    cookie_hash: str = Field(primary_key=True)
    record: str
    csrf: str
    sealed: str
    """The claim code, and state, nonce and verifier of the login under way."""
    expires_at: int = Field(sa_type=BigInteger)


def start(connection: Connection, attempt: LinkAttempt, now: int) -> None:
    """Store an attempt and forget those that ran out."""
    connection.execute(delete(LinkAttempt).where(col(LinkAttempt.expires_at) <= now))
    connection.execute(insert(LinkAttempt).values(**attempt.model_dump()))


def find(connection: Connection, cookie_hash: str, now: int) -> LinkAttempt | None:
    """The live attempt of a cookie."""
    row = connection.execute(
        select(LinkAttempt.__table__).where(  # type: ignore[attr-defined]
            col(LinkAttempt.cookie_hash) == cookie_hash, col(LinkAttempt.expires_at) > now
        )
    ).one_or_none()
    return LinkAttempt(**row._mapping) if row else None


def keep(connection: Connection, cookie_hash: str, sealed: str) -> None:
    """Remember the login that was begun."""
    connection.execute(
        update(LinkAttempt).where(col(LinkAttempt.cookie_hash) == cookie_hash).values(sealed=sealed)
    )


def end(connection: Connection, cookie_hash: str) -> bool:
    """Take the attempt out; False when another request already did."""
    return (
        connection.execute(
            delete(LinkAttempt).where(col(LinkAttempt.cookie_hash) == cookie_hash)
        ).rowcount
        == 1
    )
