"""The browser behind a page: its session cookie and the people signed in on it (A2, WEB-01)."""

import hashlib
import secrets
from dataclasses import dataclass

from flask import Response, g, request

from as_server.context import current_as, now
from as_server.db import session
from as_server.models import account as accounts
from as_server.models import session as sessions
from as_server.models.account import Account
from as_server.models.session import BrowserSession, SignIn

COOKIE = "heart_as"
TOUCH_AFTER = 60


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One person who is signed in on this browser, and how they proved it."""

    account: Account
    sign_in: SignIn


def cookie_name() -> str:
    return f"__Host-{COOKIE}" if current_as.settings.is_https else COOKIE


def current() -> BrowserSession | None:
    """The session of the cookie, if it is one of ours and not too old."""
    if "browser_session" in g:
        found: BrowserSession | None = g.browser_session
        return found
    value = request.cookies.get(cookie_name(), "")
    row = sessions.by_cookie_hash(session(), _hash(value)) if value else None
    if row is not None and row.created_at <= now() - 30 * 86400:
        row = None
    if row is not None and row.seen_at < now() - TOUCH_AFTER:
        row.seen_at = now()
    g.browser_session = row
    return row


def ensure() -> BrowserSession:
    """The session of this browser; a new one under a new random cookie if there is none."""
    row = current()
    if row is None:
        value = secrets.token_urlsafe(32)
        row = BrowserSession(
            key=secrets.token_urlsafe(16),
            cookie_hash=_hash(value),
            created_at=now(),
            seen_at=now(),
        )
        session().add(row)
        session().flush()
        g.browser_session = row
        g.browser_cookie = value
    return row


def rotate() -> None:
    """Put the session under a new cookie: an id somebody else set or saw is worth nothing."""
    row = ensure()
    value = secrets.token_urlsafe(32)
    row.cookie_hash = _hash(value)
    session().flush()
    g.browser_cookie = value


def signed_in() -> list[SignedIn]:
    """Everyone signed in on this browser, within the idle and the absolute time."""
    row = current()
    if row is None:
        return []
    settings = current_as.settings
    found = sessions.sign_ins(
        session(),
        row.key,
        seen_after=now() - settings.session_idle,
        since=now() - settings.session_absolute,
    )
    people = [(accounts.by_key(session(), entry.account_key), entry) for entry in found]
    return [SignedIn(account, entry) for account, entry in people if account is not None]


def touch(person: SignedIn) -> None:
    """Note that this person is still using the browser."""
    if person.sign_in.seen_at < now() - TOUCH_AFTER:
        person.sign_in.seen_at = now()


def set_cookie(response: Response) -> Response:
    """After-request: send the cookie if this request made or changed one."""
    value = g.pop("browser_cookie", None)
    if value is not None:
        response.set_cookie(
            cookie_name(),
            value,
            httponly=True,
            secure=current_as.settings.is_https,
            samesite="Lax",
            path="/",
        )
    return response


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
