"""The chart: what the patient shares with this person now.

`GET /chart/<pointer>`, `GET /chart/<pointer>/<kind>`, `POST /chart/<pointer>` to look afresh.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from werkzeug.wrappers import Response as AnyResponse

from heart_reading.dates import years
from heart_reading.drawing import drawn
from heart_reading.kind_order import ORDER
from heart_ui.words import gettext as _
from requester_app import asked, looking
from requester_app.asked import Asked
from requester_app.browser import this_visit
from requester_app.errors import PlainError
from requester_app.locations import see
from requester_app.looking import Looked
from requester_app.models import pointer as pointers
from requester_app.models.pointer import Pointer
from requester_app.my_pointer import my_pointer
from requester_app.once import one_time
from requester_app.reading.bundle import SourceRecords, read_source
from requester_app.reading.chart import Chart, build
from requester_app.reading.page_state import closed_as, missing, unknown
from requester_app.reading.source_state import SERVICE_SILENT
from requester_app.wording import ASK_PURPOSES

bp = Blueprint("chart", __name__)
SOON = 7 * 86_400
"""Seconds before its end in which an access is marked."""


@bp.get("/chart/<pointer_id>")
def show(pointer_id: str) -> str:
    """All that is shared, in short."""
    return _page(pointer_id, "")


@bp.get("/chart/<pointer_id>/<kind>")
def show_kind(pointer_id: str, kind: str) -> str:
    """All records of one kind; nothing else is read than that kind and whose chart it is."""
    if kind not in ORDER:
        raise PlainError(404)
    return _page(pointer_id, kind)


@bp.post("/chart/<pointer_id>")
@one_time
def open_again(pointer_id: str) -> AnyResponse:
    """Open the record for the first time, try again, or look for what was shared since."""
    visit = this_visit()
    pointer = my_pointer(pointer_id)
    looking.try_again(visit, pointer)
    return see("chart.show", pointer_id=pointer.id)


def _page(pointer_id: str, kind: str) -> str:
    visit = this_visit()
    pointer = my_pointer(pointer_id)
    ask = asked.latest(visit, pointer)
    shown = {"kind": ",".join(dict.fromkeys((kind, "about")))} if kind else None
    answered = asked.answered(visit, pointer)
    looked = looking.look_at(visit, pointer, shown, answered)
    sources = [
        read_source(one.base, one.state.name, one.answer.bundles, one.answer.told)
        for one in looked
        if one.answer is not None and one.answer.state == "open"
    ]
    if not sources:
        return _closed(pointer, looked, ask, by_itself=set(answered) >= set(pointer.records))
    chart = build(sources, (kind,) if kind else ORDER)
    with visit.means.writing() as session:
        kinds = None if kind else [section.kind for section in chart.sections]
        pointers.opened(session, visit.person, pointer.id, visit.means.now(), kinds)
    return _chart(pointer, looked, sources, kind, chart, ask)


def _closed(pointer: Pointer, looked: list[Looked], ask: Asked | None, *, by_itself: bool) -> str:
    """No source is open: say why, with no record data at all.

    `by_itself`: each look asks every source anew, and the patient nothing.
    """
    sources = [one.state for one in looked]
    return render_template(
        "requester/closed.html",
        pointer=pointer,
        state=closed_as({source.state for source in sources}, ask.answer if ask else ""),
        ask=ask,
        kind="",
        gaps=sources,
        silent=SERVICE_SILENT if {source.state for source in sources} == {"service"} else "",
        by_itself=by_itself,
        since=max(one.changed for one in looked),
    )


def _chart(
    pointer: Pointer,
    looked: list[Looked],
    sources: list[SourceRecords],
    kind: str,
    chart: Chart,
    ask: Asked | None,
) -> str:
    visit, states = this_visit(), [one.state for one in looked]
    name, born = chart.people[0] if chart.people else (pointer.patient, "")
    ends = _ends(looked)
    total = sum(s.count for s in chart.sections if not kind or s.kind == kind)
    return render_template(
        "requester/chart_kind.html" if kind else "requester/chart.html",
        pointer=pointer,
        kind=kind,
        chart=chart,
        name=name or pointer.patient,
        born=born,
        age=years(born, visit.means.clock().date()),
        asked=ask,
        total=total,
        sources=sources,
        gaps=missing(states),
        unknown=unknown(states),
        ends=ends,
        one_end=_one_end(ends, sources),
        ends_soon=bool(ends) and ends[0][1] <= visit.means.now() + SOON,
        purpose=_(ASK_PURPOSES.get(pointer.purpose, "")),
        plot=drawn,
        tabs=_tabs(chart, kind),
        order=ORDER,
        **_places(chart),
    )


def _ends(looked: list[Looked]) -> list[tuple[str, int]]:
    """When the access to each open source ends, the first end first; none that has no end."""
    ends = {
        one.state.name: one.answer.told.until
        for one in looked
        if one.answer is not None and one.answer.state == "open" and one.answer.told.until
    }
    return sorted(ends.items(), key=lambda end: (end[1], end[0]))


def _one_end(ends: list[tuple[str, int]], sources: list[SourceRecords]) -> int | None:
    """The end of all that is shown, where it is one."""
    moments = {moment for _, moment in ends}
    return moments.pop() if len(ends) == len(sources) and len(moments) == 1 else None


def _places(chart: Chart) -> dict[str, Any]:
    return {"section": {section.kind: section for section in chart.sections}}


def _tabs(chart: Chart, kind: str) -> list[str]:
    """The kinds one can turn to: those shown here, or all when only one was read."""
    return list(ORDER) if kind else [section.kind for section in chart.sections]
