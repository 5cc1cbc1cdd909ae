"""A form of the stage is sent by the stage's own page and by no other site (CSRF)."""

from __future__ import annotations

import hmac
import secrets

from flask import request
from werkzeug.wrappers import Response

COOKIE = "heart_stage"


def token() -> str:
    """What this browser's forms carry."""
    return request.cookies.get(COOKIE) or secrets.token_urlsafe(24)


def keep(answer: Response, token: str) -> Response:
    """The same in its cookie, beside the page with the form."""
    answer.set_cookie(COOKIE, token, httponly=True, samesite="Strict")
    return answer


def is_own() -> bool:
    """Whether the form that came is one of these."""
    held, sent = request.cookies.get(COOKIE, ""), request.form.get("csrf_token", "")
    return bool(held) and hmac.compare_digest(held.encode(), sent.encode())
