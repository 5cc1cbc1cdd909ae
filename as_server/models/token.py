"""Every token this server issued: a row under the SHA-256 of its string (Grant 5.2)."""

import hashlib

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table, delete_some

_UNSPENT = text("revoked_at IS NULL AND rotated_at IS NULL")
_OF_RPT = text("refresh_hash IS NOT NULL")
_OF_NO_RPT = text("rpt_grant IS NULL")


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
            *("family", "ends_at"),
            sqlite_where=_UNSPENT,
            postgresql_where=_UNSPENT,
        ),
        Index(
            "token_refresh",
            *("owner", "refresh_hash"),
            unique=True,
            sqlite_where=_OF_RPT,
            postgresql_where=_OF_RPT,
        ),
        # What ends with a client or a person; RPTs end with their grants.
        Index("token_client", "client_id", sqlite_where=_OF_NO_RPT, postgresql_where=_OF_NO_RPT),
        Index("token_account", "account_key", sqlite_where=_OF_NO_RPT, postgresql_where=_OF_NO_RPT),
        {"sqlite_with_rowid": False},
    )

    owner: str = Field(primary_key=True)
    hash: str = Field(primary_key=True)
    kind: str
    jti: str
    family: str
    client_id: str
    account_key: str
    scope: str = ""
    audience: str = ""
    # For an RPT (and the refresh token beside it): the rpt_grant row that says what was issued.
    rpt_grant: str | None = None
    # RPTs only: the refresh token that was issued with it and has no row of its own (rpt_refresh).
    refresh_hash: str | None = None
    nonce: str | None = None
    auth_time: int = Field(default=0, sa_type=BigInteger)
    acr: str = ""
    amr: str = ""
    issued_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    # The end of all that the row stands for: later than `expires_at` with such a refresh token.
    ends_at: int = Field(sa_type=BigInteger, index=True, sa_column_kwargs={"server_default": "0"})
    # What the party said it needs the RPT for: it goes wherever the token goes, and weighs nothing.
    reason: str | None = None
    # Refresh tokens only: the one resource of the consent, if it was for one (RFC 8707).
    resource: str | None = None
    # Of an RPT that had ended before: its refresh token was revoked.
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

    @property
    def was_taken_back(self) -> bool:
        """It was revoked before it ended by itself."""
        return self.revoked_at is not None and self.revoked_at < self.expires_at


TOKEN = Token.__table__  # type: ignore[attr-defined]
COLUMNS = TOKEN.c


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def by_string(db: Session, owner: str, token: str) -> Token | None:
    return db.get(Token, (owner, hash_of(token)))


def purge(db: Session, before: int) -> bool:
    """Forget some tokens that ended long ago; True when there are more."""
    return delete_some(db, Token, COLUMNS.ends_at < before)
