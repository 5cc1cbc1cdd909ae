"""Her settings: language and display, where she is signed in, linked clinics, apps, a copy.

What an app may do is kept by the sharing service: its page is linked, and leads back here.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from heart_uma.metadata import AsMetadata
from patient_portal import way_in
from patient_portal.context import current_portal
from patient_portal.errors import SharingServiceDown
from patient_portal.policies.linked import Record
from patient_portal.signing_in.places import Places
from patient_portal.visit import nobody, once, this_visit

EVERYWHERE = "everywhere"

bp = Blueprint("my_settings", __name__, url_prefix="/settings")


@bp.get("")
def show() -> ResponseReturnValue:
    linked, apps, accounts = _kept_by_the_service()
    return render_template(
        "portal/settings.html",
        places=_places().live(),
        this_place=this_visit().session.id_hash,
        linked=linked,
        apps=apps,
        accounts=accounts,
        signed_out="out" in request.args,
    )


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End one session of hers, or all of them, this one too."""
    chosen, here = request.form.get("place", ""), this_visit().session.id_hash
    if chosen in (EVERYWHERE, here):
        return _leave(everywhere=chosen == EVERYWHERE)

    def carry_out() -> tuple[str, dict[str, str]]:
        current_portal.issuer.give_back(_places().end(chosen))
        return url_for("my_settings.show", out=1), {}

    return once(carry_out)


def _leave(*, everywhere: bool) -> Response:
    places, here = _places(), this_visit().session.id_hash
    ended = [row.id_hash for row in places.live() if everywhere] or [here]
    # All are over here before anybody is told: what is told may take its time.
    given_back = [places.end(id_hash) for id_hash in {*ended, here}]
    for refresh_token in given_back:
        current_portal.issuer.give_back(refresh_token)
    answer = redirect(url_for("login.show", out=1), 303)
    nobody()
    way_in.signed_out(answer)
    return answer


def _places() -> Places:
    portal, visit = current_portal, this_visit()
    secret, subject = portal.settings.seal_secret, visit.session.subject
    return Places(portal.engine, portal.sessions, secret, subject, portal.now())


def _kept_by_the_service() -> tuple[list[Record] | None, str, str]:
    """What is linked, and the addresses of its pages; nothing while it cannot be reached."""
    try:
        metadata = current_portal.issuer.metadata()
        apps, accounts = _page(metadata, "allowed_apps_uri"), _page(metadata, "accounts_uri")
        return this_visit().service.linked(), apps, accounts
    except SharingServiceDown:
        return None, "", ""


def _page(metadata: AsMetadata, name: str) -> str:
    """The address of one of its own pages; empty where it names none."""
    address = metadata.get(name)
    own = f"{current_portal.settings.as_issuer}/"
    return address if isinstance(address, str) and address.startswith(own) else ""
