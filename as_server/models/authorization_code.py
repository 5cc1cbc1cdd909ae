"""Authorization codes (RFC 6749 4.1.2): 60 s, single use, bound to client, URI and challenge."""

from sqlalchemy import BigInteger, Connection, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table, delete_some


class AuthorizationCode(Table, table=True):
    """`hash` is the SHA-256 of the code; `family` ties everything the code will issue.

    A spent code stays, with its bindings, as long as what it gave may live: presenting it again
    ends that, and only who proves to be its client can present it.
    """

    __tablename__ = "authorization_code"

    hash: str = Field(primary_key=True)
    family: str
    client_id: str
    account_key: str = Field(index=True)
    redirect_uri: str
    scope: str
    resource: str | None = None
    nonce: str | None = None
    code_challenge: str
    code_challenge_method: str = "S256"
    auth_time: int = Field(sa_type=BigInteger)
    acr: str = ""
    amr: str = ""
    expires_at: int = Field(sa_type=BigInteger, index=True)
    used_at: int | None = Field(default=None, sa_type=BigInteger)


CODE = AuthorizationCode.__table__  # type: ignore[attr-defined]
COLUMNS = CODE.c


def by_hash(db: Session, code_hash: str, now: int) -> AuthorizationCode | None:
    """A code that has not run out, spent or not."""
    found = db.get(AuthorizationCode, code_hash)
    return found if found is not None and found.expires_at > now else None


def spend(connection: Connection, code_hash: str, now: int, remember_until: int) -> bool:
    """Spend a code in one statement; True for exactly one caller."""
    statement = (
        update(CODE)
        .where(COLUMNS.hash == code_hash, COLUMNS.used_at.is_(None))
        .values(used_at=now, expires_at=remember_until)
    )
    return connection.execute(statement).rowcount == 1


def purge(db: Session, now: int) -> bool:
    """Forget some that ended; True when there are more."""
    return delete_some(db, AuthorizationCode, COLUMNS.expires_at < now)
