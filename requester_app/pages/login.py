"""Signing in at the sharing service, and signing out (OIDC Core 3.1, RFC 9207).

`GET /login?next=/open?...` -> the authorization server -> `GET /login/return?code=...&state=...`.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlencode

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from heart_ui.words import N_, language
from heart_ui.words import gettext as _
from heart_uma.errors import UmaError
from heart_uma.sealing import seal
from heart_uma.tokens import Tokens
from requester_app import way_in
from requester_app.browser import (
    COOKIE,
    LEFT_COOKIE,
    browser,
    public,
    session_cookie,
    this_visit,
)
from requester_app.context import current_requester
from requester_app.errors import PlainError
from requester_app.locations import local

bp = Blueprint("login", __name__)
LONGEST_HINT = 128
SCOPE = "openid profile email offline_access"
_FORGOTTEN = frozenset({"nonce", "at_hash", "c_hash", "jti"})


def return_address() -> str:
    """The redirect_uri registered for this app."""
    return f"{current_requester.settings.url}/login/return"


@bp.get("/login")
@public
def start() -> AnyResponse:
    """Send the browser to the authorization server, with a state bound to this browser."""
    servers, issuer = current_requester.authorization_servers, current_requester.settings.as_issuer
    more = {"ui_locales": language()}
    if request.args.get("switch"):
        more["prompt"] = "login"
    hint = request.args.get("hint", "")
    if 0 < len(hint) <= LONGEST_HINT and hint.isprintable():
        more["login_hint"] = hint
    try:
        address, login = servers.begin(issuer, return_address(), SCOPE, **more)
    except UmaError as error:
        raise PlainError(503) from error
    answer = redirect(address, 303)
    way_in.keep(answer, login, local(request.args.get("next", "/")))
    return answer


@bp.get("/login/return")
@public
def finish() -> AnyResponse:
    """Check the answer against this browser's attempt, spend the attempt, begin a session."""
    login = way_in.attempt()
    state = request.args.get("state", "")
    if login is None or not hmac.compare_digest(state.encode(), login.state.encode()):
        raise PlainError(
            400, N_("This sign-in is too old, or it was started somewhere else. Sign in again.")
        )
    try:
        tokens = current_requester.authorization_servers.finish(login, request.args)
    except UmaError as error:
        raise _refused(error) from error
    answer = redirect(way_in.place(), 303)
    way_in.set_own(answer, COOKIE, _begin(tokens, login.issuer))
    way_in.forget(answer)
    way_in.drop_own(answer, LEFT_COOKIE)
    return answer


def _refused(error: UmaError) -> PlainError:
    if error.code == "access_denied":
        return PlainError(403, N_("You did not sign in. Nothing was shared."), N_("Not signed in"))
    if error.code == "unreachable":
        return PlainError(503)
    return PlainError(
        400, N_("We could not check who you are. Sign in again."), N_("Not signed in")
    )


def _begin(tokens: Tokens, issuer: str) -> str:
    """Store a new session and return its cookie; the one this browser had is over (fixation)."""
    claims = {name: value for name, value in tokens.claims.items() if name not in _FORGOTTEN}
    held = {
        "issuer": issuer,
        "id_token": tokens.id_token,
        "id_expires": int(tokens.claims.get("exp", 0)),
        "refresh_token": tokens.refresh_token,
        "claims": claims,
    }
    who = hashlib.sha256(f"{issuer}\x00{claims['sub']}".encode()).hexdigest()
    name = str(claims.get("name") or claims.get("preferred_username") or _("Signed in"))
    means = current_requester.means
    return current_requester.sessions.begin(
        means.now(),
        instead_of=session_cookie(),
        person=who,
        name=name[:200],
        sealed=seal(means.secret, held),
    )


@bp.post("/logout")
def leave() -> AnyResponse:
    """Sign this browser out of the app, and give its tokens back."""
    this_visit().identity.give_back()
    current_requester.sessions.end(browser().id_hash)
    answer = redirect(url_for("login.left"), 303)
    way_in.drop_own(answer, COOKIE)
    way_in.set_own(answer, LEFT_COOKIE, "1")
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
