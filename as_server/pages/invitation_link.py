"""Where an invitation's link leads: it asks for the passcode, whatever the link is worth.

GET /invitation/<link>
POST /invitation
link=...&code=...&passcode=...&csrf_token=...
"""

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from as_server.context import browser, current_as, work
from as_server.sharing import invited
from as_server.signing_in import forms, invitation_pass
from as_server.signing_in.invitation_pass import DEAD
from as_server.signing_in.proof_by_password import TooManyTries
from heart_ui.words import gettext as _
from heart_uma.typed import retyped

FORM = "invitation"


def read(link: str = "") -> AnyResponse:
    place = invited.presented(work(), current_as.issuer.seals, link)
    people = {person.account.key for person in browser().signed_in()}
    if people and invited.bound_to(work(), place, people):
        key = invitation_pass.give(browser(), place)
        return redirect(url_for("invited_waiting.read", key=key), 303)
    return _page(link)


def create() -> AnyResponse:
    forms.require(request, browser(), FORM)
    link, code = request.form.get("link", ""), request.form.get("code", "")
    limits, address = current_as.rate_limits, request.remote_addr or ""
    pair = f"{address}\x1finvitation"
    if wait := limits.claim_login(pair, address):
        response = _page(link, code=code, error=TooManyTries(wait).words(), status=429)
        response.headers["Retry-After"] = str(wait)
        return response
    place = invited.presented(work(), current_as.issuer.seals, link or retyped(code))
    passcode = request.form.get("passcode", "")
    if not invited.prove(work(), current_as.passwords.verify, place, passcode):
        return _page(link, code=code, error=_(DEAD), status=401)
    limits.forgive_login(pair, address)
    return redirect(url_for("invited.read", key=invitation_pass.give(browser(), place)), 303)


def _page(link: str, *, code: str = "", error: str = "", status: int = 200) -> Response:
    html = render_template(
        "invitation.html",
        link=link,
        code=code,
        errors={"passcode": error} if error else {},
        csrf_token=forms.csrf_token(browser(), FORM),
    )
    return Response(html, status=status)
