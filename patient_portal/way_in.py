"""The browser's way to sign-in and back: what it keeps of it, and where it goes on afterwards."""

from __future__ import annotations

import json
from typing import Any

from flask import redirect, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from heart_ground.browser import drop_cookie, set_cookie
from patient_portal.context import current_portal
from patient_portal.signing_in import sign_in
from patient_portal.visit import LOGIN_COOKIE, is_csrf_token, known, session_cookie, this_place

LOGIN_PATH = "/login"
LONGEST_PLACE = 1_000
"""Bytes of an address to come back to: a browser keeps no cookie above 4 kB."""


def keep(attempt: dict[str, Any], answer: Response) -> None:
    """Remember a sign-in under way, in a cookie of its own: it never touches a live session."""
    settings = current_portal.settings
    sealed = sign_in.sealed_attempt(settings.seal_secret, attempt, current_portal.now())
    set_cookie(answer, LOGIN_COOKIE, sealed, path=LOGIN_PATH, secure=settings.is_https)


def attempt() -> dict[str, Any] | None:
    """The sign-in this browser began, if it is recent."""
    kept = request.cookies.get(LOGIN_COOKIE, "")
    return sign_in.attempt_of(current_portal.settings.seal_secret, kept, current_portal.now())


def forget(answer: Response) -> Response:
    """An answer to a sign-in counts once: the browser drops what belongs to it."""
    drop_cookie(answer, LOGIN_COOKIE, path=LOGIN_PATH, secure=current_portal.settings.is_https)
    return answer


def signed_in(answer: Response, cookie: str) -> None:
    """The browser is known by `cookie` from now on."""
    set_cookie(answer, session_cookie(), cookie, secure=current_portal.settings.is_https)


def signed_out(answer: Response) -> None:
    drop_cookie(answer, session_cookie(), secure=current_portal.settings.is_https)


def send() -> Response:
    """To the sign-in page; the place, and the answers of a form just sent, come back after it."""
    over = bool(request.cookies.get(session_cookie()))
    answer = redirect(url_for("login.show", over=1) if over else url_for("login.show"), 303)
    place = this_place() if request.query_string else request.path
    kept = {"next": place if len(json.dumps(place)) <= LONGEST_PLACE else url_for("home.show")}
    if request.method == "POST" and (form := _keep_form(place)):
        kept["form"] = form
    keep(kept, answer)
    signed_out(answer)
    return answer


def _keep_form(place: str) -> str:
    """Keep the form for the person whose session just ended; its key, or empty.

    The session's own form token must be with it.
    """
    of, form = known(), _sent_form()
    token = request.form.get("csrf_token", "") if form else ""
    if of is None or not is_csrf_token(token):
        return ""
    portal = current_portal
    return sign_in.keep_form(
        portal.engine, portal.settings.seal_secret, of, form, place, portal.now()
    )


def _sent_form() -> dict[str, list[str]]:
    """The answers worth keeping; none when the body is larger than any form of ours."""
    try:
        return {k: v for k, v in request.form.lists() if k not in ("csrf_token", "form_id")}
    except RequestEntityTooLarge:
        return {}
