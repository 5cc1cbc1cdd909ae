"""Linking a record to the authorization server its owner chose (FedAuthz 1.3, 1.5).

    GET  /link?code=CLAIM     whose record it is, and which authorization server shall protect it
    POST /link                off to that server: code flow with PKCE, scope uma_protection
    GET  /link/return         back: tokens, the link, the registrations
    GET  /link/help           what this is, how to undo it, whom to ask

The one-time claim code proves that this browser speaks for the record; the sign-in at the
authorization server says who its owner is there. Nothing else maps a record to a person.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, select
from sqlmodel import col

from fhir_rs.context import current_request, current_rs
from fhir_rs.db import reading, writing
from fhir_rs.errors import FhirError
from fhir_rs.models import link as links
from fhir_rs.models import link_attempt, record
from fhir_rs.models.epoch import top_epoch
from fhir_rs.models.link import Link, Linked
from fhir_rs.models.link_attempt import LinkAttempt
from fhir_rs.protection import allowance
from heart_ground.browser import cookie_name, drop_cookie, hash_of, set_cookie
from heart_ground.durable.unavailable import OUTAGES
from heart_ground.headers import leads_away
from heart_uma.authorization_request import LoginState
from heart_uma.errors import UmaError
from heart_uma.protection_api import ProtectionApiError
from heart_uma.sealing import SealError, open_sealed, seal
from heart_uma.tokens import Tokens

bp = Blueprint("link", __name__, template_folder="../templates")
ATTEMPT_SECONDS = 1_800


class _Problem(Exception):
    """Something the person at the browser should read; `what` picks the words."""

    def __init__(self, what: str, status: int = 400) -> None:
        super().__init__(what)
        self.what, self.status = what, status


@bp.errorhandler(_Problem)
def _problem(error: _Problem) -> ResponseReturnValue:
    headers = {"Retry-After": "60"} if error.status == 503 else {}
    return _page("link/problem.html", what=error.what), error.status, headers


for _kind in OUTAGES:
    bp.register_error_handler(_kind, lambda _: _problem(_Problem("away", 503)))


def choose() -> ResponseReturnValue:
    """Ask for the code, or, with a good one, for the authorization server."""
    code = request.args.get("code", "").strip()
    if not code:
        return _page("link/code.html")
    now = current_request().now
    with reading(current_rs.engine) as connection:
        found = record.of_claim_code(connection, code)
        name = _name_of(connection, found) if found else ""
    if found is None:
        raise _Problem("code", 404)
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    attempt = LinkAttempt(
        cookie_hash=hash_of(cookie),
        record=found,
        csrf=csrf,
        sealed=_seal({"code": code}),
        expires_at=now + ATTEMPT_SECONDS,
    )
    with writing(current_rs.engine) as connection:
        link_attempt.start(connection, attempt, now)
    issuers = current_rs.settings.trusted_as
    answer = make_response(_page("link/choose.html", name=name, csrf_token=csrf, issuers=issuers))
    leads_away()
    name, secure = _cookie()
    set_cookie(answer, name, cookie, secure=secure, max_age=ATTEMPT_SECONDS)
    return answer


def go() -> ResponseReturnValue:
    """Register there when this is the first record, then send the browser to sign in."""
    attempt = _attempt()
    if not hmac.compare_digest(request.form.get("csrf_token", "").encode(), attempt.csrf.encode()):
        raise _Problem("form", 403)
    issuer = request.form.get("issuer", "")
    if issuer not in current_rs.settings.trusted_as:
        raise _Problem("issuer")
    try:
        servers = current_rs.authorization_servers
        address, login = allowance.asked(servers, issuer, _return_address())
    except UmaError as error:
        raise _Problem("unreachable", 502) from error
    content = {**_open(attempt.sealed), "login": login.to_dict()}
    with writing(current_rs.engine) as connection:
        link_attempt.keep(connection, attempt.cookie_hash, _seal(content))
    return redirect(address, 303)


def finished() -> ResponseReturnValue:
    """Check the answer, spend the claim code, store the link, register the resources."""
    attempt = _attempt()
    content = _open(attempt.sealed)
    if "login" not in content:
        raise _Problem("attempt")
    login = LoginState.from_dict(content["login"])
    link = _store(attempt, content["code"], login.issuer, _tokens(login))
    try:
        registered = current_rs.registrar.sync(link, current_request().now)
    except (FhirError, ProtectionApiError):
        # The link stands; the first request for the record registers what is missing.
        registered = False
    with reading(current_rs.engine) as connection:
        name = _name_of(connection, link.record)
    answer = make_response(
        _page("link/linked.html", name=name, issuer=link.issuer, registered=registered)
    )
    cookie, secure = _cookie()
    drop_cookie(answer, cookie, secure=secure)
    return answer


def explained() -> ResponseReturnValue:
    """Help in plain words; it asks for nothing."""
    return _page("link/help.html", contact_words=current_rs.settings.contact)


def _tokens(login: LoginState) -> Tokens:
    servers, http = current_rs.authorization_servers, current_rs.http
    try:
        return allowance.given(servers, http, login, request.args.to_dict())
    except UmaError as error:
        if error.code == "access_denied":
            raise _Problem("declined") from error
        raise _Problem("sign_in" if error.status < 500 else "unreachable") from error


def _store(attempt: LinkAttempt, code: str, issuer: str, tokens: Tokens) -> Linked:
    server = current_rs.authorization_servers.known(issuer)
    now = current_request().now
    with writing(current_rs.engine) as connection:
        # One winner: the code is spent in the transaction that makes the link.
        if record.spend_claim_code(connection, code) != attempt.record:
            raise _Problem("code", 409)
        link_attempt.end(connection, attempt.cookie_hash)
        sub = str(tokens.claims["sub"])
        link = Link(
            record=attempt.record,
            issuer=issuer,
            sub=sub,
            client_id=server.client_id,
            tokens=current_rs.pats.sealed(tokens.access_token, str(tokens.refresh_token)),
            pat_exp=now + tokens.expires_in,
            epoch=top_epoch(connection, issuer, sub),
            linked_at=now,
        )
        links.store(connection, link)
        linked = links.find(connection, attempt.record)
    if linked is None:
        raise _Problem("attempt")
    return linked


def _attempt() -> LinkAttempt:
    # The hash of nothing that is stored, for a browser without a cookie.
    cookie_hash = hash_of(request.cookies.get(_cookie()[0], ""))
    with reading(current_rs.engine) as connection:
        attempt = link_attempt.find(connection, cookie_hash, current_request().now)
    if attempt is None:
        raise _Problem("attempt")
    return attempt


def _cookie() -> tuple[str, bool]:
    """The name of this browser's cookie, and whether it goes over TLS only."""
    secure = current_rs.settings.base_url.startswith("https:")
    return cookie_name("heart_rs", secure=secure), secure


def _name_of(connection: Connection, found: str) -> str:
    name = connection.scalar(select(col(record.Record.name)).where(col(record.Record.id) == found))
    return name or ""


def _page(template: str, **words: Any) -> str:
    practice = current_rs.settings.name
    home = f"{current_rs.settings.public_root}/link"
    place = {"app_name": practice, "home_url": home, "help_url": f"{home}/help"}
    return render_template(template, practice=practice, **place, **words)


def _return_address() -> str:
    return f"{current_rs.settings.public_root}/link/return"


def _seal(content: dict[str, Any]) -> str:
    return seal(current_rs.settings.secret.get_secret_value(), content)


def _open(sealed: str) -> dict[str, Any]:
    try:
        return open_sealed(current_rs.settings.secret.get_secret_value(), sealed)
    except SealError as error:  # the secret was changed since
        raise _Problem("attempt") from error
