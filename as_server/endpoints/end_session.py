"""end_session_endpoint: leaving, and going back only to a registered place (RP-Initiated Logout).

GET /logout?id_token_hint=...&post_logout_redirect_uri=...&state=...
"""

from urllib.parse import urlencode

from flask import Response, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from as_server.context import browser, current_as, work
from as_server.messages.form import with_values
from as_server.models import client as clients
from as_server.models import pairwise_subject
from as_server.models import sign_in as sign_ins
from as_server.models.client import Client
from as_server.signing_in import forms
from as_server.signing_in.hints import subject_of_hint
from heart_uma.jose import JoseError, peek

FORM = "logout"


def read() -> AnyResponse:
    """Only a genuine ID token of a person signed in here signs out at once; else a page asks."""
    asked = with_values(request.args)
    client, account_key = _hinted(asked)
    here = [person.account.key for person in browser().signed_in()]
    row = browser().current()
    if client is None or account_key is None or row is None or account_key not in here:
        return _ask()
    with work().writing() as db:
        sign_ins.sign_out(db, row.key, account_key)
    target = asked.get("post_logout_redirect_uri", "")
    if target not in client.post_logout_redirect_uris:
        return _signed_out()
    state = asked.get("state")
    joint = "&" if "?" in target else "?"
    return redirect(target + (joint + urlencode({"state": state}) if state else ""), 303)


def create() -> AnyResponse:
    """The answer of the page: one person, or everyone on this browser."""
    forms.require(request, browser(), FORM)
    row = browser().current()
    chosen = request.form.get("account")
    for person in browser().signed_in():
        if row is not None and chosen in (None, "", person.account.key):
            sign_ins.sign_out(work().db, row.key, person.account.key)
    browser().rotate()
    return _signed_out()


def _ask() -> AnyResponse:
    people = browser().signed_in()
    if not people:
        return _signed_out()
    html = render_template(
        "sign_out.html", people=people, csrf_token=forms.csrf_token(browser(), FORM)
    )
    return Response(html)


def _signed_out() -> Response:
    html = render_template(
        "signed_out.html",
        people=browser().signed_in(),
        csrf_token=forms.csrf_token(browser(), FORM),
    )
    return Response(html)


def _hinted(parameters: MultiDict[str, str]) -> tuple[Client | None, str | None]:
    """The client and the account a hint speaks of, if this server issued it."""
    hint = parameters.get("id_token_hint", "")
    try:
        client_id = peek(hint)[1].get("azp") if hint else None
    except JoseError:
        client_id = None
    asked = parameters.get("client_id", client_id)
    if not isinstance(client_id, str) or asked != client_id:
        return None, None
    client = clients.by_id(work().db, client_id)
    subject = subject_of_hint(current_as.issuer, work().now, hint, client_id)
    if client is None or subject is None:
        return None, None
    return client, pairwise_subject.resolve(work().connection, client_id, subject)
