"""Find a patient: paste the link or the record addresses she gave. `GET, POST /find`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from heart_ui.words import gettext as _
from requester_app.context import current_requester
from requester_app.record_address import BadAddress
from requester_app.record_http import refuse_elsewhere
from requester_app.share_link import pasted, patient_name, places_of

bp = Blueprint("find", __name__)


@bp.get("/find")
def show() -> str:
    """The field."""
    return render_template("requester/find.html", text="", errors={})


@bp.post("/find")
def read() -> str | AnyResponse:
    """Read what was pasted; nothing is kept or called before the person confirms it."""
    text = request.form.get("link", "")
    settings = current_requester.settings
    try:
        name, bases = pasted(text, app_url=settings.url, on_loopback=settings.is_loopback)
        refuse_elsewhere(current_requester.records, bases)
    except BadAddress as error:
        errors = {"link": _(str(error))}
        return render_template("requester/find.html", text=text[:2000], errors=errors)
    given: dict[str, Any] = {"from": patient_name(name)} if name else {}
    places = places_of(text, on_loopback=settings.is_loopback) if name else {}
    if set(places) == set(bases):
        given["place"] = [places[base] for base in bases]
    return redirect(url_for("open.confirm", **given, at=bases), 303)
