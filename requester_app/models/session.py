"""Who is signed in on which browser, and sign-ins that have begun (DESIGN 16; OIDC Core 3.1)."""

from __future__ import annotations

import hashlib

from sqlalchemy import BigInteger, Text, delete, update
from sqlalchemy.orm import Session
from sqlmodel import Field

from requester_app.db import Table


def hash_of(secret: str) -> str:
    """SHA-256 of a cookie or state value: the database never holds the value itself."""
    return hashlib.sha256(secret.encode()).hexdigest()


class BrowserSession(Table, table=True):
    """One signed-in browser; `sealed` holds the tokens and what the ID token said."""

    __tablename__ = "session"

    id_hash: str = Field(primary_key=True, max_length=64)
    person: str = Field(index=True, max_length=64)
    name: str = Field(max_length=200)
    sealed: str = Field(sa_type=Text)
    csrf_token: str = Field(max_length=64)
    created: int = Field(sa_type=BigInteger)
    seen: int = Field(sa_type=BigInteger)

    def is_live(self, now: int, idle: int, absolute: int) -> bool:
        """False once the browser was idle too long or the sign-in is too old."""
        return self.seen + idle > now and self.created + absolute > now


class LoginAttempt(Table, table=True):
    """A sign-in on its way: bound to one browser by a cookie, used once, minutes long."""

    __tablename__ = "login_attempt"

    state_hash: str = Field(primary_key=True, max_length=64)
    browser_hash: str = Field(max_length=64)
    sealed: str = Field(sa_type=Text)
    next_path: str = Field(sa_type=Text)
    created: int = Field(sa_type=BigInteger)


ATTEMPT_LIFE = 600
"""Seconds between leaving for the authorization server and coming back."""


def find(session: Session, cookie: str) -> BrowserSession | None:
    """The session of a cookie value, live or not."""
    return session.get(BrowserSession, hash_of(cookie))


def touch(session: Session, id_hash: str, now: int) -> None:
    """Note that the browser is in use."""
    session.execute(
        update(BrowserSession).where(BrowserSession.id_hash == id_hash).values(seen=now)  # type: ignore[arg-type]
    )


def end(session: Session, id_hash: str) -> None:
    """Sign this browser out."""
    session.execute(delete(BrowserSession).where(BrowserSession.id_hash == id_hash))  # type: ignore[arg-type]


def replace_sealed(session: Session, id_hash: str, old: str, new: str) -> bool:
    """Store refreshed tokens; False when another request of this browser was first."""
    changed = session.execute(
        update(BrowserSession)
        .where(BrowserSession.id_hash == id_hash, BrowserSession.sealed == old)  # type: ignore[arg-type]
        .values(sealed=new)
    )
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]


def take_attempt(session: Session, state: str, browser: str, now: int) -> LoginAttempt | None:
    """Spend the sign-in that `state` names; None unless it is this browser's, new and unspent."""
    taken = session.execute(
        delete(LoginAttempt)
        .where(
            LoginAttempt.state_hash == hash_of(state),  # type: ignore[arg-type]
            LoginAttempt.browser_hash == hash_of(browser),  # type: ignore[arg-type]
            LoginAttempt.created > now - ATTEMPT_LIFE,  # type: ignore[arg-type]
        )
        .returning(LoginAttempt)
    )
    return taken.scalar_one_or_none()


def sweep(session: Session, now: int, absolute: int) -> None:
    """Forget what is over: old attempts, and sessions past their last minute."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.created <= now - ATTEMPT_LIFE))  # type: ignore[arg-type]
    session.execute(delete(BrowserSession).where(BrowserSession.created <= now - absolute))  # type: ignore[arg-type]
