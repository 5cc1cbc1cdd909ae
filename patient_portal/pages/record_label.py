"""A topic of a record is missing or wrong: she adds it, or asks the clinic to take it off."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from heart_ui.words import gettext as _
from heart_uma.topics import TOPIC_BY_CODE
from patient_portal.clinics import found
from patient_portal.errors import ClinicDown, NotLoaded, NotThere
from patient_portal.policies import label_reports
from patient_portal.visit import once, this_visit

LONGEST = 500
WANTED = ("add", "remove")

bp = Blueprint("record_label", __name__, url_prefix="/records/one/<token>/<fhir_type>/<fhir_id>")


@bp.get("/topics")
def show(token: str, fhir_type: str, fhir_id: str) -> ResponseReturnValue:
    visit = this_visit()
    at = found.record(visit.service.records(), visit.clinics, token) or abort(404)
    told = found.one(at, f"{fhir_type}/{fhir_id}") or abort(404)
    return render_template(
        "portal/record_label.html",
        told=told,
        row=told.row,
        record=at.record,
        missing=label_reports.missing(told.row.topics),
        wrong=label_reports.may_be_reported(told.row.topics, told.reports),
        longest=LONGEST,
        topic_options=_options,
        choose=request.args.get("choose", ""),
    )


@bp.post("/topics")
def report(token: str, fhir_type: str, fhir_id: str) -> ResponseReturnValue:
    """One topic is added, or asked to be taken off."""
    visit = this_visit()
    topic, wanted = request.form.get("topic", ""), request.form.get("wanted", "")
    reason = request.form.get("reason", "").strip()
    if wanted not in WANTED or len(reason) > LONGEST:
        abort(400)
    place: dict[str, Any] = {"token": token, "fhir_type": fhir_type, "fhir_id": fhir_id}
    if not topic:
        return redirect(url_for(".show", choose=wanted, **place), 303)

    def carry_out() -> tuple[str, dict[str, Any]]:
        at = found.record(visit.service.records(), visit.clinics, token) or abort(404)
        here = url_for("record.show", **place)
        sent = {"topic": topic, "wanted": wanted, "reason": reason}
        try:
            at.own.report_label({"id": f"{fhir_type}/{fhir_id}", **sent})
        except NotThere:
            abort(404)
        except ClinicDown as error:
            raise NotLoaded(at.record.rs) from error
        visit.session.changed_something()
        return here, {"said": f"topic-{wanted}", "topic": topic}

    return once(carry_out)


def _options(codes: list[str]) -> list[tuple[str, str]]:
    # Nothing is chosen for her: what she adds only the clinic takes off again.
    return [("", _("Choose a topic")), *((code, _(TOPIC_BY_CODE[code].name)) for code in codes)]
