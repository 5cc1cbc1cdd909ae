"""A sign-in under way: the browser keeps it, sealed, and the database learns of nobody before it.

A row for whoever knocks would let strangers fill the disk. Only a person who was signed in here
leaves one: the answers of the form that she sends too late, which wait for her and nobody else.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Engine, delete
from sqlmodel import col

from heart_ground.browser import hash_of
from heart_uma.sealing import SealError, open_sealed, seal
from patient_portal.db import writing
from patient_portal.models.session import LoginAttempt, PortalSession

LIFE = 900
"""Seconds between leaving for the sharing service and coming back."""
KEPT_FORM_BYTES = 16_000
Form = dict[str, list[str]]


def sealed_attempt(secret: str, attempt: dict[str, Any], now: int) -> str:
    """What the browser keeps of a sign-in under way."""
    return seal(secret, {**attempt, "until": now + LIFE})


def attempt_of(secret: str, cookie: str, now: int) -> dict[str, Any] | None:
    """The sign-in a browser began, if it is recent and sealed with the secret of today."""
    try:
        found = open_sealed(secret, cookie)
    except SealError:
        return None
    return found if found.get("until", 0) > now else None


def keep_form(
    engine: Engine, secret: str, of: PortalSession, form: Form, place: str, now: int
) -> str:
    """Keep a form for the person whose session, `of`, just ended; its key, or empty.

    The session is over for good: one row each.
    """
    if len(str(form)) > KEPT_FORM_BYTES:
        return ""
    key = secrets.token_urlsafe(24)
    sealed = seal(secret, {"form": form, "next": place, "subject": of.subject})
    with writing(engine) as db:
        db.execute(delete(LoginAttempt).where(col(LoginAttempt.created) < now - LIFE))
        db.execute(delete(PortalSession).where(col(PortalSession.id_hash) == of.id_hash))
        db.add(LoginAttempt(id_hash=hash_of(key), created=now, sealed=sealed))
    return key


def take_form(
    engine: Engine, secret: str, key: object, subject: str, now: int
) -> dict[str, Any] | None:
    """What `keep_form` kept under `key`, once, and only for the person who sent it."""
    if not isinstance(key, str):
        return None
    with writing(engine) as db:
        row = db.get(LoginAttempt, hash_of(key))
        if row is None:
            return None
        sealed, created = row.sealed, row.created
        db.delete(row)
    try:
        kept = open_sealed(secret, sealed)
    except SealError:
        return None
    if created < now - LIFE or kept.get("subject") != subject:
        return None
    return {"next": kept["next"], "form": kept["form"]}
