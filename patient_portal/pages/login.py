"""Sign in at the sharing service and come back (OIDC code + S256, private_key_jwt); sign out."""

from __future__ import annotations

import hmac
import logging

from flask import (
    Blueprint,
    abort,
    after_this_request,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from heart_ground.headers import leads_away
from heart_uma import oidc_client
from heart_uma.errors import UmaError
from patient_portal import errors
from patient_portal.context import current_portal
from patient_portal.errors import SharingServiceDown, SignInAgain
from patient_portal.signing_in import sessions, sign_in, tokens

SCOPE = "openid profile uma_policy owner offline_access"

bp = Blueprint("login", __name__)
log = logging.getLogger(__name__)


@bp.get("/login")
def show() -> ResponseReturnValue:
    if sessions.current() is not None:
        return redirect(url_for("home.show"), 303)
    # To the sharing service, and from there to wherever that signs people in.
    leads_away()
    return render_template(
        "portal/login.html", over="over" in request.args, out="out" in request.args
    )


@bp.post("/login")
def start() -> ResponseReturnValue:
    metadata = current_portal.issuer.metadata()
    address, login = oidc_client.start(
        metadata, current_portal.settings.client_id, current_portal.settings.redirect_uri, SCOPE
    )
    answer = redirect(address, 303)
    sign_in.keep({**(sign_in.attempt() or {}), "login": login.to_dict()}, answer)
    return answer


@bp.get("/login/return")
def finish() -> ResponseReturnValue:
    attempt = sign_in.attempt()
    after_this_request(sign_in.forget)
    if attempt is None or "login" not in attempt:
        return redirect(url_for("login.show"), 303)
    login = oidc_client.LoginState.from_dict(attempt["login"])
    issuer = current_portal.issuer
    try:
        got = oidc_client.finish(
            current_portal.http,
            issuer.metadata(),
            current_portal.credentials,
            issuer.keys(),
            login,
            request.args.to_dict(),
            fresh=issuer.fresh_keys,
        )
    except UmaError as error:
        issuer.forget()
        return _not_signed_in(error)
    claims = got.claims
    now = current_portal.now()
    content = tokens.remember(got, now)
    if kept := sign_in.take_form(attempt.get("form"), str(claims["sub"])):
        content["kept"] = kept
    answer = redirect(_local(attempt.get("next")), 303)
    name = str(claims.get("name") or claims.get("preferred_username") or _("you"))
    sessions.begin(str(claims["sub"]), name, content, answer)
    return answer


@bp.post("/logout")
def sign_out() -> ResponseReturnValue:
    answer = redirect(url_for("login.show", out=1), 303)
    live = sessions.current()
    if live is not None:
        sent = request.form.get("csrf_token", "")
        if not hmac.compare_digest(sent.encode(), sessions.csrf_token().encode()):
            abort(400)
        _revoke(sessions.content(live).get("refresh"))
    sessions.end(answer)
    return answer


def _not_signed_in(error: UmaError) -> ResponseReturnValue:
    log.warning("sign-in failed code=%s", error.code)
    if error.code == "unreachable":
        raise SharingServiceDown(str(error))
    if error.code == "access_denied":
        return redirect(url_for("login.show"), 303)
    return errors.page(
        400, _("You are not signed in"), _("That did not work. Go back and sign in again.")
    )


def _revoke(refresh_token: str | None) -> None:
    """Best effort: the session here is over in any case, and the tokens with it."""
    portal = current_portal
    try:
        metadata = portal.issuer.metadata()
    except (SharingServiceDown, SignInAgain):
        return
    if refresh_token and not oidc_client.revoke(
        portal.http, metadata, portal.credentials, refresh_token
    ):
        log.warning("the refresh token could not be revoked at sign-out")


def _local(path: object) -> str:
    """Only a path of this portal (open redirect)."""
    safe = isinstance(path, str) and path.startswith("/") and not path.startswith("//")
    return str(path) if safe and "\\" not in str(path) else url_for("home.show")
