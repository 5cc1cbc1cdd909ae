"""The page of what a person allowed: each app that can act for her, and a way to end it.

POST /apps/stop
client_id=...&csrf_token=...
"""

from datetime import UTC, datetime

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from as_server.context import browser, current_as, work
from as_server.models import allowed_app, persisted_claims
from as_server.models import client as clients
from as_server.sharing.ending import end_family
from as_server.signing_in import forms
from as_server.signing_in.app_face import face_of
from as_server.signing_in.browser import SignedIn
from heart_ui import dates

FORM = "allowed_apps"


def read() -> AnyResponse:
    person = _person()
    if person is None:
        return redirect(url_for("login.read"), 303)
    whose = work().db, person.account.key, work().now
    # What an app let her have remembered may outlive its tokens.
    allowed = persisted_claims.clients_of(*whose) | allowed_app.consents_of(*whose)
    faces = []
    for client_id, since in allowed.items():
        client = clients.by_id(work().db, client_id)
        if client is not None:
            day = datetime.fromtimestamp(since, UTC)
            faces.append((client_id, face_of(client), dates.day(day)))
    html = render_template(
        "allowed_apps.html",
        name=person.account.name,
        apps=faces,
        portal_url=current_as.settings.portal_url,
        csrf_token=forms.csrf_token(browser(), FORM),
    )
    return Response(html)


def delete() -> AnyResponse:
    """End every consent this person gave to one app; an app she never allowed changes nothing."""
    forms.require(request, browser(), FORM)
    person = _person()
    if person is None:
        return redirect(url_for("login.read"), 303)
    client_id, owners = request.form.get("client_id", ""), set[str]()
    for family in allowed_app.families_of(work().db, person.account.key, client_id, work().now):
        owners.update(end_family(work(), person.account.key, family))
    allowed_app.forget(work().db, person.account.key, client_id)
    persisted_claims.forget(work().db, person.account.key, client_id)
    current_as.announcements.tell(work(), sorted(owners))
    return redirect(url_for("allowed_apps.read"), 303)


def _person() -> SignedIn | None:
    people = browser().signed_in()
    return next((one for one in people if one.sign_in.active), None)
