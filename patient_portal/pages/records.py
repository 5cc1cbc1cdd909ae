"""My records: their kinds, the list of each, and where they come from."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from heart_uma.kinds import KIND_NAMES
from patient_portal.clinics.rs_api import OwnRecord
from patient_portal.context import current_portal
from patient_portal.errors import ClinicDown
from patient_portal.policies.linked import Record
from patient_portal.policies.row import Row
from patient_portal.sharing import elsewhere, shares
from patient_portal.visit import this_visit
from patient_portal.words.preview_words import search_words

PAGE = "50"

Path = tuple[Record, OwnRecord | None]
"""One clinic, and the owner's own way to it, if there is one."""

bp = Blueprint("records", __name__, url_prefix="/records")


@bp.get("")
def show() -> ResponseReturnValue:
    visit = this_visit()
    records = visit.service.records()
    search = search_words(request.args)
    everything = visit.clinics.baseline(records, search)
    found = everything.found(search) if search else None
    sources = Counter(row.record for row in (*everything.shown, *everything.held))
    return render_template(
        "portal/records.html",
        view=everything,
        q=search,
        found=[*found.shown, *found.held] if found else [],
        records=records,
        elsewhere=elsewhere.places(visit.service),
        sources=sources,
        clinics=current_portal.settings.clinics,
        unlinked="unlinked" in request.args,
    )


@bp.get("/kind/<kind>")
def of_kind(kind: str) -> ResponseReturnValue:
    """One kind, a list for each clinic, each with its own next page."""
    visit = this_visit()
    if kind not in KIND_NAMES:
        abort(404)
    records = visit.service.records()
    only, cursor = request.args.get("at", ""), request.args.get("cursor", "")
    paths = [p for p in visit.clinics.own_records(records) if not only or p[0].token == only]

    def down(path: Path) -> tuple[Record, list[Row] | None, str]:
        return path[0], None, ""

    def page(path: Path) -> tuple[Record, list[Row] | None, str]:
        record, own = path
        more = {"cursor": cursor} if only and cursor else {}
        try:
            if own is None:
                return down(path)
            got, following = own.resources(kind=kind, _count=PAGE, **more)
        except ClinicDown:
            return down(path)
        rows = [Row.read(record.record, record.rs, one) for one in got.get("resources") or []]
        return record, rows, following.get("cursor", "")

    lists = visit.clinics.at_once(page, paths, late=down)
    return render_template("portal/records_kind.html", kind=kind, lists=lists, paged=bool(cursor))


@bp.get("/elsewhere/<resource_id>")
def at_another_place(resource_id: str) -> ResponseReturnValue:
    """One resource of a place that gives no preview: its name, and whose shares reach it."""
    visit = this_visit()
    place, resource = elsewhere.found(visit.service, resource_id) or abort(404)
    seers = shares.seers_of(visit.service, resource_id, visit.moment)
    return render_template("portal/elsewhere.html", place=place, resource=resource, seers=seers)
