"""The people signed in on a browser, and how each proved it (OIDC Core 3.1.2.3)."""

from sqlalchemy import BigInteger, delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table
from as_server.models.remembered_consent import COLUMNS as CONSENTS
from as_server.models.remembered_consent import RememberedConsent


class SignIn(Table, table=True):
    """One person signed in on one browser; several may be."""

    __tablename__ = "sign_in"

    session_key: str = Field(primary_key=True)
    account_key: str = Field(primary_key=True)
    auth_time: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    acr: str = ""
    amr: str = ""
    active: bool = True


COLUMNS = SignIn.__table__.c  # type: ignore[attr-defined]


def of_browser(db: Session, session_key: str, *, seen_after: int, since: int) -> list[SignIn]:
    """Who is signed in: used within the idle time, begun within the absolute time."""
    query = (
        select(SignIn)
        .where(
            COLUMNS.session_key == session_key,
            COLUMNS.seen_at > seen_after,
            COLUMNS.auth_time > since,
        )
        .order_by(COLUMNS.auth_time, COLUMNS.account_key)
    )
    return list(db.scalars(query))


def sign_in(
    db: Session, session_key: str, account_key: str, *, at: int, acr: str, amr: str
) -> SignIn:
    """Record a fresh proof of who is there, and make that person the active one."""
    found = db.get(SignIn, (session_key, account_key))
    if found is None:
        found = SignIn(
            session_key=session_key,
            account_key=account_key,
            auth_time=at,
            seen_at=at,
            acr=acr,
            amr=amr,
        )
        db.add(found)
    found.auth_time, found.seen_at, found.acr, found.amr = at, at, acr, amr
    db.flush()
    make_active(db, session_key, account_key)
    return found


def make_active(db: Session, session_key: str, account_key: str) -> None:
    db.execute(
        update(SignIn)
        .where(COLUMNS.session_key == session_key)
        .values(active=COLUMNS.account_key == account_key)
    )


def sign_out(db: Session, session_key: str, account_key: str) -> None:
    """End one person's sign-in on this browser and forget what they agreed to in it."""
    for table, columns in ((SignIn, COLUMNS), (RememberedConsent, CONSENTS)):
        hers = (columns.session_key == session_key, columns.account_key == account_key)
        db.execute(delete(table).where(*hers))
