"""The browser behind a page: its session cookie and the people signed in on it."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response

from as_server.models import account as accounts
from as_server.models import session as sessions
from as_server.models import sign_in as sign_ins
from as_server.models.account import Account
from as_server.models.session import BrowserSession
from as_server.models.sign_in import SignIn
from as_server.settings import AsSettings
from as_server.work import Work

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


class Browser:
    """The browser of one request: looked up once, and changed only here."""

    def __init__(self, work: Work, settings: AsSettings, cookies: Mapping[str, str]) -> None:
        self.work = work
        self.settings = settings
        self._cookie = cookies.get(self._cookie_name(), "")
        self._row: BrowserSession | None = None
        self._looked = False
        self._stored = False
        self._new_cookie: str | None = None

    def _cookie_name(self) -> str:
        return f"__Host-{COOKIE}" if self.settings.is_https else COOKIE

    def current(self) -> BrowserSession | None:
        """The session of the cookie, if it is one of ours and not too old."""
        if self._looked:
            return self._row
        now, value = self.work.now, self._cookie
        row = self._passing(value)
        self._stored = row is None
        if row is None and value:
            row = sessions.by_cookie_hash(self.work.db, _hash(value))
        if row is not None and row.created_at <= now - 30 * 86400:
            row = None
        if row is not None and self._stored and row.seen_at < now - TOUCH_AFTER:
            with self.work.writing() as db:
                sessions.note_seen(db, row.key, now)
        self._row, self._looked = row, True
        return row

    def is_kept(self) -> bool:
        """True when this browser's session is in the database: somebody has signed in on it."""
        return self.current() is not None and self._stored

    def ensure(self) -> BrowserSession:
        """The session of this browser; a new one under a new random cookie if there is none.

        A new one is all in its cookie: nothing is written before somebody signs in, since anybody
        can open a page as often as he likes.
        """
        row = self.current()
        if row is None:
            value = self._sealed_with(f"{PASSING}.{self.work.now}.{secrets.token_urlsafe(32)}")
            row = self._row = self._passing(value)
            self._stored = False
            self._new_cookie = value
            assert row is not None  # noqa: S101 - it was made a line above
        return row

    def keep(self) -> BrowserSession:
        """Store the session, as somebody has proved who they are, and put it under a new cookie.

        Its key in the database is never one that a cookie of before the sign-in leads to.
        """
        row = self.ensure()
        if not self.is_kept():
            key = self.key_once_kept(row.key)
            if self.work.db.get(BrowserSession, key) is not None:
                key = secrets.token_urlsafe(16)
            now = self.work.now
            row = BrowserSession(key=key, cookie_hash="", created_at=now, seen_at=now)
            self._row, self._stored = row, True
            self.work.db.add(row)
        self.rotate()
        return row

    def rotate(self) -> None:
        """Put the session under a new cookie: an id somebody else set or saw is worth nothing."""
        if not self.is_kept():
            return
        value = secrets.token_urlsafe(32)
        self.ensure().cookie_hash = _hash(value)
        self.work.db.flush()
        self._new_cookie = value

    def key_once_kept(self, key: str) -> str:
        """The key under which a session that is not stored yet will be."""
        return self._digest(f"kept\x1f{key}")[:22]

    def _passing(self, value: str) -> BrowserSession | None:
        """The session that is all in this cookie; None for any other cookie, or one that is old."""
        parts = value.split(".")
        if len(parts) != 4 or parts[0] != PASSING:
            return None
        ours = hmac.compare_digest(
            self._sealed_with(value.rpartition(".")[0]).encode(), value.encode()
        )
        if not ours or int(parts[1]) <= self.work.now - PASSING_SECONDS:
            return None
        began = int(parts[1])
        key = self._digest(f"key\x1f{value}")[:22]
        return BrowserSession(key=key, cookie_hash=_hash(value), created_at=began, seen_at=began)

    def _sealed_with(self, text: str) -> str:
        return f"{text}.{self._digest(text)}"

    def _digest(self, text: str) -> str:
        message = f"browser\x1f{text}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(self.settings.secret_bytes, message, "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def signed_in(self) -> list[SignedIn]:
        """Everyone signed in on this browser, within the idle and the absolute time."""
        row = self.current()
        if row is None or not self.is_kept():
            return []
        settings = self.settings
        found = sign_ins.of_browser(
            self.work.db,
            row.key,
            seen_after=self.work.now - settings.session_idle,
            since=self.work.now - settings.session_absolute,
        )
        people = [(accounts.by_key(self.work.db, entry.account_key), entry) for entry in found]
        return [SignedIn(account, entry) for account, entry in people if account is not None]

    def touch(self, person: SignedIn) -> None:
        """Note that this person is still using the browser."""
        if person.sign_in.seen_at < self.work.now - TOUCH_AFTER:
            person.sign_in.seen_at = self.work.now

    def set_cookie(self, response: Response) -> None:
        """Send the cookie if this request made or changed one."""
        value, self._new_cookie = self._new_cookie, None
        if value is not None:
            response.set_cookie(
                self._cookie_name(),
                value,
                httponly=True,
                secure=self.settings.is_https,
                samesite="Lax",
                path="/",
            )


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
