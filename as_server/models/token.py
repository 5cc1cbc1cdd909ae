"""Every token this server issued: a row under the SHA-256 of its string (Grant 5.2)."""

import hashlib
from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Index,
    Text,
    text,
    update,
)
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table, delete_some, in_turn

_UNSPENT = text("revoked_at IS NULL AND rotated_at IS NULL")


class Token(Table, table=True):
    """`kind` is access, refresh or rpt; `family` is what one consent or one RPT issue began.

    `owner` is whose records it is for: of an RPT the owner of its grant, of any other the person
    herself, "" for a program that acts for nobody.
    """

    __tablename__ = "token"
    __table_args__ = (
        # What ends with a family; of a family that was refreshed a thousand times, two or three.
        Index(
            "token_family_live",
            *("family", "expires_at"),
            sqlite_where=_UNSPENT,
            postgresql_where=_UNSPENT,
        ),
        {"sqlite_with_rowid": False},
    )

    owner: str = Field(primary_key=True)
    hash: str = Field(primary_key=True, index=True)
    kind: str
    jti: str
    family: str
    client_id: str = Field(index=True)
    account_key: str = Field(index=True)
    scope: str = ""
    audience: str = ""
    # For an RPT (and the refresh token beside it): the rpt_grant row that says what was issued.
    rpt_grant: str | None = None
    nonce: str | None = None
    auth_time: int = Field(default=0, sa_type=BigInteger)
    acr: str = ""
    amr: str = ""
    issued_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)
    # What the party said it needs the RPT for: it goes wherever the token goes, and weighs nothing.
    reason: str | None = None
    # Refresh tokens only: the one resource of the consent, if it was for one (RFC 8707).
    resource: str | None = None
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
    # Refresh tokens only (RFC 9700 4.14.2): when it was exchanged, and the successor, sealed under
    # the old token so that this database cannot open it.
    rotated_at: int | None = Field(default=None, sa_type=BigInteger)
    successor_hash: str | None = None
    successor_sealed: str | None = Field(default=None, sa_type=Text)

    @property
    def audiences(self) -> list[str]:
        return self.audience.split()

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.scope.split())

    def is_live(self, now: int) -> bool:
        return self.revoked_at is None and self.expires_at > now


TOKEN = Token.__table__  # type: ignore[attr-defined]
COLUMNS = TOKEN.c


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def by_string(db: Session, owner: str, token: str) -> Token | None:
    return db.get(Token, (owner, hash_of(token)))


def revoke_family(
    connection: Connection, owner: str, family: str, at: int, client_id: str | None = None
) -> set[str]:
    """End every live token of one consent, of `client_id` if given; returns the grants (of an RPT)
    that they pointed to.

    A refresh that is under way is waited for: what it gives ends with the rest. A refresh token
    that was exchanged is left as it is: it is worth nothing without its successor.
    """
    in_turn(connection, family)
    whose = [COLUMNS.owner == owner, COLUMNS.family == family, COLUMNS.rotated_at.is_(None)]
    if client_id is not None:
        whose.append(COLUMNS.client_id == client_id)
    return _revoke(connection, whose, at)


def revoke_one(connection: Connection, owner: str, token_hash: str, at: int) -> set[str]:
    """End one token; returns the grant (of an RPT) that it pointed to, if it was live."""
    return _revoke(connection, [COLUMNS.owner == owner, COLUMNS.hash == token_hash], at)


def _revoke(connection: Connection, which: Iterable[ColumnElement[bool]], at: int) -> set[str]:
    live = (COLUMNS.revoked_at.is_(None), COLUMNS.expires_at > at)
    statement = update(TOKEN).where(*which, *live).values(revoked_at=at)
    ended = connection.execute(statement.returning(COLUMNS.rpt_grant))
    return {row.rpt_grant for row in ended if row.rpt_grant is not None}


def purge(db: Session, before: int) -> bool:
    """Forget some tokens that ended long ago; True when there are more."""
    return delete_some(db, Token, COLUMNS.expires_at < before)
