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
from as_server.models.folding import folded
from as_server.signing_in import forms, waiting_request
from as_server.signing_in.app_face import AppFace, face_of
from as_server.signing_in.way_on import way_on
from heart_ground.headers import leads_away
from heart_ui.words import N_
from heart_ui.words import gettext as _

FORM = "login"
ACR = "urn:heart-uma:acr:password"
MAX_LOGIN = 128
PATIENTS, CLINICIANS, OTHERS = N_("Patients"), N_("Clinicians"), N_("Others")
WRONG = N_("The sign-in name or password is not right. Check both and try again.")


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
        if account is None:
            return _page(pending, error=_(WRONG), status=401)
        return _sign_in(account, pending, amr="demo")
    return _with_password(pending)


def _with_password(pending: AuthorizationRequest | None) -> AnyResponse:
    login = request.form.get("username", "").strip()
    limits, address = current_as.rate_limits, request.remote_addr or ""
    # Counted by account and address together: a stranger cannot lock the owner out.
    pair = f"{address}\x1f{folded(login[:MAX_LOGIN])}"
    wait = limits.claim_login(pair, address)
    if wait:
        words = _("There were too many tries. Wait %(time)s, then try again.", time=_minutes(wait))
        response = _page(pending, error=words, login=login, status=429)
        response.headers["Retry-After"] = str(wait)
        return response
    usable = 0 < len(login) <= MAX_LOGIN and "\x00" not in login
    account = accounts.by_login(work().db, login) if usable else None
    stored = account.password_hash if account else None
    password = request.form.get("password", "")
    # The write lock must not be held while argon2 works.
    work().commit()
    if not current_as.passwords.verify(stored, password) or account is None:
        return _page(pending, error=_(WRONG), login=login, status=401)
    limits.forgive_login(pair, address)
    if current_as.passwords.is_outdated(account.password_hash):
        account.password_hash = current_as.passwords.hash(password)
    return _sign_in(account, pending, amr="pwd")


def _minutes(seconds: int) -> str:
    """Whole minutes in words, never less than the wait.

    >>> _minutes(12), _minutes(61)
    ('1 minute', '2 minutes')
    """
    minutes = max(-(-seconds // 60), 1)
    return _("1 minute") if minutes == 1 else _("%(n)s minutes", n=minutes)


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
