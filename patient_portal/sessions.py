"""Sessions kept on the server: the cookie is a random id, the database stores its hash (X-22).

Idle and absolute lifetimes are the settings'. Sign-in always makes a new id (fixation), and a
session that ended sends the person back to where she was.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from flask import g, redirect, request, url_for
from sqlalchemy import delete, or_, update
from sqlmodel import col
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from heart_uma.sealing import SealError, open_sealed, seal
from patient_portal.context import current_portal
from patient_portal.db import reading, transaction
from patient_portal.errors import SignInAgain
from patient_portal.models.session import LoginAttempt, PortalSession

COOKIE = "heart_portal"
LOGIN_COOKIE = "heart_portal_login"
LOGIN_LIFE = 900
TOUCH_EVERY = 20
KEPT_FORM_BYTES = 16_000


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
    now, settings = current_portal.now(), current_portal.settings
    with reading() as db:
        row = db.get(PortalSession, hash_of(value))
    if row is None or now - row.created >= settings.session_absolute:
        return None
    if now - row.seen >= settings.session_idle:
        return None
    if now - row.seen >= TOUCH_EVERY:
        with transaction() as db:
            db.execute(update(PortalSession).where(_is(row.id_hash)).values(seen=now))
    return row


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
        db.execute(delete(PortalSession).where(_over(now)))
        db.add(row)
    _set_cookie(answer, COOKIE, value, "/")


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


def keep_attempt(attempt: dict[str, Any], answer: Response) -> None:
    """Remember a sign-in under way, under its own cookie: it never touches a live session."""
    value, now = secrets.token_urlsafe(32), current_portal.now()
    row = LoginAttempt(id_hash=hash_of(value), created=now, sealed=seal(_key(), attempt))
    with transaction() as db:
        db.execute(delete(LoginAttempt).where(col(LoginAttempt.created) < now - LOGIN_LIFE))
        db.add(row)
    _set_cookie(answer, LOGIN_COOKIE, value, "/login")


def attempt(*, spend: bool) -> dict[str, Any] | None:
    """The sign-in this browser began, if it is recent; `spend` makes it work only once."""
    id_hash = hash_of(request.cookies.get(LOGIN_COOKIE, ""))
    with transaction() as db:
        row = db.get(LoginAttempt, id_hash)
        if row is None or row.created < current_portal.now() - LOGIN_LIFE:
            return None
        if spend:
            db.delete(row)
        return open_sealed(_key(), row.sealed)


def send_to_sign_in() -> Response:
    """To the sign-in page; the place, and the answers of a form just sent, come back after it."""
    answer = redirect(url_for("login.show", over=1) if _was_here() else url_for("login.show"), 303)
    place = request.full_path.rstrip("?") if request.method == "GET" else request.path
    if request.query_string and request.method == "POST":
        place = request.full_path.rstrip("?")
    kept: dict[str, Any] = {"next": place}
    if request.method == "POST":
        form = _sent_form()
        if form and len(str(form)) <= KEPT_FORM_BYTES:
            kept["form"] = form
    keep_attempt(kept, answer)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
    return answer


def _sent_form() -> dict[str, list[str]]:
    """The answers worth keeping; none when the body is larger than any form of ours."""
    try:
        return {k: v for k, v in request.form.lists() if k not in ("csrf_token", "form_id")}
    except RequestEntityTooLarge:
        return {}


def _was_here() -> bool:
    return bool(request.cookies.get(COOKIE))


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


def _set_cookie(answer: Response, name: str, value: str, path: str) -> None:
    answer.set_cookie(
        name,
        value,
        path=path,
        httponly=True,
        samesite="Lax",
        secure=current_portal.settings.is_https,
    )
