"""authorization_endpoint: who are you, do you agree, here is the code (RFC 6749 3.1, OIDC 3.1.2).

GET /authorize?response_type=code&client_id=...&redirect_uri=...&scope=...&state=...
    &nonce=...&code_challenge=...&code_challenge_method=S256
"""

import json
from contextlib import nullcontext
from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from as_server.context import browser, current_as, work
from as_server.errors import (
    AccessDenied,
    AccountSelectionRequired,
    ConsentRequired,
    InvalidRequest,
    LoginRequired,
    PageError,
    WireError,
)
from as_server.models import authorization_request, used_jti
from as_server.models.authorization_request import AuthorizationRequest
from as_server.pages.consent import render_consent
from as_server.signing_in import forms, owners_scopes, waiting_request
from as_server.signing_in.agreements import granted_before, remember_consent
from as_server.signing_in.authorization_request import Asked, check, find_client
from as_server.signing_in.browser import SignedIn
from as_server.signing_in.code import Agreement, issue_code
from as_server.signing_in.next_step import OPTIONAL, Need, Step, next_step, silent_need
from as_server.signing_in.way_back import answer_address, error_address
from heart_ground.headers import leads_away
from heart_ui.blueprint import suggest_language
from heart_ui.words import N_

FORM = "consent"
NONCE_KEPT = 600
BEYOND = "This account has no records of its own here."
GONE = N_("This page is too old. Go back to the app and start again.")
SILENT_ERRORS: dict[Need, WireError] = {
    Need.LOGIN: LoginRequired("Somebody has to sign in."),
    Need.CHOICE: AccountSelectionRequired("It has to be chosen who this is."),
    Need.CONSENT: ConsentRequired("The person has to agree first."),
}


def read() -> AnyResponse:
    parameters = request.args
    client = find_client(work(), parameters)
    try:
        asked = check(work().db, current_as.settings, parameters, client)
    except WireError as error:
        return redirect(error_address(current_as.settings.issuer, parameters, error), 303)
    suggest_language(parameters.get("ui_locales", "").split())
    pending = waiting_request.begin(browser(), client.client_id, asked.parameters.to_dict())
    # Before somebody signs in nothing is written, so whoever only looks waits for nobody.
    with work().writing() if browser().is_kept() else nullcontext():
        step = next_step(browser(), current_as.issuer, asked, pending)
        if "none" in asked.prompt and step.need is not Need.NOTHING:
            need = silent_need(browser(), step, asked)
            return redirect(
                error_address(current_as.settings.issuer, parameters, SILENT_ERRORS[need]), 303
            )
        waiting_request.hold(browser(), pending)
        way_on = _way_on(step, asked, pending)
    return way_on or _consent_page(step, asked, pending)


def create() -> AnyResponse:
    """A request sent as a form (OIDC Core 3.1.2.1) goes on as a GET, so that the cookie comes."""
    if request.args or request.mimetype != "application/x-www-form-urlencoded":
        raise PageError(N_("The app that sent you here did not send a request we can read."))
    pairs = list(request.form.items(multi=True))
    return redirect(f"{url_for('authorization.read')}?{urlencode(pairs)}", 303)


def resume(key: str) -> AnyResponse:
    """Go on with a waiting request, after a sign-in or a choice of person."""
    if not browser().is_kept():
        raise PageError(GONE)
    with work().writing():
        pending, asked = _waiting(key)
        step = next_step(browser(), current_as.issuer, asked, pending)
        way_on = _way_on(step, asked, pending)
    return way_on or _consent_page(step, asked, pending)


def decide(key: str) -> AnyResponse:
    """The answer of the consent page."""
    forms.require(request, browser(), f"{FORM}:{key}")
    pending, asked = _waiting(key)
    leads_away()
    step = next_step(browser(), current_as.issuer, asked, pending)
    if step.person is None or step.need in (Need.LOGIN, Need.CHOICE):
        return _who_is_it(step, pending)
    decision = request.form.get("decision")
    if decision == "deny":
        return _refusal(asked, pending, "The person said no.")
    if decision != "allow":
        raise PageError(GONE)
    if owners_scopes.are_beyond(step.person.account, asked.scope):
        return _refusal(asked, pending, BEYOND)
    ticked = set(request.form.getlist("scope"))
    granted = " ".join(s for s in asked.scope if s not in OPTIONAL or s in ticked)
    remember_consent(browser(), asked, step.person, granted)
    return _give_code(asked, pending, step.person, granted)


def _waiting(key: str) -> tuple[AuthorizationRequest, Asked]:
    row = browser().current()
    pending = authorization_request.of_browser(work().db, key, row.key) if row is not None else None
    if pending is None:
        raise PageError(GONE)
    parameters: MultiDict[str, str] = MultiDict(json.loads(pending.parameters))
    # Checked again: the client may have been disabled or changed since.
    client = find_client(work(), parameters)
    try:
        return pending, check(work().db, current_as.settings, parameters, client)
    except WireError as error:
        raise PageError(GONE, client_name=client.name) from error


def _who_is_it(step: Step, pending: AuthorizationRequest) -> AnyResponse:
    page = "accounts.read" if step.need is Need.CHOICE else "login.read"
    return redirect(url_for(page, pending=pending.key), 303)


def _way_on(step: Step, asked: Asked, pending: AuthorizationRequest) -> AnyResponse | None:
    """Where this request goes from here; None where a page asks the person whether she agrees."""
    if step.person is None or step.need in (Need.LOGIN, Need.CHOICE):
        return _who_is_it(step, pending)
    if owners_scopes.are_beyond(step.person.account, asked.scope):
        return _refusal(asked, pending, BEYOND)
    if step.need is Need.NOTHING:
        granted = granted_before(browser(), asked, step.person)
        return _give_code(asked, pending, step.person, granted)
    # The answer counts for the person the page names, whoever is chosen in another tab.
    pending.account_key = step.person.account.key
    return None


def _consent_page(step: Step, asked: Asked, pending: AuthorizationRequest) -> Response:
    if step.person is None:
        raise PageError(GONE)
    leads_away()
    settings, at = current_as.settings, work().at
    token = forms.csrf_token(browser(), f"{FORM}:{pending.key}")
    return Response(render_consent(settings, at, asked, step.person, pending.key, token))


def _refusal(asked: Asked, pending: AuthorizationRequest, why: str) -> AnyResponse:
    work().db.delete(pending)
    error = AccessDenied(why)
    return redirect(error_address(current_as.settings.issuer, asked.parameters, error), 303)


def _give_code(
    asked: Asked, pending: AuthorizationRequest, person: SignedIn, granted: str
) -> AnyResponse:
    work().db.delete(pending)
    nonce = asked.parameters.get("nonce")
    client_id = asked.client.client_id
    fresh = nonce is None or used_jti.spend(
        work().db, client_id, f"nonce:{nonce}", work().now + NONCE_KEPT
    )
    if not fresh:
        error = InvalidRequest("The nonce was used before.")
        return redirect(error_address(current_as.settings.issuer, asked.parameters, error), 303)
    proved = person.sign_in
    agreement = Agreement(person.account.key, granted, proved.auth_time, proved.acr, proved.amr)
    lifetime = current_as.settings.code_lifetime
    code = issue_code(work(), asked.client, asked.parameters, agreement, lifetime)
    members = {"code": code, "state": asked.state}
    return redirect(answer_address(current_as.settings.issuer, asked.redirect_uri, members), 303)
