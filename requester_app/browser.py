"""The signed-in browser: session, idle sign-out, form tokens, answers that are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, g, request
from werkzeug.wrappers import Response as AnyResponse

from heart_ground import browser as ground
from heart_ground import probes
from heart_ui.words import N_
from heart_uma.sealing import SealError, seal
from requester_app.context import current_requester
from requester_app.errors import PlainError
from requester_app.identity import Identity, SignInNeeded
from requester_app.locations import DRAFTED, here, see, to_sign_in
from requester_app.models import form as forms
from requester_app.models.session import BrowserSession
from requester_app.visit import Means, Visit

COOKIE = "heart_clinic"
LEFT_COOKIE = "heart_clinic_left"
"""This browser signed out on purpose: the next person's Back must not sign her in again."""
BY_ITSELF = "itself"
"""`by=itself`: the page opens again without the person, which is no use of her session."""
SIGNED_OUT = N_(
    "You signed out in another window. Nothing was sent or changed. Sign in and do it again."
)

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
        _check_form()
    return None


def _without_session() -> AnyResponse:
    """Sign in, unless the person chose to leave or is not there; what she sent is never lost
    without a word."""
    chose = name_of(LEFT_COOKIE) in request.cookies
    if request.endpoint == "login.leave":
        return see("login.left")
    if request.method == "POST" and chose:
        raise PlainError(403, SIGNED_OUT, N_("You are signed out"))
    _keep_answers()
    if request.method == "GET" and (chose or _by_itself()):
        return see("login.left", next=request.path if _by_itself() else here())
    return to_sign_in()


def _by_itself() -> bool:
    return request.args.get("by") == BY_ITSELF


def name_of(cookie: str) -> str:
    """A cookie's name as this app sets it."""
    return ground.cookie_name(cookie, secure=current_requester.settings.is_https)


def session_cookie() -> str:
    """The cookie of this request's session, live or not; empty without one."""
    return request.cookies.get(name_of(COOKIE), "")


def _load() -> BrowserSession | None:
    sessions, now = current_requester.sessions, current_requester.means.now()
    row = sessions.find(session_cookie(), now)
    if row is None:
        return None
    if not sessions.is_live(row, now):
        g.ran_out = row
        return None
    # A page that opens again by itself is nobody's use of the session: it ends when she is away.
    if not _by_itself():
        sessions.touch(row, now)
    return row


def _check_form() -> None:
    """A form of another site never counts, nor one without its token."""
    if ground.is_of_another_site(request.headers, current_requester.settings.origin):
        raise PlainError(400)
    sent, secret = request.form.get("csrf_token", ""), current_requester.means.secret
    if not ground.is_form_token(sent, secret, session_cookie()):
        raise PlainError(400)


def _keep_answers() -> None:
    """Answers sent just after the sign-in ran out wait for the same person."""
    row = cast("BrowserSession | None", g.get("ran_out"))
    if row is None or request.method != "POST" or not DRAFTED.fullmatch(request.path):
        return
    _check_form()
    means = current_requester.means
    answers = {name: request.form.getlist(name) for name in request.form if "_" not in name}
    with means.writing() as session:
        forms.keep_draft(
            session, row.person, request.path, seal(means.secret, answers), means.now()
        )


def browser() -> BrowserSession:
    """The session of this request."""
    row = cast("BrowserSession | None", g.get("browser"))
    if row is None:
        raise SignInNeeded
    return row


def signed_in() -> bool:
    """True when this request comes from a signed-in browser."""
    return g.get("browser") is not None


def csrf_token() -> str:
    """The token of every form of this session."""
    return ground.form_token(current_requester.means.secret, session_cookie())


def this_visit() -> Visit:
    """The visit of this request: what is below the pages is handed it, and looks at no request."""
    known = cast("Visit | None", g.get("visit"))
    if known is None:
        known = g.visit = _visit(browser(), current_requester.means)
    return known


def later_visits() -> Callable[[], Visit]:
    """The visit as it is at a later moment, for what outlives this request; SignInNeeded once the
    session is over. Made anew each time: a refresh token is used once, by whoever comes first."""
    sessions, means, cookie = current_requester.sessions, current_requester.means, session_cookie()

    def later() -> Visit:
        row = sessions.find(cookie, means.now())
        if row is None or not sessions.is_live(row, means.now()):
            raise SignInNeeded
        return _visit(row, means)

    return later


def _visit(row: BrowserSession, means: Means) -> Visit:
    try:
        me = Identity(means.servers, row, means.secret, means.now)
    except SealError as error:
        raise SignInNeeded from error
    return Visit(row.person, row.created, me, means)
