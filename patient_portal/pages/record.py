"""One record of hers: what it says, who can see it, and how private it is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from heart_ui.words import N_
from patient_portal.clinics import found
from patient_portal.errors import ClinicDown, SharingServiceDown
from patient_portal.policies import party, record_privacy, seers
from patient_portal.sharing import who_sees
from patient_portal.visit import once, outcome, this_visit
from patient_portal.words.level_words import level_words

LEVELS = (
    ("rules", N_("Use my sharing rules"), N_("People see it when your rules say so.")),
    ("pick", N_("Only people I pick"), N_("No one else sees it, whatever your rules say.")),
    (
        "hidden",
        N_("Hide from everyone"),
        N_("No one you share with sees it. The clinic still has it."),
    ),
)

bp = Blueprint("record", __name__, url_prefix="/records/one/<token>/<fhir_type>/<fhir_id>")


@bp.get("")
def show(token: str, fhir_type: str, fhir_id: str) -> ResponseReturnValue:
    visit = this_visit()
    at = found.record(visit.service.records(), visit.clinics, token) or abort(404)
    told = found.one(at, f"{fhir_type}/{fhir_id}") or abort(404)
    parties = party.parties(visit.service.policies(), visit.moment)
    people = who_sees.seers(visit.service, at.own, told.row, parties)
    return render_template(
        "portal/record.html",
        told=told,
        row=told.row,
        record=at.record,
        levels=LEVELS,
        people=people,
        seeing=seers.seeing(people),
        silent={who: seers.not_known(people, who) for who in ("service", "clinic")},
        changes={key: seers.change(people, key) for key, _words, _more in LEVELS},
        level_words=level_words,
        was=record_privacy.mark(told.row, parties),
        said=outcome(),
    )


@bp.post("/privacy")
def set_privacy(token: str, fhir_type: str, fhir_id: str) -> ResponseReturnValue:
    """How private one record is, and for whom it is picked: decided together, saved together."""
    visit = this_visit()
    level, ticked = request.form.get("level", ""), set(request.form.getlist("share"))
    if level not in {key for key, _words, _more in LEVELS}:
        abort(400)

    def carry_out() -> tuple[str, dict[str, Any]]:
        at = found.record(visit.service.records(), visit.clinics, token) or abort(404)
        told = found.one(at, f"{fhir_type}/{fhir_id}") or abort(404)
        row = told.row
        parties = party.parties(visit.service.policies(), visit.moment)
        mark = record_privacy.mark(row, parties)
        said = {"level": level, "share": sorted(ticked)}
        here = url_for(".show", token=token, fhir_type=fhir_type, fhir_id=fhir_id)
        chosen = record_privacy.is_so(row, parties, level, ticked)
        if request.form.get("was") != mark and not chosen:
            return here, {"said": "overtaken", **said}
        try:
            at.own.set_level(level, [row.id])
        except ClinicDown as error:
            raise SharingServiceDown(f"level not set at {at.record.rs}") from error
        for changed in record_privacy.changes(row, parties, ticked):
            visit.service.save(changed)
        visit.session.changed_something()
        return here, {"said": "saved"}

    return once(carry_out)
