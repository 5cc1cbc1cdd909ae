"""To the sharing service, to tell it why one asks, and back to the same chart.

`POST /chart/<pointer>/tell` -> the sharing service -> `GET /claims/return?ticket=...&state=...`.
"""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from heart_ui.words import N_
from requester_app import telling
from requester_app.browser import browser, this_visit
from requester_app.context import current_requester
from requester_app.errors import PlainError
from requester_app.locations import see
from requester_app.my_pointer import my_pointer
from requester_app.once import one_time

bp = Blueprint("claims", __name__)
STRANGE = N_("This answer is too old, or it was started somewhere else. Open the record again.")


def return_address() -> str:
    """The claims redirect URI registered for this app."""
    return f"{current_requester.settings.url}/claims/return"


@bp.post("/chart/<pointer_id>/tell")
@one_time
def begin(pointer_id: str) -> AnyResponse:
    """Set out for the sharing service."""
    pointer = my_pointer(pointer_id)
    goes = telling.set_out(this_visit(), pointer, browser().id_hash)
    return see("claims.leave" if goes else "chart.show", pointer_id=pointer.id)


@bp.get("/chart/<pointer_id>/tell")
def leave(pointer_id: str) -> AnyResponse:
    """A page that moves on by itself: browsers would hold a redirect to the form-action of the page
    that was left."""
    pointer = my_pointer(pointer_id)
    address = telling.way_out(this_visit(), pointer, browser().id_hash, return_address())
    if not address:
        return see("chart.show", pointer_id=pointer.id)
    return make_response(render_template("requester/telling.html", address=address))


@bp.get("/claims/return")
def finish() -> AnyResponse:
    """Take the ticket in, if it is this browser's answer, and go on with the chart."""
    answer = request.args.to_dict()
    pointer = telling.come_back(this_visit(), browser().id_hash, answer)
    if pointer is None:
        raise PlainError(400, STRANGE)
    return see("chart.show", pointer_id=pointer)
