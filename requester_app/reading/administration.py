"""PURE: rows of plans, bills and whatever else a record holds (FHIR R4 workflow and financial)."""

from __future__ import annotations

from collections.abc import Mapping

from heart_ui.words import gettext as _
from requester_app.reading.words import (
    Resource,
    choice,
    concept,
    items,
    name_of,
    number,
    spoken,
    text,
    when,
)

Known = Mapping[str, Resource]
Built = tuple[tuple[str, ...], str, int, tuple[str, str] | None]
"""Cells without the source, date, weight, and a tag worth seeing."""


def plan(r: Resource, known: Known) -> Built:
    name = (
        text(r.get("title"))
        or concept(r.get("description"))
        or concept(r.get("code"))
        or name_of(r)
        or text(r.get("description"))
        or concept(r.get("category"))
    )
    kinds = {"CarePlan": _("Care plan"), "CareTeam": _("Care team"), "ServiceRequest": _("Order")}
    kind = kinds.get(str(r.get("resourceType")), str(r.get("resourceType")))
    date = when(r, "period", "startDate", "authoredOn", "created")
    status = text(r.get("status")) or text(r.get("lifecycleStatus"))
    return (name or kind, kind, status, spoken(date)), date, 0, None


def bill(r: Resource, known: Known) -> Built:
    kinds = {"ExplanationOfBenefit": _("Explanation of benefit")}
    kind = kinds.get(str(r.get("resourceType")), str(r.get("resourceType")))
    total = r.get("total")
    money = items(total)[0] if items(total) else {}
    money = money.get("amount") or money
    value = number(money.get("value"))
    paid = "" if value is None else f"{value:.2f} {text(money.get('currency'))}".strip()
    date = when(r, "created", "period", "billablePeriod")
    return (
        (concept(r.get("type")) or kind, paid, text(r.get("status")), spoken(date)),
        date,
        0,
        None,
    )


def other(r: Resource, known: Known) -> Built:
    kind = str(r.get("resourceType"))
    date = when(r, "date", "authored", "recorded", "created", "issued", "effectiveDateTime")
    value = choice(r, "value")
    name = name_of(r) or text(r.get("title")) or concept(value) or kind
    return (name, kind, spoken(date)), date, 0, None
