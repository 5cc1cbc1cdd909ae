"""A copy of everything for her: all records as one file, her rules as a table, a page to print.

The file is written while the clinics answer, so it may be of any size; what is missing is in it by
name. It holds everything, so who takes it has just proved who she is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from heart_ui.words import gettext as _
from heart_uma.jose import JoseError, peek
from patient_portal.clinics import whole_record
from patient_portal.clinics.rs_api import OwnRecord
from patient_portal.context import current_portal
from patient_portal.errors import ClinicDown, SharingServiceDown, SignInAgain
from patient_portal.policies import copy_of_records, rules_table
from patient_portal.policies.copy_of_records import Resource
from patient_portal.policies.linked import Record
from patient_portal.visit import Visit, this_visit

FRESH = 15 * 60
"""Seconds for which a proof of who she is counts here."""
MOST_ROWS = 1_000
"""Lines of the page to print: a browser lays out no book; the file holds them all."""
GONE = (ClinicDown, SharingServiceDown, SignInAgain)

bp = Blueprint("export", __name__, url_prefix="/export")


@bp.get("")
def show() -> ResponseReturnValue:
    visit = this_visit()
    linked = visit.service.linked()
    view = visit.clinics.baseline([one for one in linked if one.record])
    nameless = [one.rs for one in linked if not one.record]
    return render_template("portal/export.html", view=view, nameless=nameless)


@bp.post("/records.json")
def records() -> ResponseReturnValue:
    visit = this_visit()
    if not _has_just_signed_in(visit):
        return redirect(url_for("export.again"), 303)
    written = copy_of_records.bundle(visit.local, _everything(visit))
    name = f"my-records-{visit.local:%Y-%m-%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(written, mimetype="application/fhir+json", headers=headers)


@bp.get("/again")
def again() -> ResponseReturnValue:
    return render_template("portal/export_again.html")


@bp.get("/rules.csv")
def rules() -> ResponseReturnValue:
    visit = this_visit()
    table = rules_table.as_table(visit.service.policies(), visit.moment, visit.zone)
    headers = {"Content-Disposition": 'attachment; filename="my-rules.csv"'}
    return Response(table, mimetype="text/csv", headers=headers)


@bp.get("/print")
def printed() -> ResponseReturnValue:
    """Everything she has in lines, and her rules as sentences, for paper or a PDF."""
    visit = this_visit()
    view = visit.clinics.baseline(visit.service.records())
    rows = [row for kind in view.counts() for part in view.rows_of(kind) for row in part]
    policies = visit.service.policies()
    return render_template(
        "portal/export_print.html",
        view=view,
        rows=rows[:MOST_ROWS],
        left=max(len(rows) - MOST_ROWS, 0),
        rules=rules_table.lines(policies, visit.moment, visit.zone),
        now=visit.moment,
    )


def _has_just_signed_in(visit: Visit) -> bool:
    """Whether she proved who she is a moment ago; her ID token was checked when it came."""
    try:
        proved = peek(str(visit.session.content().get("id_token")))[1].get("auth_time")
    except JoseError:
        return False
    return isinstance(proved, int) and current_portal.now() - proved <= FRESH


def _everything(visit: Visit) -> Iterator[Resource]:
    """All of it, and at the end what is missing; said in her language before the page is left."""
    linked = visit.service.linked()
    lost = {one.rs: _lost(one) for one in linked}
    return _pieces([(one, _key(visit, one)) for one in linked], lost, _("No clinic is linked yet."))


def _lost(place: Record) -> str:
    words = _(
        "Missing in this file: records of %(clinic)s, which did not answer. Make a new copy later.",
        clinic=place.rs,
    )
    if not place.record:
        words = _(
            "Missing in this file: records of %(clinic)s, which gives no copy to this app.",
            clinic=place.rs,
        )
    return words


def _key(visit: Visit, place: Record) -> Callable[[], OwnRecord | None]:
    return lambda: visit.clinics.own(place)


def _pieces(
    linked: list[tuple[Record, Callable[[], OwnRecord | None]]], lost: dict[str, str], none: str
) -> Iterator[Resource]:
    if not linked:
        yield copy_of_records.missing(none)
    for place, own in linked:
        try:
            if not place.record:
                raise ClinicDown(place.rs)
            yield from whole_record.resources(own)
        except GONE:
            yield copy_of_records.missing(lost[place.rs])
