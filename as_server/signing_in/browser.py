"""The browser behind a page: its session cookie and the people signed in on it (A2, WEB-01)."""

import base64
import hashlib
import hmac
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
PASSING = "0"
"""First part of a cookie that is itself the session, as long as nobody has signed in."""
PASSING_SECONDS = 86_400


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
    row = _passing(value)
    g.browser_is_kept = row is None
    if row is None and value:
        row = sessions.by_cookie_hash(session(), _hash(value))
    if row is not None and row.created_at <= now() - 30 * 86400:
        row = None
    if row is not None and g.browser_is_kept and row.seen_at < now() - TOUCH_AFTER:
        row.seen_at = now()
    g.browser_session = row
    return row


def is_kept() -> bool:
    """True when this browser's session is in the database: somebody has signed in on it."""
    return current() is not None and bool(g.browser_is_kept)


def ensure() -> BrowserSession:
    """The session of this browser; a new one under a new random cookie if there is none.

    A new one is all in its cookie: nothing is written before somebody signs in, since anybody can
    open a page as often as he likes (DOS-13).
    """
    row = current()
    if row is None:
        value = _sealed_with(f"{PASSING}.{now()}.{secrets.token_urlsafe(32)}")
        row = g.browser_session = _passing(value)
        g.browser_is_kept = False
        g.browser_cookie = value
        assert row is not None  # noqa: S101 - it was made a line above
    return row


def keep() -> BrowserSession:
    """Store the session, as somebody has proved who they are, and put it under a new cookie.

    Its key in the database is never one that a cookie of before the sign-in leads to (WEB-01).
    """
    row = ensure()
    if not is_kept():
        key = key_once_kept(row.key)
        if session().get(BrowserSession, key) is not None:
            key = secrets.token_urlsafe(16)
        row = BrowserSession(key=key, cookie_hash="", created_at=now(), seen_at=now())
        g.browser_session, g.browser_is_kept = row, True
        session().add(row)
    rotate()
    return row


def rotate() -> None:
    """Put the session under a new cookie: an id somebody else set or saw is worth nothing."""
    if not is_kept():
        return
    value = secrets.token_urlsafe(32)
    ensure().cookie_hash = _hash(value)
    session().flush()
    g.browser_cookie = value


def key_once_kept(key: str) -> str:
    """The key under which a session that is not stored yet will be."""
    return _digest(f"kept\x1f{key}")[:22]


def _passing(value: str) -> BrowserSession | None:
    """The session that is all in this cookie; None for any other cookie, or one that is old."""
    parts = value.split(".")
    if len(parts) != 4 or parts[0] != PASSING:
        return None
    ours = hmac.compare_digest(_sealed_with(value.rpartition(".")[0]).encode(), value.encode())
    if not ours or int(parts[1]) <= now() - PASSING_SECONDS:
        return None
    began = int(parts[1])
    key = _digest(f"key\x1f{value}")[:22]
    return BrowserSession(key=key, cookie_hash=_hash(value), created_at=began, seen_at=began)


def _sealed_with(text: str) -> str:
    return f"{text}.{_digest(text)}"


def _digest(text: str) -> str:
    message = f"browser\x1f{text}".encode("utf-8", "surrogatepass")
    digest = hmac.digest(current_as.settings.secret_bytes, message, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def signed_in() -> list[SignedIn]:
    """Everyone signed in on this browser, within the idle and the absolute time."""
    row = current()
    if row is None or not is_kept():
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
