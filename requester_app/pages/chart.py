"""The chart: what the patient shares with this person now (UX R5).

`GET /chart/<pointer>`, `GET /chart/<pointer>/<kind>`, `POST /chart/<pointer>` to look afresh.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from heart_ui import charts
from requester_app import asking, looking
from requester_app.browser import one_time, person
from requester_app.context import current_requester
from requester_app.db import reading, writing
from requester_app.errors import PlainError
from requester_app.locations import see
from requester_app.looking import Looked
from requester_app.models import ask as asks
from requester_app.models import key as keys
from requester_app.models import pointer as pointers
from requester_app.models.pointer import Pointer
from requester_app.my_pointer import my_pointer
from requester_app.reading.bundle import SourceRecords, read_source
from requester_app.reading.chart import ORDER, Chart, build
from requester_app.reading.series import Figure
from requester_app.record_address import host_of
from requester_app.wording import ASK_PURPOSES

bp = Blueprint("chart", __name__)
DOWN_WORDS = {
    "source": "{source} does not answer. Its records are not on this page.",
    "slow": "{source} is too slow. Its records are not on this page. Look again in a minute.",
    "service": "The sharing service of {source} does not answer. Its records are not on this page.",
    "untrusted": "{source} names a sharing service that this app does not trust.",
    "answer": "{source} sent an answer we could not read. Its records are not on this page.",
}
STATE_WORDS = {
    keys.NEW: "{source} has not been opened yet.",
    looking.TRY: "{source} has not been opened yet.",
    keys.WAITING: "{source}: the patient was asked, and has not answered yet.",
    keys.ENDED: "{source}: your access ended or is paused.",
    keys.NO_ACCESS: "{source}: nothing is shared with you.",
    keys.GONE: "{source} does not know this record. The link may be old.",
}


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
    pointer = my_pointer(pointer_id)
    looking.try_again(pointer)
    return see("chart.show", pointer_id=pointer.id)


def _page(pointer_id: str, kind: str) -> str:
    pointer = my_pointer(pointer_id)
    ask = _last_ask(pointer)
    shown = {"kind": ",".join(dict.fromkeys((kind, "about")))} if kind else None
    looked = looking.look_at(pointer, shown)
    sources = [
        read_source(one.base, _name(one), one.answer.bundles, one.answer.told)
        for one in looked
        if one.answer is not None and one.answer.state == "open"
    ]
    if not sources:
        return _closed(pointer, looked, ask)
    with writing() as session:
        pointers.opened(session, pointer.id, current_requester.now())
    return _chart(pointer, looked, sources, kind, ask)


def _name(one: Looked) -> str:
    return one.source or host_of(one.base)


def _last_ask(pointer: Pointer) -> asks.Ask | None:
    """The last ask of this patient, after a check when its interval is over."""
    with reading() as session:
        mine = [a for a in asks.all_of(session, person()) if a.pointer == pointer.id]
        records = asks.records_of(session, mine[:1])
    if not mine:
        return None
    if any(r.state in (asks.WAITING, asks.SENDING) for r in records[mine[0].id]):
        asking.check(mine[0])
    return mine[0]


def _ask_state(ask: asks.Ask | None) -> str:
    if ask is None:
        return ""
    with reading() as session:
        records = asks.records_of(session, [ask])[ask.id]
    return asks.answer_of(records, ask.created, current_requester.now())


def _gaps(looked: list[Looked]) -> list[str]:
    """One sentence for each source whose records are not on the page."""
    found = []
    for one in looked:
        if one.answer is not None and one.answer.state == "open":
            continue
        if one.answer is not None and one.answer.state == "down":
            words = DOWN_WORDS[one.answer.why or "source"]
        else:
            words = STATE_WORDS.get(one.state, DOWN_WORDS["source"])
        found.append(words.format(source=_name(one)))
    return found


def _closed(pointer: Pointer, looked: list[Looked], ask: asks.Ask | None) -> str:
    """No source is open: say why, with no record data at all."""
    states = {one.state for one in looked}
    down = any(one.answer is not None and one.answer.state == "down" for one in looked)
    ask_state = _ask_state(ask)
    if down:
        state = "down"
    elif keys.ENDED in states:
        state = "ended"
    elif ask_state == asks.WAITING:
        state = "asked"
    elif keys.WAITING in states:
        state = "tried"
    elif ask_state == asks.NO:
        state = "no"
    elif states <= {keys.NEW, looking.TRY}:
        state = "new"
    else:
        state = "gone" if states == {keys.GONE} else "none"
    return render_template(
        "requester/closed.html",
        pointer=pointer,
        state=state,
        ask=ask,
        gaps=_gaps(looked),
        since=max(one.changed for one in looked),
    )


def _chart(
    pointer: Pointer,
    looked: list[Looked],
    sources: list[SourceRecords],
    kind: str,
    ask: asks.Ask | None,
) -> str:
    chart = build(sources, (kind,) if kind else ORDER)
    name, born = chart.people[0] if chart.people else (pointer.patient, "")
    total = sum(s.count for s in chart.sections if not kind or s.kind == kind)
    return render_template(
        "requester/chart_kind.html" if kind else "requester/chart.html",
        pointer=pointer,
        kind=kind,
        chart=chart,
        name=name or pointer.patient,
        born=born,
        total=total,
        sources=sources,
        gaps=_gaps(looked),
        ends=_ends(looked),
        purpose=ASK_PURPOSES.get(pointer.purpose, ""),
        ask=ask,
        ask_state=_ask_state(ask),
        plot=_plot,
        tabs=_tabs(chart, kind),
        order=ORDER,
        **_places(chart),
    )


def _ends(looked: list[Looked]) -> list[tuple[str, int]]:
    """When the access to each open source ends, the first end first; none that has no end."""
    ends = {
        _name(one): one.answer.told.until
        for one in looked
        if one.answer is not None and one.answer.state == "open" and one.answer.told.until
    }
    return sorted(ends.items(), key=lambda end: (end[1], end[0]))


def _places(chart: Chart) -> dict[str, Any]:
    return {"section": {section.kind: section for section in chart.sections}}


def _tabs(chart: Chart, kind: str) -> list[str]:
    """The kinds one can turn to: those shown here, or all when only one was read."""
    return list(ORDER) if kind else [section.kind for section in chart.sections]


def _plot(figure: Figure, key: str) -> Markup:
    """A figure as SVG."""
    lines = [charts.Series(name, points) for name, points in figure.lines]
    band = charts.Band(*figure.band) if figure.band else None
    return charts.lines(
        lines, key=key, title=figure.title, unit=figure.unit, band=band, gap=figure.gap
    )
