"""Opening a patient's link: see where it leads, then keep it.

`GET /open?from=Alice+Moreno&at=https://.../r/...&place=Home+devices` confirms, `POST /open` keeps
the pointer. `at` and `place` come as often as there are places; links without `place` are as good.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from heart_ui.words import N_
from heart_ui.words import gettext as _
from requester_app.browser import this_visit
from requester_app.context import current_requester
from requester_app.errors import PlainError
from requester_app.locations import see
from requester_app.looking import try_again
from requester_app.models import key as keys
from requester_app.models import pointer as pointers
from requester_app.once import one_time
from requester_app.record_address import BadAddress, host_of, record_bases
from requester_app.record_http import refuse_elsewhere
from requester_app.share_link import patient_name, place_names
from requester_app.wording import ASK_PURPOSES

bp = Blueprint("open", __name__)


def _bases(given: list[str]) -> list[str]:
    try:
        bases = record_bases(given, on_loopback=current_requester.settings.is_loopback)
        refuse_elsewhere(current_requester.records, bases)
    except BadAddress as error:
        raise PlainError(400, str(error), N_("This link does not work")) from error
    return bases


def _places(given: list[str], names: list[str]) -> dict[str, str]:
    return place_names(given, names, on_loopback=current_requester.settings.is_loopback)


@bp.get("/open")
def confirm() -> str:
    """Show the name and the sources of the link; nothing is called yet."""
    bases = _bases(request.args.getlist("at"))
    places = _places(request.args.getlist("at"), request.args.getlist("place"))
    return render_template(
        "requester/open.html",
        patient=patient_name(request.args.get("from", "")),
        bases=bases,
        places=[(base, places.get(base, ""), host_of(base)) for base in bases],
        named=len(places) == len(bases),
        purposes=[(code, _(words)) for code, words in ASK_PURPOSES.items()],
        errors={},
    )


@bp.post("/open")
@one_time
def save() -> AnyResponse:
    """Keep the pointer, then open the record or go on to ask."""
    visit = this_visit()
    bases = _bases(request.form.getlist("at"))
    name = patient_name(request.form.get("from", "")) or _("Patient without a name")
    purpose = request.form.get("purpose", "")
    purpose = purpose if purpose in ASK_PURPOSES else ""
    with visit.means.writing() as session:
        pointer = pointers.save(session, visit.person, name, bases, purpose, visit.means.now())
        places = _places(request.form.getlist("at"), request.form.getlist("place"))
        keys.name_places(session, visit.person, bases, places)
    if request.form.get("then") == "ask":
        return see("ask.show", pointer_id=pointer.id)
    try_again(visit, pointer)
    return see("chart.show", pointer_id=pointer.id)
