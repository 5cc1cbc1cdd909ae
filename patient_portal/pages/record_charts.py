"""Measurements of one kind over time: a chart, a sentence and a table for each."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from heart_reading.drawing import drawn
from heart_reading.entry import Entry
from heart_reading.series import group
from patient_portal.clinics import lists
from patient_portal.visit import this_visit

KINDS = frozenset({"results", "vitals"})

bp = Blueprint("record_charts", __name__, url_prefix="/records/kind/<kind>/charts")


@bp.get("")
def show(kind: str) -> ResponseReturnValue:
    """What was measured twice or more, from all clinics together."""
    visit = this_visit()
    if kind not in KINDS:
        abort(404)
    found = lists.of_all(visit.clinics, visit.service.records(), kind=kind, count=lists.MOST)
    entries = [
        Entry(told.row.content, kind, told.row.record, told.row.source)
        for one in found
        for told in one.rows or []
        if told.row.content is not None and told.sheet is not None
    ]
    figures, _rest = group(entries)
    return render_template(
        "portal/record_charts.html",
        kind=kind,
        figures=figures,
        drawn=drawn,
        down=[one.record.rs for one in found if one.rows is None],
        cut=[one.record.rs for one in found if one.cursor],
        most=lists.MOST,
    )
