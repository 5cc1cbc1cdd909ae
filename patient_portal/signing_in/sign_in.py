"""A sign-in under way: the browser keeps it, sealed, and the database learns of nobody before it.

A row for whoever knocks would let strangers fill the disk. Only a person who was signed in here
leaves one: the answers of the form that she sends too late, which wait for her and nobody else.
"""

from __future__ import annotations

import hmac
import json
import secrets
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy import delete
from sqlmodel import col
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from heart_uma.sealing import SealError, open_sealed, seal
from patient_portal.context import current_portal
from patient_portal.db import transaction
from patient_portal.models.session import LoginAttempt, PortalSession
from patient_portal.signing_in import sessions
from patient_portal.signing_in.sessions import COOKIE, LOGIN_COOKIE, LOGIN_LIFE, hash_of, set_cookie

KEPT_FORM_BYTES = 16_000
LONGEST_PLACE = 1_000
"""Bytes of an address to come back to: a browser keeps no cookie above 4 kB."""


def keep(attempt: dict[str, Any], answer: Response) -> None:
    """Remember a sign-in under way, in a cookie of its own: it never touches a live session."""
    until = current_portal.now() + LOGIN_LIFE
    sealed = seal(current_portal.settings.seal_secret, {**attempt, "until": until})
    set_cookie(answer, LOGIN_COOKIE, sealed, "/login")


def attempt() -> dict[str, Any] | None:
    """The sign-in this browser began, if it is recent and sealed with the secret of today."""
    try:
        found = open_sealed(
            current_portal.settings.seal_secret, request.cookies.get(LOGIN_COOKIE, "")
        )
    except SealError:
        return None
    return found if found.get("until", 0) > current_portal.now() else None


def forget(answer: Response) -> Response:
    """An answer to a sign-in counts once: the browser drops what belongs to it."""
    answer.delete_cookie(LOGIN_COOKIE, path="/login", httponly=True, samesite="Lax")
    return answer


def send() -> Response:
    """To the sign-in page; the place, and the answers of a form just sent, come back after it."""
    over = bool(request.cookies.get(COOKIE))
    answer = redirect(url_for("login.show", over=1) if over else url_for("login.show"), 303)
    place = request.full_path.rstrip("?") if request.query_string else request.path
    kept = {"next": place if len(json.dumps(place)) <= LONGEST_PLACE else url_for("home.show")}
    if request.method == "POST" and (form := _keep_form(place)):
        kept["form"] = form
    keep(kept, answer)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
    return answer


def _keep_form(place: str) -> str:
    """Keep the form for the person whose session just ended; its key, or empty.

    The session's own form token must be with it, and the session is over for good: one row each.
    """
    known, form = sessions.known(), _sent_form()
    token = request.form.get("csrf_token", "") if form else ""
    if known is None or not hmac.compare_digest(token.encode(), sessions.csrf_token().encode()):
        return ""
    if len(str(form)) > KEPT_FORM_BYTES:
        return ""
    key, now = secrets.token_urlsafe(24), current_portal.now()
    content = {"form": form, "next": place, "subject": known.subject}
    sealed = seal(current_portal.settings.seal_secret, content)
    with transaction() as db:
        db.execute(delete(LoginAttempt).where(col(LoginAttempt.created) < now - LOGIN_LIFE))
        db.execute(delete(PortalSession).where(col(PortalSession.id_hash) == known.id_hash))
        db.add(LoginAttempt(id_hash=hash_of(key), created=now, sealed=sealed))
    return key


def _sent_form() -> dict[str, list[str]]:
    """The answers worth keeping; none when the body is larger than any form of ours."""
    try:
        return {k: v for k, v in request.form.lists() if k not in ("csrf_token", "form_id")}
    except RequestEntityTooLarge:
        return {}


def take_form(key: object, subject: str) -> dict[str, Any] | None:
    """What `_keep_form` kept under `key`, once, and only for the person who sent it."""
    if not isinstance(key, str):
        return None
    with transaction() as db:
        row = db.get(LoginAttempt, hash_of(key))
        if row is None:
            return None
        sealed, created = row.sealed, row.created
        db.delete(row)
    try:
        kept = open_sealed(current_portal.settings.seal_secret, sealed)
    except SealError:
        return None
    if created < current_portal.now() - LOGIN_LIFE or kept.get("subject") != subject:
        return None
    return {"next": kept["next"], "form": kept["form"]}
