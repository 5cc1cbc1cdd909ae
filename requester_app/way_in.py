"""A sign-in under way: the browser keeps it, sealed; the database learns of nobody before it."""

from __future__ import annotations

from urllib.parse import quote

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from heart_ground.browser import drop_cookie, set_cookie
from heart_uma.authorization_request import LoginState
from heart_uma.sealing import SealError, open_sealed, seal
from requester_app.browser import name_of
from requester_app.context import current_requester
from requester_app.locations import local

LOGIN_COOKIE = "heart_clinic_login"
PLACE_COOKIE = "heart_clinic_place"
LIFE = 600
"""Seconds between leaving for the authorization server and coming back."""
LONGEST_PLACE = 3_900
"""Characters of an address to come back to: a browser keeps no cookie above 4 kB."""


def set_own(answer: AnyResponse, cookie: str, value: str, max_age: int | None = None) -> None:
    """A cookie of this app; Lax, not Strict: people arrive from the authorization server and from
    a patient's link."""
    secure = current_requester.settings.is_https
    set_cookie(answer, name_of(cookie), value, secure=secure, max_age=max_age)


def drop_own(answer: AnyResponse, cookie: str) -> None:
    """Make the browser forget a cookie of this app."""
    drop_cookie(answer, name_of(cookie), secure=current_requester.settings.is_https)


def keep(answer: AnyResponse, login: LoginState, place: str) -> None:
    """Remember the sign-in and where to go on, for a few minutes."""
    means = current_requester.means
    sealed = seal(means.secret, {"login": login.to_dict(), "until": means.now() + LIFE})
    set_own(answer, LOGIN_COOKIE, sealed, LIFE)
    written = quote(place, safe="/?&=%+:,@~")
    set_own(answer, PLACE_COOKIE, written if len(written) <= LONGEST_PLACE else "/", LIFE)


def attempt() -> LoginState | None:
    """The sign-in this browser began, if it is recent and sealed with the secret of today."""
    means = current_requester.means
    try:
        kept = open_sealed(means.secret, request.cookies.get(name_of(LOGIN_COOKIE), ""))
    except SealError:
        return None
    return LoginState.from_dict(kept["login"]) if kept.get("until", 0) > means.now() else None


def place() -> str:
    """Where to go on: a path of this app, whatever the browser says."""
    return local(request.cookies.get(name_of(PLACE_COOKIE), "/"))


def forget(answer: AnyResponse) -> None:
    """An answer to a sign-in counts once."""
    drop_own(answer, LOGIN_COOKIE)
    drop_own(answer, PLACE_COOKIE)
