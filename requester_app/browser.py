"""The signed-in browser: session, idle sign-out, CSRF, one-time forms (UX 2.0.3)."""

from __future__ import annotations

import functools
import hmac
import re
import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from heart_ground import probes
from heart_uma.sealing import SealError, seal
from requester_app.context import current_requester, this_app
from requester_app.db import reading, writing
from requester_app.errors import PlainError
from requester_app.identity import Identity, SignInNeeded
from requester_app.locations import DRAFTED, here, see, to_sign_in
from requester_app.models import form as forms
from requester_app.models import session as sessions

COOKIE = "heart_clinic"
LOGIN_COOKIE = "heart_clinic_login"
LEFT_COOKIE = "heart_clinic_left"
"""This browser signed out on purpose: the next person's Back must not sign her in again."""
BY_ITSELF = "itself"
"""`by=itself`: the page opens again without the person, which is no use of her session."""
FIRST_PRESS, STEP = 8.0, 0.1
"""Seconds that a second press waits for the first, and between two looks at it."""
STILL = "This was sent already and is still being done. Look at your lists in a minute."
SIGNED_OUT = (
    "You signed out in another window. Nothing was sent or changed. Sign in and do it again."
)
TOUCH_EVERY = 15
"""Seconds between writes of a session's last use."""
_FORM_ID = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark a view that needs no sign-in."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def guard(app: Flask) -> None:
    """Every route needs a signed-in person unless it is marked public."""
    app.before_request(_enter)


def _is_public() -> bool:
    view = current_requester.view_functions.get(request.endpoint or "")
    shared = request.blueprint in ("heart_ui", probes.NAME) or request.endpoint is None
    return shared or getattr(view, "is_public", False)


def _enter() -> AnyResponse | None:
    row = _load()
    if row is None and _is_public():
        return None
    if row is None:
        return _without_session()
    g.browser = row
    if request.method not in ("GET", "HEAD", "OPTIONS") and request.blueprint != "heart_ui":
        _check_origin()
        _check_csrf(row)
    return None


def _without_session() -> AnyResponse:
    """Sign in, unless the person chose to leave or is not there; what she sent is never lost
    without a word."""
    chose = LEFT_COOKIE in request.cookies
    if request.endpoint == "login.leave":
        return see("login.left")
    if request.method == "POST" and chose:
        raise PlainError(403, SIGNED_OUT, "You are signed out")
    _keep_answers()
    if request.method == "GET" and (chose or _by_itself()):
        return see("login.left", next=request.path if _by_itself() else here())
    return to_sign_in()


def _by_itself() -> bool:
    return request.args.get("by") == BY_ITSELF


def _load() -> sessions.BrowserSession | None:
    cookie = request.cookies.get(COOKIE, "")
    if not cookie or len(cookie) > 128:
        return None
    now, settings = current_requester.now(), current_requester.settings
    with reading() as session:
        row = sessions.find(session, cookie)
    if row is None:
        return None
    if not row.is_live(now, settings.idle_seconds, settings.session_seconds):
        g.ran_out = row
        return None
    # A page that opens again by itself is nobody's use of the session: it ends when she is away.
    if row.seen + TOUCH_EVERY <= now and not _by_itself():
        with writing() as session:
            sessions.touch(session, row.id_hash, now)
    return row


def _check_origin() -> None:
    """A form of another site never counts, whatever it carries.

    Under our own `Referrer-Policy: no-referrer` browsers send `Origin: null` with forms; then
    `Sec-Fetch-Site`, which no page can set, must vouch for the form.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in ("same-origin", "none"):
        raise PlainError(400)
    ours = origin in (None, current_requester.settings.origin)
    if not ours and not (origin == "null" and site == "same-origin"):
        raise PlainError(400)


def _check_csrf(row: sessions.BrowserSession) -> None:
    sent = request.form.get("csrf_token", "")
    if not hmac.compare_digest(sent.encode(), row.csrf_token.encode()):
        raise PlainError(400)


def _keep_answers() -> None:
    """Answers sent just after the sign-in ran out wait for the same person (UX 2.0.3)."""
    row = cast("sessions.BrowserSession | None", g.get("ran_out"))
    if row is None or request.method != "POST" or not DRAFTED.fullmatch(request.path):
        return
    _check_origin()
    _check_csrf(row)
    answers = {name: request.form.getlist(name) for name in request.form if "_" not in name}
    sealed = seal(current_requester.seal_secret, answers)
    with writing() as session:
        forms.keep_draft(session, row.person, request.path, sealed, current_requester.now())


def browser() -> sessions.BrowserSession:
    """The session of this request."""
    row = cast("sessions.BrowserSession | None", g.get("browser"))
    if row is None:
        raise SignInNeeded
    return row


def signed_in() -> bool:
    """True when this request comes from a signed-in browser."""
    return g.get("browser") is not None


def person() -> str:
    """The key of the signed-in person: every row of hers carries it."""
    return browser().person


def identity() -> Identity:
    """The tokens of the signed-in person."""
    known = cast("Identity | None", g.get("identity"))
    if known is None:
        try:
            known = Identity(this_app(), browser())
        except SealError as error:
            raise SignInNeeded from error
        g.identity = known
    return known


def form_id() -> str:
    """A fresh one-time form id."""
    return secrets.token_urlsafe(18)


def _result(owner: str, sent: str) -> str:
    """Where the first press of a form leads, once it is done; "/" where it failed: the form may be
    sent again from there."""
    for _ in range(int(FIRST_PRESS / STEP)):
        with reading() as session:
            used = forms.find(session, owner, sent)
        if used is None or used.result:
            return used.result if used else "/?undone=1"
        time.sleep(STEP)
    raise PlainError(409, STILL, "Still being done")


def one_time(view: View) -> View:
    """A form counts once: sent again, it leads to the page that the first one led to."""

    @functools.wraps(view)
    def once(*args: Any, **kwargs: Any) -> Any:
        sent = request.form.get("form_id", "")
        if not _FORM_ID.fullmatch(sent):
            raise PlainError(400)
        owner, now = person(), current_requester.now()
        with writing() as session:
            earlier = forms.claim(session, owner, sent, now)
        if earlier is not None:
            return redirect(earlier.result or _result(owner, sent), 303)
        try:
            answer = view(*args, **kwargs)
        except BaseException:
            with writing() as session:
                forms.release(session, owner, sent)
            raise
        with writing() as session:
            if isinstance(answer, AnyResponse) and answer.status_code == 303:
                forms.settle(session, owner, sent, answer.headers["Location"])
            else:
                forms.release(session, owner, sent)
        return answer

    return cast(View, once)
