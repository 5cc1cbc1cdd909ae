"""What stands before every page: same-site posts, a live session, the form token, headers (6.2)."""

from __future__ import annotations

import hmac

from flask import Flask, Response, abort, request

from heart_ground import headers
from patient_portal.context import current_portal
from patient_portal.signing_in import sessions

OPEN = ("heart_ui.", "login.", "health.")
"""Endpoints that need no session."""


def register(app: Flask) -> None:
    app.before_request(_check)
    app.after_request(_add_headers)


def _check() -> None:
    endpoint = request.endpoint or ""
    # A cross-site post must not even end a session (it would replace the sign-in cookie).
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") not in (
        "same-origin",
        "none",
    ):
        abort(403)
    if not endpoint or endpoint.startswith(OPEN):
        return
    sessions.required()
    if request.method == "POST":
        sent = request.form.get("csrf_token", "")
        if not hmac.compare_digest(sent.encode(), sessions.csrf_token().encode()):
            abort(400)


def _add_headers(response: Response) -> Response:
    return headers.complete(response, secure=current_portal.settings.is_https)
