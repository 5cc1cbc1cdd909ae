"""The sign-in page: name and password, or in a demo a person to play.

POST /login
username=...&password=...&csrf_token=...
"""

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from as_server.context import browser, current_as, work
from as_server.errors import PageError
from as_server.models import account as accounts
from as_server.models import client as clients
from as_server.models import sign_in as sign_ins
from as_server.models.account import Account
from as_server.models.authorization_request import AuthorizationRequest
from as_server.signing_in import forms, proof_by_password, waiting_request
from as_server.signing_in.app_face import AppFace, face_of
from as_server.signing_in.proof_by_password import ACR, WRONG, TooManyTries
from as_server.signing_in.way_on import way_on
from heart_ground.headers import leads_away
from heart_ui.words import N_
from heart_ui.words import gettext as _

FORM = "login"
PATIENTS, CLINICIANS, OTHERS = N_("Patients"), N_("Clinicians"), N_("Others")


def read() -> AnyResponse:
    return _page(waiting_request.find(browser(), request.args.get("pending", "")))


def create() -> AnyResponse:
    forms.require(request, browser(), FORM)
    pending = waiting_request.find(browser(), request.form.get("pending", ""))
    persona = request.form.get("persona")
    if persona is not None:
        if not current_as.settings.demo_mode:
            raise PageError(forms.TOO_OLD, status=403)
        account = accounts.by_login(work().db, persona)
        if account is None or account.by_invitation:
            return _page(pending, error=_(WRONG), status=401)
        return _sign_in(account, pending, amr="demo")
    return _with_password(pending)


def _with_password(pending: AuthorizationRequest | None) -> AnyResponse:
    login = request.form.get("username", "").strip()
    try:
        account = proof_by_password.prove(
            work(),
            current_as.passwords,
            current_as.rate_limits,
            request.remote_addr or "",
            login,
            request.form.get("password", ""),
        )
    except TooManyTries as error:
        response = _page(pending, error=error.words(), login=login, status=429)
        response.headers["Retry-After"] = str(error.wait)
        return response
    if account is None:
        return _page(pending, error=_(WRONG), login=login, status=401)
    return _sign_in(account, pending, amr="pwd")


def _sign_in(account: Account, pending: AuthorizationRequest | None, *, amr: str) -> AnyResponse:
    row = browser().keep()
    proved = sign_ins.sign_in(work().db, row.key, account.key, at=work().now, acr=ACR, amr=amr)
    if pending is None:
        return redirect(url_for("accounts.read"), 303)
    pending = waiting_request.keep(browser(), pending)
    pending.account_key = account.key
    pending.authenticated_at = proved.auth_time
    _allow_way_back(pending)
    return redirect(way_on(pending), 303)


def _allow_way_back(pending: AuthorizationRequest) -> AppFace | None:
    """Let the answer lead back to the app that waits, and say which one it is."""
    client = clients.by_id(work().db, pending.client_id)
    if client is None:
        return None
    leads_away()
    return face_of(client, pending.redirect_uri)


def _page(
    pending: AuthorizationRequest | None, *, error: str = "", login: str = "", status: int = 200
) -> Response:
    face = _allow_way_back(pending) if pending is not None else None
    settings = current_as.settings
    html = render_template(
        "login.html",
        face=face,
        pending=pending.key if pending else "",
        username=login or (pending.login_hint if pending else ""),
        errors={"username": error} if error else {},
        csrf_token=forms.csrf_token(browser(), FORM),
        personas=_personas() if settings.demo_mode else [],
    )
    return Response(html, status=status)


def _personas() -> list[tuple[str, list[Account]]]:
    groups: dict[str, list[Account]] = {PATIENTS: [], CLINICIANS: [], OTHERS: []}
    for account in accounts.everyone(work().db):
        if account.clinician:
            groups[CLINICIANS].append(account)
        elif account.role_code in ("", "patient"):
            groups[PATIENTS].append(account)
        else:
            groups[OTHERS].append(account)
    return [(name, people) for name, people in groups.items() if people]
