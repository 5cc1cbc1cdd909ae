"""The page that asks who is using the browser now.

POST /accounts
account=...&pending=...&csrf_token=...
"""

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from as_server.context import browser, current_as, work
from as_server.errors import PageError
from as_server.models import client as clients
from as_server.models import sign_in as sign_ins
from as_server.models.authorization_request import AuthorizationRequest
from as_server.signing_in import forms, waiting_request
from as_server.signing_in.app_face import face_of
from as_server.signing_in.way_on import way_on
from heart_ground.headers import leads_away
from heart_ui.words import N_

FORM = "accounts"
NOT_HERE = N_("That person is not signed in on this browser any more.")


def read() -> AnyResponse:
    pending = waiting_request.find(browser(), request.args.get("pending", ""))
    people = browser().signed_in()
    if not people:
        return redirect(url_for("login.read", pending=pending.key if pending else None), 303)
    html = render_template(
        "accounts.html",
        people=people,
        pending=pending.key if pending else "",
        portal_url=current_as.settings.portal_url,
        face=_face(pending),
        csrf_token=forms.csrf_token(browser(), FORM),
        sign_out_token=forms.csrf_token(browser(), "logout"),
    )
    return Response(html)


def create() -> AnyResponse:
    forms.require(request, browser(), FORM)
    pending = waiting_request.find(browser(), request.form.get("pending", ""))
    chosen = request.form.get("account", "")
    row = browser().current()
    if row is None or chosen not in [person.account.key for person in browser().signed_in()]:
        raise PageError(NOT_HERE)
    sign_ins.make_active(work().db, row.key, chosen)
    if pending is None:
        return redirect(url_for("accounts.read"), 303)
    _face(pending)
    pending = waiting_request.keep(browser(), pending)
    pending.account_key = chosen
    return redirect(way_on(pending), 303)


def _face(pending: AuthorizationRequest | None) -> object:
    client = clients.by_id(work().db, pending.client_id) if pending else None
    if pending is None or client is None:
        return None
    leads_away()
    return face_of(client, pending.redirect_uri)
