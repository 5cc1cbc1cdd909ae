"""Signing in at the sharing service, and signing out (OIDC Core 3.1, RFC 9207).

`GET /login?next=/open?...` -> the authorization server -> `GET /login/return?code=...&state=...`.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from heart_uma import oidc_client
from heart_uma.errors import UmaError
from heart_uma.sealing import SealError, open_sealed, seal
from requester_app.browser import COOKIE, LEFT_COOKIE, LOGIN_COOKIE, browser, identity, public
from requester_app.context import current_requester
from requester_app.db import writing
from requester_app.errors import PlainError
from requester_app.locations import local
from requester_app.models import session as sessions

bp = Blueprint("login", __name__)
SCOPE = "openid profile email offline_access"
_FORGOTTEN = frozenset({"nonce", "at_hash", "c_hash", "jti"})


def return_address() -> str:
    """The redirect_uri registered for this app."""
    return f"{current_requester.settings.url}/login/return"


@bp.get("/login")
@public
def start() -> AnyResponse:
    """Send the browser to the authorization server, with a state bound to this browser."""
    app = current_requester
    more = {"prompt": "login"} if request.args.get("switch") else {}
    try:
        metadata = app.authorization_servers.metadata(app.settings.as_issuer)
        address, login = oidc_client.start(
            metadata, app.settings.client_id, return_address(), SCOPE, **more
        )
    except UmaError as error:
        raise PlainError(503) from error
    browser_id = secrets.token_urlsafe(32)
    attempt = sessions.LoginAttempt(
        state_hash=sessions.hash_of(login.state),
        browser_hash=sessions.hash_of(browser_id),
        sealed=seal(app.seal_secret, login.to_dict()),
        next_path=local(request.args.get("next", "/")),
        created=app.now(),
    )
    with writing() as session:
        sessions.sweep(session, app.now(), app.settings.session_seconds)
        session.add(attempt)
    answer = redirect(address, 303)
    _set(answer, LOGIN_COOKIE, browser_id, max_age=sessions.ATTEMPT_LIFE)
    return answer


@bp.get("/login/return")
@public
def finish() -> AnyResponse:
    """Check the answer against this browser's attempt, spend the attempt, begin a session."""
    app, now = current_requester, current_requester.now()
    with writing() as session:
        attempt = sessions.take_attempt(
            session, request.args.get("state", ""), request.cookies.get(LOGIN_COOKIE, ""), now
        )
    login = None if attempt is None else _opened(attempt.sealed)
    if attempt is None or login is None:
        raise PlainError(
            400, "This sign-in is too old, or it was started somewhere else. Sign in again."
        )
    servers = app.authorization_servers
    try:
        tokens = oidc_client.finish(
            app.http,
            servers.metadata(login.issuer),
            app.credentials,
            servers.keys(login.issuer),
            login,
            request.args,
            fresh=partial(servers.keys, login.issuer, fresh=True),
        )
    except UmaError as error:
        raise _refused(error) from error
    answer = redirect(attempt.next_path, 303)
    _set(answer, COOKIE, _begin(tokens, login.issuer, now))
    answer.delete_cookie(LOGIN_COOKIE, path="/")
    answer.delete_cookie(LEFT_COOKIE, path="/")
    return answer


def _opened(sealed: str) -> oidc_client.LoginState | None:
    """The attempt as it was sealed; None when the secret was changed since."""
    try:
        return oidc_client.LoginState.from_dict(open_sealed(current_requester.seal_secret, sealed))
    except SealError:
        return None


def _refused(error: UmaError) -> PlainError:
    if error.code == "access_denied":
        return PlainError(403, "You did not sign in. Nothing was shared.", "Not signed in")
    if error.code == "unreachable":
        return PlainError(503)
    return PlainError(400, "We could not check who you are. Sign in again.", "Not signed in")


def _begin(tokens: oidc_client.Tokens, issuer: str, now: int) -> str:
    """Store a new session and return its cookie; the one this browser had is over (fixation)."""
    claims = {name: value for name, value in tokens.claims.items() if name not in _FORGOTTEN}
    held = {
        "issuer": issuer,
        "id_token": tokens.id_token,
        "id_expires": int(tokens.claims.get("exp", 0)),
        "refresh_token": tokens.refresh_token,
        "claims": claims,
    }
    cookie = secrets.token_urlsafe(32)
    who = hashlib.sha256(f"{issuer}\x00{claims['sub']}".encode()).hexdigest()
    name = str(claims.get("name") or claims.get("preferred_username") or "Signed in")
    with writing() as session:
        sessions.end(session, sessions.hash_of(request.cookies.get(COOKIE, "")))
        session.add(
            sessions.BrowserSession(
                id_hash=sessions.hash_of(cookie),
                person=who,
                name=name[:200],
                sealed=seal(current_requester.seal_secret, held),
                csrf_token=secrets.token_urlsafe(32),
                created=now,
                seen=now,
            )
        )
    return cookie


def _set(answer: AnyResponse, name: str, value: str, max_age: int | None = None) -> None:
    # Lax, not Strict: people arrive from the authorization server and from a patient's link.
    answer.set_cookie(
        name,
        value,
        max_age=max_age,
        path="/",
        secure=current_requester.settings.is_https,
        httponly=True,
        samesite="Lax",
    )


@bp.post("/logout")
def leave() -> AnyResponse:
    """Sign this browser out of the app, and give its tokens back."""
    identity().give_back()
    with writing() as session:
        sessions.end(session, browser().id_hash)
    answer = redirect(url_for("login.left"), 303)
    answer.delete_cookie(COOKIE, path="/")
    _set(answer, LEFT_COOKIE, "1")
    return answer


@bp.get("/signed-out")
@public
def left() -> AnyResponse:
    """Say what is over, and lead to the sharing service's own sign-out."""
    settings, service = current_requester.settings, ""
    try:
        metadata = current_requester.authorization_servers.metadata(settings.as_issuer)
        end_session = metadata.get("end_session_endpoint")
    except UmaError:
        end_session = None
    if end_session:
        # No id_token_hint: a token has no place in an address.
        query = {
            "client_id": settings.client_id,
            "post_logout_redirect_uri": f"{settings.url}/signed-out",
        }
        service = f"{end_session}?{urlencode(query)}"
    back = local(request.args.get("next", "/"))
    return make_response(render_template("requester/signed_out.html", service=service, back=back))
