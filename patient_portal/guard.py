"""What stands before every page: same-site posts, a live session, the form token, headers."""

from __future__ import annotations

from flask import Flask, Response, abort, request

from heart_ground import browser, headers
from patient_portal.context import current_portal
from patient_portal.visit import is_csrf_token, this_visit

OPEN = ("heart_ui.", "login.", "health.", "help.")
"""Endpoints that need no session."""


def register(app: Flask) -> None:
    app.before_request(_check)
    app.after_request(_add_headers)


def _check() -> None:
    endpoint = request.endpoint or ""
    # A form of another site must not even end a session (it would replace the sign-in cookie).
    origin = current_portal.settings.url
    if request.method == "POST" and browser.is_of_another_site(request.headers, origin):
        abort(403)
    if not endpoint or endpoint.startswith(OPEN):
        return
    this_visit()
    if request.method == "POST" and not is_csrf_token(request.form.get("csrf_token", "")):
        abort(400)


def _add_headers(response: Response) -> Response:
    return headers.complete(response, secure=current_portal.settings.is_https)
