"""One form, one effect: the second submit of a form is led to the result of the first."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

from flask import redirect, request
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col
from werkzeug.wrappers import Response

from heart_uma.sealing import SealError, open_sealed, seal
from patient_portal.context import current_portal
from patient_portal.db import reading, transaction
from patient_portal.errors import FirstPressUnknown
from patient_portal.models.submitted_form import SubmittedForm
from patient_portal.signing_in import sessions

LIFE = 24 * 3600
WAIT_SECONDS = 8
WAIT_STEP = 0.1


def new_id() -> str:
    """A form id, printed into the form; nothing is stored until it is sent."""
    return secrets.token_urlsafe(18)


def run(action: Callable[[], tuple[str, dict[str, Any]]]) -> Response:
    """Carry out `action` once for this request's form id.

    `action` answers the address of the result page and what that page needs to remember
    (`outcome`). A submit that comes while the first is under way waits for it; if the first
    failed, the form may be sent again.
    """
    subject = sessions.required().subject
    id_hash = sessions.hash_of(f"{subject} {request.form.get('form_id') or new_id()} {_sent()}")
    if not _claim(id_hash):
        if first := _wait(id_hash):
            return redirect(first, 303)
        raise FirstPressUnknown
    try:
        result, remembered = action()
    except BaseException:
        with transaction() as db:
            db.execute(delete(SubmittedForm).where(_is(id_hash)))
        raise
    sealed = seal(current_portal.settings.seal_secret, remembered)
    result = f"{result}{'&' if '?' in result else '?'}form={id_hash}" if remembered else result
    with transaction() as db:
        db.execute(update(SubmittedForm).where(_is(id_hash)).values(result=result, sealed=sealed))
    return redirect(result, 303)


def _sent() -> list[tuple[str, list[str]]]:
    """What was chosen in the form: other choices on the same page are not the same press."""
    return sorted((k, v) for k, v in request.form.lists() if k not in ("csrf_token", "form_id"))


def outcome() -> dict[str, Any]:
    """What the action of the form named in this address remembered, for this person only."""
    live = sessions.required()
    with reading() as db:
        row = db.get(SubmittedForm, request.args.get("form", ""))
    if row is None or row.subject != live.subject or not row.sealed:
        return {}
    try:
        return open_sealed(current_portal.settings.seal_secret, row.sealed)
    except SealError:
        return {}  # the secret was changed meanwhile


def _claim(id_hash: str) -> bool:
    now, live = current_portal.now(), sessions.required()
    row = SubmittedForm(id_hash=id_hash, subject=live.subject, created=now)
    try:
        with transaction() as db:
            db.execute(delete(SubmittedForm).where(col(SubmittedForm.created) < now - LIFE))
            db.add(row)
    except IntegrityError:
        return False
    return True


def _wait(id_hash: str) -> str:
    for _ in range(int(WAIT_SECONDS / WAIT_STEP)):
        with reading() as db:
            row = db.get(SubmittedForm, id_hash)
        if row is None:
            return ""
        if row.result:
            return row.result
        time.sleep(WAIT_STEP)
    return ""


def _is(id_hash: str) -> Any:
    return col(SubmittedForm.id_hash) == id_hash
