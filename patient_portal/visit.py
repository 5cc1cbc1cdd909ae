"""One request of a signed-in person: who she is, when it is, and the services as she reaches them.

Pages take it by `this_visit()` and hand its parts on: nothing below them looks at the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import g, redirect, request
from werkzeug.wrappers import Response

from heart_ground import browser, moments
from patient_portal.clinics.her_clinics import HerClinics
from patient_portal.context import current_portal
from patient_portal.errors import SignInAgain
from patient_portal.models.session import PortalSession
from patient_portal.sharing.as_api import SharingService
from patient_portal.sharing.stopping import Stops
from patient_portal.sharing.what_happened import Changes
from patient_portal.signing_in.form_once import Action, Forms
from patient_portal.signing_in.sessions import SignedIn
from patient_portal.signing_in.tokens import Tokens

COOKIE = "heart_portal"
LOGIN_COOKIE = "heart_portal_login"


@dataclass(frozen=True)
class Visit:
    """Her session and what it opens; `moment` is sampled once."""

    session: SignedIn
    moment: datetime
    zone: ZoneInfo
    service: SharingService
    clinics: HerClinics
    stops: Stops
    forms: Forms
    tokens: Tokens

    @property
    def local(self) -> datetime:
        """The moment in the zone in which times are written out."""
        return self.moment.astimezone(self.zone)


def this_visit() -> Visit:
    """The visit of this request, or off to sign-in."""
    visit = if_signed_in()
    if visit is None:
        raise SignInAgain
    return visit


def if_signed_in() -> Visit | None:
    """The visit of this request; None where nobody is signed in."""
    if "visit" not in g:
        g.visit = _find()
    return cast("Visit | None", g.visit)


def nobody() -> None:
    """From now on this request has no session: it is over, or cannot be looked up."""
    g.visit = None


def known() -> PortalSession | None:
    """The session this browser came with: live, or one that ended within a day."""
    if_signed_in()
    return cast("PortalSession | None", g.get("known_session"))


def changes() -> Changes:
    """What this request knows of the changes it made."""
    if "changes" not in g:
        g.changes = Changes()
    return cast(Changes, g.changes)


def session_cookie() -> str:
    """The name of the cookie that names a session."""
    return browser.cookie_name(COOKIE, secure=current_portal.settings.is_https)


def csrf_token() -> str:
    """A token bound to this session (or, before sign-in, to this sign-in attempt)."""
    return browser.form_token(current_portal.settings.seal_secret, _bound())


def is_csrf_token(sent: str) -> bool:
    return browser.is_form_token(sent, current_portal.settings.seal_secret, _bound())


def once(action: Action) -> Response:
    """Carry out `action` once for the form of this request, and go where it leads."""
    form = request.form
    # Two forms of one page bear one id, and may ask the same of two addresses.
    sent = [*form.lists(), ("address", [request.path])]
    page = this_visit().forms.run(form.get("form_id", ""), sent, action)
    return redirect(page, 303)


def outcome() -> dict[str, Any]:
    """What the action of the form named in this address remembered."""
    return this_visit().forms.outcome(request.args.get("form", ""))


def this_place() -> str:
    """The address of this page."""
    return request.full_path.rstrip("?")


def _bound() -> str:
    cookies = request.cookies
    return cookies.get(session_cookie()) or cookies.get(LOGIN_COOKIE) or ""


def _find() -> Visit | None:
    sessions, now = current_portal.sessions, current_portal.now()
    row = sessions.find(request.cookies.get(session_cookie(), ""), now)
    if row is None:
        return None
    g.known_session = row
    if not sessions.is_live(row, now):
        return None
    sessions.touch(row, now)
    return _visit(row)


def _visit(row: PortalSession) -> Visit:
    portal, clock = current_portal, current_portal.clock
    moment = moments.of_request(clock)
    secret = portal.settings.seal_secret
    session = SignedIn(portal.sessions, row, secret)
    # A lease is waited for: its clock goes on.
    tokens = Tokens(session, portal.issuer, lambda: moments.seconds(clock()))
    service = SharingService(
        portal.http, portal.issuer, portal.settings.as_issuer, tokens.policy, changes(), moment
    )
    return Visit(
        session,
        moment,
        portal.zone,
        service,
        HerClinics(portal.gatherer, portal.clinics, session, tokens),
        Stops(portal.engine, secret, session, service, moment),
        Forms(portal.engine, secret, session.subject, moments.seconds(moment)),
        tokens,
    )
