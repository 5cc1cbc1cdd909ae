"""Browser sessions, and the people signed in on them."""

from sqlalchemy import BigInteger, delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import AT_A_TIME, Table
from as_server.models.remembered_consent import COLUMNS as CONSENTS
from as_server.models.remembered_consent import RememberedConsent


class BrowserSession(Table, table=True):
    """One browser: the hash of its cookie changes at each sign-in, the key stays."""

    __tablename__ = "browser_session"

    key: str = Field(primary_key=True)
    cookie_hash: str = Field(unique=True)
    created_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger, index=True)


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


BROWSERS = BrowserSession.__table__.c  # type: ignore[attr-defined]
SIGN_INS = SignIn.__table__.c  # type: ignore[attr-defined]


def by_cookie_hash(db: Session, cookie_hash: str) -> BrowserSession | None:
    query = select(BrowserSession).where(BROWSERS.cookie_hash == cookie_hash)
    return db.scalars(query).first()


def note_seen(db: Session, key: str, at: int) -> None:
    """This browser is in use."""
    seen = update(BrowserSession).where(BROWSERS.key == key).values(seen_at=at)
    db.execute(seen, execution_options={"synchronize_session": False})


def sign_ins(db: Session, session_key: str, *, seen_after: int, since: int) -> list[SignIn]:
    """Who is signed in: used within the idle time, begun within the absolute time."""
    query = (
        select(SignIn)
        .where(
            SIGN_INS.session_key == session_key,
            SIGN_INS.seen_at > seen_after,
            SIGN_INS.auth_time > since,
        )
        .order_by(SIGN_INS.auth_time, SIGN_INS.account_key)
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
        .where(SIGN_INS.session_key == session_key)
        .values(active=SIGN_INS.account_key == account_key)
    )


def sign_out(db: Session, session_key: str, account_key: str) -> None:
    """End one person's sign-in on this browser and forget what they agreed to in it."""
    for table, columns in ((SignIn, SIGN_INS), (RememberedConsent, CONSENTS)):
        hers = (columns.session_key == session_key, columns.account_key == account_key)
        db.execute(delete(table).where(*hers))


def purge(db: Session, idle_before: int) -> bool:
    """Forget some idle sessions and all that belongs to them; True when there are more."""
    old = select(BROWSERS.key).where(BROWSERS.seen_at < idle_before).limit(AT_A_TIME)
    keys = list(db.scalars(old))
    for table, key in ((SignIn, SIGN_INS.session_key), (RememberedConsent, CONSENTS.session_key)):
        db.execute(delete(table).where(key.in_(keys)))
    db.execute(delete(BrowserSession).where(BROWSERS.key.in_(keys)))
    return len(keys) == AT_A_TIME
