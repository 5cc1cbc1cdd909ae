"""Sign in at the sharing service and come back (OIDC code + S256, private_key_jwt); sign out."""

from __future__ import annotations

import logging
from collections.abc import Mapping

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

from heart_ground.headers import leads_away
from heart_ui.words import gettext as _
from heart_ui.words import language
from heart_uma.authorization_request import LoginState
from heart_uma.errors import UmaError
from heart_uma.sealing import seal
from heart_uma.tokens import Tokens
from patient_portal import way_in
from patient_portal.context import current_portal
from patient_portal.errors import SharingServiceDown
from patient_portal.frame import plain_page
from patient_portal.policies.device import device_of
from patient_portal.signing_in import sign_in, tokens
from patient_portal.visit import if_signed_in, is_csrf_token, nobody, session_cookie

LONGEST_HINT = 128
SCOPE = "openid profile uma_policy owner offline_access"

bp = Blueprint("login", __name__)
log = logging.getLogger(__name__)


@bp.get("/login")
def show() -> ResponseReturnValue:
    visit, hint = if_signed_in(), _hint(request.args)
    if visit is not None and not hint:
        return redirect(url_for("home.show"), 303)
    # To the sharing service, and from there to wherever that signs people in.
    leads_away()
    return render_template(
        "portal/login.html",
        over="over" in request.args,
        out="out" in request.args,
        hint=hint,
        here=visit.session.name if visit else "",
    )


@bp.post("/login")
def start() -> ResponseReturnValue:
    more = {"ui_locales": language()}
    if hint := _hint(request.form):
        more["login_hint"] = hint
    kept = way_in.attempt() or {}
    if fresh := request.form.get("fresh"):
        more["prompt"], kept = "login", {"next": _local(fresh)}
    address, login = current_portal.issuer.begin(
        current_portal.settings.redirect_uri, SCOPE, **more
    )
    answer = redirect(address, 303)
    way_in.keep({**kept, "login": login.to_dict()}, answer)
    return answer


def _hint(sent: Mapping[str, str]) -> str:
    """Whom the link meant that led here; the sharing service asks where it is somebody else."""
    hint = sent.get("hint", "")
    return hint if len(hint) <= LONGEST_HINT and hint.isprintable() else ""


@bp.get("/login/return")
def finish() -> ResponseReturnValue:
    attempt = way_in.attempt()
    after_this_request(way_in.forget)
    if attempt is None or "login" not in attempt:
        return redirect(url_for("login.show"), 303)
    login = LoginState.from_dict(attempt["login"])
    try:
        got = current_portal.issuer.finish(login, request.args.to_dict())
    except UmaError as error:
        return _not_signed_in(error)
    answer = redirect(_local(attempt.get("next")), 303)
    way_in.signed_in(answer, _session_of(got, attempt.get("form")))
    return answer


def _session_of(got: Tokens, kept_form: object) -> str:
    """Begin a session under a fresh id, in place of any earlier one of this browser; its cookie."""
    portal, claims = current_portal, got.claims
    now, secret, subject = portal.now(), portal.settings.seal_secret, str(claims["sub"])
    content = tokens.remember(got, now)
    if kept := sign_in.take_form(portal.engine, secret, kept_form, subject, now):
        content["kept"] = kept
    return portal.sessions.begin(
        now,
        instead_of=request.cookies.get(session_cookie(), ""),
        subject=subject,
        name=str(claims.get("name") or claims.get("preferred_username") or _("you")),
        sealed=seal(secret, content),
        device=device_of(request.headers.get("User-Agent", "")),
    )


@bp.post("/logout")
def sign_out() -> ResponseReturnValue:
    answer = redirect(url_for("login.show", out=1), 303)
    visit = if_signed_in()
    if visit is not None:
        if not is_csrf_token(request.form.get("csrf_token", "")):
            abort(400)
        current_portal.issuer.give_back(visit.session.content().get("refresh"))
        visit.session.end()
    nobody()
    way_in.signed_out(answer)
    return answer


def _not_signed_in(error: UmaError) -> ResponseReturnValue:
    log.warning("sign-in failed code=%s", error.code)
    if error.code == "unreachable":
        raise SharingServiceDown(str(error))
    if error.code == "access_denied":
        return redirect(url_for("login.show"), 303)
    return plain_page(
        400, _("You are not signed in"), _("That did not work. Go back and sign in again.")
    )


def _local(path: object) -> str:
    """Only a path of this portal (open redirect)."""
    safe = isinstance(path, str) and path.startswith("/") and not path.startswith("//")
    return str(path) if safe and "\\" not in str(path) else url_for("home.show")
