"""How an invited person makes her way in: an account of her own, or the one she has.

POST /invitation/account
key=...&name=...&username=...&password=...&again=...&csrf_token=...
POST /invitation/sign-in
key=...&username=...&password=...&csrf_token=...
"""

from collections.abc import Mapping

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from as_server.context import browser, current_as, work
from as_server.errors import PageError
from as_server.models import account as accounts
from as_server.models import sign_in as sign_ins
from as_server.models.account import Account
from as_server.models.policy import Policy
from as_server.models.policy import read as read_policy
from as_server.sharing import invited
from as_server.signing_in import forms, invitation_pass, new_account, proof_by_password
from as_server.signing_in.invitation_pass import DEAD
from as_server.signing_in.proof_by_password import ACR, WRONG, TooManyTries
from heart_ui.words import N_
from heart_ui.words import gettext as _

FORM = "invited"
HERS = N_("This is the account of the person who invited you. Sign in with your own.")


def read() -> AnyResponse:
    return _page()


def create() -> AnyResponse:
    forms.require(request, browser(), FORM)
    place, _invitation = _waiting()
    form = request.form
    if errors := new_account.problems(form):
        return _page(errors)
    # The write lock must not be held while argon2 works.
    work().commit()
    hashed = current_as.passwords.hash(form["password"])
    try:
        with work().db.begin_nested():  # nobody has an account of an invitation that was used
            account = accounts.create(
                work().db,
                login=form["username"],
                password_hash=hashed,
                name=" ".join(form["name"].split()),
                created_at=work().now,
                by_invitation=True,
            )
            if not invited.bind(work(), place, account.key):
                raise PageError(DEAD)
    except IntegrityError:
        return _page({"username": _("This sign-in name is taken. Choose another one.")})
    return _signed_in(account)


def sign_in() -> AnyResponse:
    forms.require(request, browser(), FORM)
    place, (owner, _policy) = _waiting()
    login, password = request.form.get("username", "").strip(), request.form.get("password", "")
    limits, address = current_as.rate_limits, request.remote_addr or ""
    try:
        account = proof_by_password.prove(
            work(), current_as.passwords, limits, address, login, password
        )
    except TooManyTries as error:
        return _page({"known": error.words()}, status=429)
    if account is None or account.key == owner.key:
        return _page({"known": _(WRONG if account is None else HERS)})
    if not invited.bind(work(), place, account.key):
        raise PageError(DEAD)
    return _signed_in(account)


def _waiting() -> tuple[tuple[str, str], tuple[Account, Policy]]:
    place = invitation_pass.find(browser(), request.values.get("key", ""))
    found = invited.waiting(work(), place) if place is not None else None
    if place is None or found is None:
        raise PageError(DEAD)
    return place, found


def _signed_in(account: Account) -> AnyResponse:
    row = browser().keep()
    sign_ins.sign_in(work().db, row.key, account.key, at=work().now, acr=ACR, amr="pwd")
    return redirect(url_for("invited_waiting.read", key=request.form["key"]), 303)


def _page(errors: Mapping[str, str] = {}, *, status: int = 0) -> Response:
    _place, (owner, policy) = _waiting()
    said = read_policy(policy.body)
    html = render_template(
        "invited.html",
        owner=owner.name,
        called="" if said is None else said.label.name,
        key=request.values["key"],
        errors=errors,
        sent=request.form,
        csrf_token=forms.csrf_token(browser(), FORM),
    )
    return Response(html, status=status or (400 if errors else 200))
