"""My records: kinds, lists, one record and its privacy; where they come from."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from heart_ui.words import N_
from heart_uma.labels import KIND_NAMES
from patient_portal.clinics.rs_api import OwnRecord
from patient_portal.context import current_portal
from patient_portal.errors import ClinicDown, NotLoaded, SharingServiceDown
from patient_portal.policies import grid, record_privacy
from patient_portal.policies.policy import Granted, Policy, Record
from patient_portal.policies.view import Row
from patient_portal.sharing import elsewhere, shares
from patient_portal.visit import once, outcome, this_visit
from patient_portal.words.preview_words import search_words

PAGE = "50"
LEVELS = (
    ("rules", N_("Use my sharing rules"), N_("People see it when your rules say so.")),
    ("pick", N_("Only people I pick"), N_("No one else sees it, whatever your rules say.")),
    (
        "hidden",
        N_("Hide from everyone"),
        N_("No one you share with sees it. The clinic still has it."),
    ),
)
FIND_PAGES = 40

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


@bp.get("/one/<token>/<fhir_type>/<fhir_id>")
def one(token: str, fhir_type: str, fhir_id: str) -> ResponseReturnValue:
    record, own = _own(token)
    row = _find(record, own, f"{fhir_type}/{fhir_id}")
    people, known, mark = _people_who_see(row)
    return render_template(
        "portal/record.html",
        row=row,
        record=record,
        levels=LEVELS,
        people=people,
        known=known,
        was=mark,
        told=outcome(),
    )


@bp.post("/one/<token>/<fhir_type>/<fhir_id>/privacy")
def set_privacy(token: str, fhir_type: str, fhir_id: str) -> ResponseReturnValue:
    """How private one record is, and for whom it is picked: decided together, saved together."""
    visit = this_visit()
    level, ticked = request.form.get("level", ""), set(request.form.getlist("share"))
    if level not in {key for key, _words, _more in LEVELS}:
        abort(400)

    def carry_out() -> tuple[str, dict[str, Any]]:
        record, own = _own(token)
        row = _find(record, own, f"{fhir_type}/{fhir_id}")
        parties = grid.parties(visit.service.policies(), visit.moment)
        mark = record_privacy.mark(row, parties)
        said = {"level": level, "share": sorted(ticked)}
        chosen = record_privacy.is_so(row, parties, level, ticked)
        if request.form.get("was") != mark and not chosen:
            return _address(token, fhir_type, fhir_id), {"said": "overtaken", **said}
        try:
            own.set_level(level, [row.id])
        except ClinicDown as error:
            raise SharingServiceDown(f"level not set at {record.rs}") from error
        for changed in record_privacy.changes(row, parties, ticked):
            visit.service.save(changed)
        visit.session.changed_something()
        return _address(token, fhir_type, fhir_id), {"said": "saved"}

    return once(carry_out)


@bp.get("/unlink/<token>")
def ask_to_unlink(token: str) -> ResponseReturnValue:
    return render_template("portal/unlink.html", record=_linked(token))


@bp.post("/unlink/<token>")
def unlink(token: str) -> ResponseReturnValue:
    visit = this_visit()

    def carry_out() -> tuple[str, dict[str, Any]]:
        visit.service.unlink(_linked(token))
        visit.session.changed_something()
        return url_for(".show", unlinked=1), {}

    return once(carry_out)


@bp.get("/elsewhere/<resource_id>")
def at_another_place(resource_id: str) -> ResponseReturnValue:
    """One resource of a place that gives no preview: its name, and whose shares reach it."""
    visit = this_visit()
    place, resource = elsewhere.found(visit.service, resource_id) or abort(404)
    seers = shares.seers_of(visit.service, resource_id, visit.moment)
    return render_template("portal/elsewhere.html", place=place, resource=resource, seers=seers)


def _address(token: str, fhir_type: str, fhir_id: str) -> str:
    return url_for(".one", token=token, fhir_type=fhir_type, fhir_id=fhir_id)


def _record(token: str) -> Record:
    linked = this_visit().service.records()
    record = next((one for one in linked if one.token == token), None)
    if record is None:
        abort(404)
    return record


def _linked(token: str) -> Record:
    """A linked record, or a place that is known by its client alone."""
    linked = this_visit().service.linked()
    named = [one for one in linked if token == (one.token if one.record else one.client_id)]
    return named[0] if named else abort(404)


def _own(token: str) -> tuple[Record, OwnRecord]:
    record = _record(token)
    own = this_visit().clinics.own(record)
    if own is None:
        raise SharingServiceDown(f"no key for {record.rs}")
    return record, own


def _find(record: Record, own: OwnRecord, reference: str) -> Row:
    """The owner's line of one record, from the clinic's list of its kind."""
    filters = {"_count": "200"}
    try:
        for _page in range(FIND_PAGES):
            got, filters = own.resources(**filters)
            for wire in got.get("resources") or []:
                if wire.get("id") == reference:
                    return Row.read(record.record, record.rs, wire)
            if not filters:
                break
    except ClinicDown as error:
        raise NotLoaded(record.rs) from error
    abort(404)


def _people_who_see(row: Row) -> tuple[list[tuple[Policy, bool, bool]], bool, str]:
    """Each live share, whether it shows this record now, and whether it names it; whether that
    could be asked of everyone; and the mark of it all for the form."""
    visit = this_visit()
    records = visit.service.records()
    parties = grid.parties(visit.service.policies(), visit.moment)
    granted = {p.key: shares.granted_if_known(visit.service, p.first) for p in parties}
    views = visit.clinics.views({k: g or Granted() for k, g in granted.items()}, records)
    clinic = next((one.rs for one in records if one.record == row.record), "")
    people = [
        (
            party.first,
            not party.paused
            and any(one.reference == row.reference for one in views[party.key].shown),
            bool(party.naming(row.reference)),
        )
        for party in parties
    ]
    silent = any(clinic in view.down for view in views.values())
    return people, None not in granted.values() and not silent, record_privacy.mark(row, parties)
