"""My records: their kinds, the list of each, what is found, and where they come from."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from heart_uma.kinds import KIND_NAMES
from patient_portal.clinics import lists
from patient_portal.context import current_portal
from patient_portal.sharing import elsewhere, shares
from patient_portal.visit import this_visit
from patient_portal.words.preview_words import search_words

MEASURED = frozenset({"results", "vitals"})
"""Kinds that are drawn over time."""

bp = Blueprint("records", __name__, url_prefix="/records")


@bp.get("")
def show() -> ResponseReturnValue:
    visit = this_visit()
    if search := search_words(request.args):
        return _found(search)
    records = visit.service.records()
    everything = visit.clinics.baseline(records)
    sources = Counter(row.record for row in (*everything.shown, *everything.held))
    return render_template(
        "portal/records.html",
        view=everything,
        records=records,
        elsewhere=elsewhere.places(visit.service),
        sources=sources,
        clinics=current_portal.settings.clinics,
        unlinked="unlinked" in request.args,
    )


def _found(search: str) -> str:
    """What is found at each clinic by any name that it knows."""
    visit = this_visit()
    found = lists.of_all(visit.clinics, visit.service.records(), q=search)
    return render_template(
        "portal/records_found.html",
        q=search,
        lists=found,
        total=sum(one.total for one in found),
        down=[one.record.rs for one in found if one.rows is None],
    )


@bp.get("/kind/<kind>")
def of_kind(kind: str) -> ResponseReturnValue:
    """One kind, a list for each clinic, each with its own next page."""
    visit = this_visit()
    if kind not in KIND_NAMES:
        abort(404)
    only, cursor = request.args.get("at", ""), request.args.get("cursor", "")
    records = [one for one in visit.service.records() if not only or one.token == only]
    found = lists.of_all(visit.clinics, records, cursor=cursor if only else "", kind=kind)
    return render_template(
        "portal/records_kind.html",
        kind=kind,
        lists=found,
        paged=bool(cursor),
        measured=kind in MEASURED,
    )


@bp.get("/elsewhere/<resource_id>")
def at_another_place(resource_id: str) -> ResponseReturnValue:
    """One resource of a place that gives no preview: its name, and whose shares reach it."""
    visit = this_visit()
    place, resource = elsewhere.found(visit.service, resource_id) or abort(404)
    seers = shares.seers_of(visit.service, resource_id, visit.moment)
    return render_template("portal/elsewhere.html", place=place, resource=resource, seers=seers)
