"""One record of hers, and how private it is: by her rules, for people she picks, or hidden."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from heart_ui.words import N_
from patient_portal.clinics.rs_api import OwnRecord
from patient_portal.errors import ClinicDown, NotLoaded, SharingServiceDown
from patient_portal.policies import party, record_privacy
from patient_portal.policies.granted import Granted
from patient_portal.policies.linked import Record
from patient_portal.policies.policy import Policy
from patient_portal.policies.row import Row
from patient_portal.sharing import shares
from patient_portal.visit import once, outcome, this_visit

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

bp = Blueprint("record", __name__, url_prefix="/records/one/<token>/<fhir_type>/<fhir_id>")


@bp.get("")
def show(token: str, fhir_type: str, fhir_id: str) -> ResponseReturnValue:
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


@bp.post("/privacy")
def set_privacy(token: str, fhir_type: str, fhir_id: str) -> ResponseReturnValue:
    """How private one record is, and for whom it is picked: decided together, saved together."""
    visit = this_visit()
    level, ticked = request.form.get("level", ""), set(request.form.getlist("share"))
    if level not in {key for key, _words, _more in LEVELS}:
        abort(400)

    def carry_out() -> tuple[str, dict[str, Any]]:
        record, own = _own(token)
        row = _find(record, own, f"{fhir_type}/{fhir_id}")
        parties = party.parties(visit.service.policies(), visit.moment)
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


def _address(token: str, fhir_type: str, fhir_id: str) -> str:
    return url_for(".show", token=token, fhir_type=fhir_type, fhir_id=fhir_id)


def _record(token: str) -> Record:
    linked = this_visit().service.records()
    record = next((one for one in linked if one.token == token), None)
    if record is None:
        abort(404)
    return record


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
    parties = party.parties(visit.service.policies(), visit.moment)
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
