"""A browser that a service knows again: a session kept here, a cookie that holds only its number.

The database has the hash of that number, so whoever reads it signs in as nobody. No row is written
before somebody has signed in: a stranger who knocks fills no disk.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Engine, Table, delete, or_, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from heart_ground import database, orm

LAST_FORM = 24 * 3600
"""Seconds after a session's end in which the form that is still open in it may be sent."""
TOUCH_EVERY = 15
"""Seconds between writes of a session's last use."""
LONGEST_COOKIE = 128


def hash_of(value: str) -> str:
    """What the database stores instead of a secret."""
    return hashlib.sha256(value.encode()).hexdigest()


def cookie_name(name: str, *, secure: bool) -> str:
    """Over TLS a name that no other host and no plain connection can set (RFC 6265bis 4.1.3.2)."""
    return f"__Host-{name}" if secure else name


def set_cookie(
    answer: Response, name: str, value: str, *, secure: bool, path: str = "/", **more: Any
) -> None:
    """A cookie that no script reads, that forms of other sites do not carry."""
    answer.set_cookie(name, value, path=path, httponly=True, samesite="Lax", secure=secure, **more)


def drop_cookie(answer: Response, name: str, *, secure: bool, path: str = "/") -> None:
    """Make the browser forget a cookie."""
    answer.delete_cookie(name, path=path, httponly=True, samesite="Lax", secure=secure)


def form_token(secret: str, bound: str) -> str:
    """The token of every form in the session that `bound`, its cookie, names."""
    return hmac.new(secret.encode(), b"csrf\x00" + bound.encode(), "sha256").hexdigest()


def is_form_token(sent: str, secret: str, bound: str) -> bool:
    """Whether a form carries the token of this session."""
    return hmac.compare_digest(sent.encode(), form_token(secret, bound).encode())


def is_of_another_site(headers: Headers, origin: str) -> bool:
    """Whether a form was sent by a page of another site: it counts for nothing.

    Under `Referrer-Policy: no-referrer` browsers send `Origin: null` with forms; then
    `Sec-Fetch-Site`, which no page can set, must vouch for the form.
    """
    site, sent_by = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site is not None and site not in ("same-origin", "none"):
        return True
    ours = sent_by in (None, _as_sent(origin))
    return not ours and not (sent_by == "null" and site == "same-origin")


def _as_sent(origin: str) -> str:
    """An origin as browsers write it: in lower case, without the port that goes without saying."""
    parts = urlsplit(origin.lower())
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"


class SessionRow(Protocol):
    """What a session's row has in every service."""

    id_hash: Any
    created: Any
    seen: Any
    sealed: Any


Row = TypeVar("Row", bound=SessionRow)


class Sessions(Generic[Row]):
    """The sessions of one service, rows of `kind`; they live `idle` seconds unused and `absolute`
    seconds at most."""

    def __init__(self, engine: Engine, kind: type[Row], *, idle: int, absolute: int) -> None:
        self._engine, self._kind = engine, kind
        self._new: Callable[..., Row] = kind
        self._idle, self._absolute = idle, absolute
        self._table: Table = kind.__table__  # type: ignore[attr-defined]

    def find(self, cookie: str, now: int) -> Row | None:
        """The session of a cookie, live or ended within the last day."""
        if not cookie or len(cookie) > LONGEST_COOKIE:
            return None
        row = self.of(hash_of(cookie))
        return None if row is None or not self.is_live(row, now - LAST_FORM) else row

    def of(self, id_hash: str) -> Row | None:
        """The row as it stands now."""
        with orm.reading(self._engine) as session:
            return session.get(self._kind, id_hash)

    def is_live(self, row: Row, now: int) -> bool:
        """False once it was unused too long or the sign-in is too old."""
        return bool(row.seen + self._idle > now and row.created + self._absolute > now)

    def touch(self, row: Row, now: int) -> None:
        """Note that it is used, now and then."""
        if now - row.seen >= TOUCH_EVERY:
            self.change(row.id_hash, seen=now)

    def begin(self, now: int, *, instead_of: str, **values: Any) -> str:
        """A session under a fresh number, which is the cookie (session fixation); the earlier one
        of this browser and those long over are forgotten."""
        cookie, table = secrets.token_urlsafe(32), self._table
        with database.writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.id_hash == hash_of(instead_of)))
            # Not those that just ended: the form that is being sent in them may still be kept.
            connection.execute(delete(table).where(self._over(now - LAST_FORM)))
            with Session(connection) as session:
                session.add(self._new(id_hash=hash_of(cookie), created=now, seen=now, **values))
                session.flush()
        return cookie

    def change(self, id_hash: str, *conditions: ColumnElement[bool], **values: Any) -> bool:
        """Write some columns; False where the session is gone or a condition does not hold."""
        table = self._table
        with database.writing(self._engine) as connection:
            changed = connection.execute(
                update(table).where(table.c.id_hash == id_hash, *conditions).values(**values)
            )
        return changed.rowcount == 1

    def end(self, id_hash: str) -> None:
        """Forget it here."""
        table = self._table
        with database.writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.id_hash == id_hash))

    def _over(self, now: int) -> ColumnElement[bool]:
        table = self._table
        return or_(table.c.created <= now - self._absolute, table.c.seen <= now - self._idle)
