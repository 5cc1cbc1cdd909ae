"""Browser sessions, the people signed in on them, and what they were asked."""

import json

from sqlalchemy import BigInteger, Text, delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import AT_A_TIME, Table, delete_some


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


class AuthorizationRequest(Table, table=True):
    """An authorization request that waits for a login, a choice of person, or a consent.

    Nobody can change where it leads.
    """

    __tablename__ = "authorization_request"

    key: str = Field(primary_key=True)
    session_key: str = Field(index=True)
    client_id: str
    parameters: str = Field(sa_type=Text)
    account_key: str | None = None
    authenticated_at: int | None = Field(default=None, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger, index=True)

    @property
    def redirect_uri(self) -> str:
        return str(json.loads(self.parameters)["redirect_uri"])

    @property
    def login_hint(self) -> str:
        return str(json.loads(self.parameters).get("login_hint", ""))


class RememberedConsent(Table, table=True):
    """A consent of this browser session, so that the same question is not asked twice in it."""

    __tablename__ = "remembered_consent"

    session_key: str = Field(primary_key=True)
    account_key: str = Field(primary_key=True)
    client_id: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    granted: str
    granted_at: int = Field(sa_type=BigInteger)


BROWSERS = BrowserSession.__table__.c  # type: ignore[attr-defined]
SIGN_INS = SignIn.__table__.c  # type: ignore[attr-defined]
REQUESTS = AuthorizationRequest.__table__.c  # type: ignore[attr-defined]
CONSENTS = RememberedConsent.__table__.c  # type: ignore[attr-defined]


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


def pending(db: Session, key: str, session_key: str) -> AuthorizationRequest | None:
    """The waiting request with this key, if it began in this browser."""
    found = db.get(AuthorizationRequest, key)
    return found if found is not None and found.session_key == session_key else None


def purge(db: Session, *, idle_before: int, asked_before: int) -> bool:
    """Forget some unanswered requests and idle sessions; True when there are more."""
    more = delete_some(db, AuthorizationRequest, REQUESTS.created_at < asked_before)
    old = select(BROWSERS.key).where(BROWSERS.seen_at < idle_before).limit(AT_A_TIME)
    keys = list(db.scalars(old))
    for table, key in ((SignIn, SIGN_INS.session_key), (RememberedConsent, CONSENTS.session_key)):
        db.execute(delete(table).where(key.in_(keys)))
    db.execute(delete(BrowserSession).where(BROWSERS.key.in_(keys)))
    return more or len(keys) == AT_A_TIME
