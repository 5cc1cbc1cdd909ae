"""My records by year: a drawing of all of them, and the days of one year."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from heart_ui.lanes import lanes
from heart_ui.words import gettext as _
from heart_uma.kinds import KIND_NAMES
from patient_portal.policies import timeline
from patient_portal.visit import this_visit

LINES = 60
"""Days of a year that are listed at once."""

bp = Blueprint("records_timeline", __name__, url_prefix="/records/timeline")


@bp.get("")
def show() -> ResponseReturnValue:
    visit = this_visit()
    everything = visit.clinics.baseline(visit.service.records())
    rows = (*everything.shown, *everything.held)
    years = timeline.years(rows)
    wanted = request.args.get("year", "")
    year = wanted if wanted in dict(years) else next((one for one, _n in years), "")
    days = timeline.days(rows, year)
    start = min(max(request.args.get("from", 0, type=int), 0), len(days))
    kinds, columns, numbers = timeline.lanes(rows)
    names = [_(KIND_NAMES[kind]) for kind in kinds]
    return render_template(
        "portal/records_timeline.html",
        view=everything,
        years=years,
        year=year,
        days=days[start : start + LINES],
        following=start + LINES if start + LINES < len(days) else 0,
        undated=timeline.without_date(rows),
        columns=columns,
        table=[(name, *row) for name, row in zip(names, numbers, strict=True)],
        drawing=lanes(names, columns, numbers, key="years", title=_("Your records by year")),
    )
