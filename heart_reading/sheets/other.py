"""PURE: a record of a type that nothing else reads: its name, its dates, what is said of it."""

from __future__ import annotations

from heart_reading.any_value import chosen
from heart_reading.dates import when
from heart_reading.names import name_of, of_all, reference
from heart_reading.sheets.sheet import Known, Said, facts
from heart_reading.spans_of_time import moment, period
from heart_reading.words import Resource, concept, concepts, items, text
from heart_ui.words import gettext as _

_DATES = (
    "date", "authored", "authoredOn", "recorded", "created", "issued", "sent", "occurredDateTime",
    "occurredPeriod", "occurrenceDateTime", "effectiveDateTime", "period", "start", "applies",
    "recordedDate", "performedPeriod",
)  # fmt: skip


def other(r: Resource, known: Known) -> Said:
    return Said(
        title=_name(r),
        value=chosen(r, "value") or concept(r.get("outcome")),
        date=when(r, *_DATES),
        facts=facts(
            (_("Kind"), [concepts(r.get("category")), concept(r.get("type"))]),
            (_("Description"), _description(r)),
            (_("When"), period(r.get("period")) or moment(r.get("date"))),
            (_("Why"), concepts(r.get("reasonCode")) or concepts(r.get("reason"))),
            (_("Written by"), of_all(r.get("author"), known, r)),
            (_("Done by"), _done_by(r, known)),
        ),
        well=False,
    )


def _name(r: Resource) -> str:
    titled = text(r.get("title")) or name_of(r) or concept(r.get("code"))
    kind = concept(r.get("type")) or concepts(r.get("category"))
    return titled or kind or concept(r.get("description")) or _short(_description(r))


def _description(r: Resource) -> str:
    return text(r.get("description")) or text(r.get("comment")) or concept(r.get("description"))


def _short(words: str) -> str:
    return words if len(words) <= 80 else words[:79] + "…"


def _done_by(r: Resource, known: Known) -> list[str]:
    agents = [reference(one.get("who"), known, r) for one in items(r.get("agent"))]
    performers = [reference(one.get("actor"), known, r) for one in items(r.get("performer"))]
    return [*agents, *performers]
