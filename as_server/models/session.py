"""Browser sessions: one for each browser on which somebody has signed in."""

from sqlalchemy import BigInteger, delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import AT_A_TIME, Table
from as_server.models.remembered_consent import COLUMNS as CONSENTS
from as_server.models.remembered_consent import RememberedConsent
from as_server.models.sign_in import COLUMNS as SIGN_INS
from as_server.models.sign_in import SignIn


class BrowserSession(Table, table=True):
    """One browser: the hash of its cookie changes at each sign-in, the key stays."""

    __tablename__ = "browser_session"

    key: str = Field(primary_key=True)
    cookie_hash: str = Field(unique=True)
    created_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger, index=True)


BROWSERS = BrowserSession.__table__.c  # type: ignore[attr-defined]


def by_cookie_hash(db: Session, cookie_hash: str) -> BrowserSession | None:
    query = select(BrowserSession).where(BROWSERS.cookie_hash == cookie_hash)
    return db.scalars(query).first()


def note_seen(db: Session, key: str, at: int) -> None:
    """This browser is in use."""
    seen = update(BrowserSession).where(BROWSERS.key == key).values(seen_at=at)
    db.execute(seen, execution_options={"synchronize_session": False})


def purge(db: Session, idle_before: int) -> bool:
    """Forget some idle sessions and all that belongs to them; True when there are more."""
    old = select(BROWSERS.key).where(BROWSERS.seen_at < idle_before).limit(AT_A_TIME)
    keys = list(db.scalars(old))
    for table, key in ((SignIn, SIGN_INS.session_key), (RememberedConsent, CONSENTS.session_key)):
        db.execute(delete(table).where(key.in_(keys)))
    db.execute(delete(BrowserSession).where(BROWSERS.key.in_(keys)))
    return len(keys) == AT_A_TIME
