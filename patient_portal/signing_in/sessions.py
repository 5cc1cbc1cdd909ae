"""Sessions kept on the server: the cookie is a random id, the database stores its hash (X-22).

Idle and absolute lifetimes are the settings'. Sign-in always makes a new id (fixation), and a
session that ended sends the person back to where she was.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from flask import g, request
from sqlalchemy import delete, or_, update
from sqlmodel import col
from werkzeug.wrappers import Response

from heart_uma.sealing import SealError, open_sealed, seal
from patient_portal.context import current_portal
from patient_portal.db import reading, transaction
from patient_portal.errors import SignInAgain
from patient_portal.models.session import PortalSession

COOKIE = "heart_portal"
LOGIN_COOKIE = "heart_portal_login"
LOGIN_LIFE = 900
LAST_FORM = 24 * 3600
"""Seconds after a session's end in which the form that is still open in it may be sent."""
TOUCH_EVERY = 20


def hash_of(value: str) -> str:
    """What the database stores instead of a secret."""
    return hashlib.sha256(value.encode()).hexdigest()


def _key() -> str:
    return current_portal.settings.seal_secret


def csrf_token() -> str:
    """A token bound to this session (or, before sign-in, to this sign-in attempt)."""
    bound = request.cookies.get(COOKIE) or request.cookies.get(LOGIN_COOKIE) or ""
    return hmac.new(_key().encode(), b"csrf\x00" + bound.encode(), "sha256").hexdigest()


def current() -> PortalSession | None:
    """The live session of this request, or None."""
    if "portal_session" not in g:
        g.portal_session = _load()
    live: PortalSession | None = g.portal_session
    return live


def required() -> PortalSession:
    """The live session, or off to sign-in."""
    live = current()
    if live is None:
        raise SignInAgain
    return live


def _load() -> PortalSession | None:
    value = request.cookies.get(COOKIE, "")
    if not value:
        return None
    now = current_portal.now()
    with reading() as db:
        row = db.get(PortalSession, hash_of(value))
    if row is None or _ended(row, now - LAST_FORM):
        return None
    g.portal_known = row
    if _ended(row, now):
        return None
    if now - row.seen >= TOUCH_EVERY:
        with transaction() as db:
            db.execute(update(PortalSession).where(_is(row.id_hash)).values(seen=now))
    return row


def known() -> PortalSession | None:
    """The session this browser came with: live, or one that ended within a day."""
    current()
    found: PortalSession | None = g.get("portal_known")
    return found


def _ended(row: PortalSession, now: int) -> bool:
    settings = current_portal.settings
    return now - row.created >= settings.session_absolute or now - row.seen >= settings.session_idle


def _is(id_hash: str) -> Any:
    return col(PortalSession.id_hash) == id_hash


def content(row: PortalSession) -> dict[str, Any]:
    """The sealed part of a session: its tokens, and answers kept over a sign-in."""
    try:
        return open_sealed(_key(), row.sealed)
    except SealError as error:
        raise SignInAgain from error  # the secret was changed: old sessions are over


def store(id_hash: str, sealed_content: dict[str, Any]) -> None:
    sealed = seal(_key(), sealed_content)
    with transaction() as db:
        db.execute(update(PortalSession).where(_is(id_hash)).values(sealed=sealed))
    if (live := g.get("portal_session")) is not None:
        live.sealed = sealed


def changed_something() -> None:
    """Counts computed before this moment are not shown again in this session."""
    live = required()
    with transaction() as db:
        db.execute(
            update(PortalSession)
            .where(_is(live.id_hash))
            .values(generation=col(PortalSession.generation) + 1)
        )
    live.generation += 1


def begin(subject: str, name: str, sealed_content: dict[str, Any], answer: Response) -> None:
    """Start a session under a fresh id and forget any earlier one of this browser."""
    value, now = secrets.token_urlsafe(32), current_portal.now()
    row = PortalSession(
        id_hash=hash_of(value),
        subject=subject,
        name=name,
        created=now,
        seen=now,
        sealed=seal(_key(), sealed_content),
    )
    with transaction() as db:
        db.execute(delete(PortalSession).where(_is(hash_of(request.cookies.get(COOKIE, "")))))
        # Not those that just ended: the form that is being sent in them may still be kept.
        db.execute(delete(PortalSession).where(_over(now - LAST_FORM)))
        db.add(row)
    set_cookie(answer, COOKIE, value, "/")


def _over(now: int) -> Any:
    settings = current_portal.settings
    return or_(
        col(PortalSession.created) <= now - settings.session_absolute,
        col(PortalSession.seen) <= now - settings.session_idle,
    )


def end(answer: Response | None = None) -> None:
    """Forget the session here; the cookie goes with the answer."""
    live = current()
    if live is not None:
        with transaction() as db:
            db.execute(delete(PortalSession).where(_is(live.id_hash)))
    g.portal_session = None
    if answer is not None:
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax")


def kept_form() -> dict[str, list[str]]:
    """Answers sent just before the session ended, for this very page; given once."""
    live = required()
    sealed_content = content(live)
    kept = sealed_content.get("kept")
    if not kept or kept.get("next") != request.full_path.rstrip("?"):
        return {}
    del sealed_content["kept"]
    store(live.id_hash, sealed_content)
    form: dict[str, list[str]] = kept.get("form") or {}
    return form


def set_cookie(answer: Response, name: str, value: str, path: str) -> None:
    """Set a cookie that no script reads and that goes over TLS where the portal has it."""
    answer.set_cookie(
        name,
        value,
        path=path,
        httponly=True,
        samesite="Lax",
        secure=current_portal.settings.is_https,
    )
