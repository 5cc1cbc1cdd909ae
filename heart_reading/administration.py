"""PURE: rows of people, plans, bills and whatever else a record holds (FHIR R4 administrative)."""

from __future__ import annotations

from collections.abc import Mapping

from heart_reading.dates import spoken, when
from heart_reading.names import name_of, person_name
from heart_reading.quantities import number
from heart_reading.words import Resource, choice, concept, concepts, items, text
from heart_ui.words import gettext as _

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


def about(r: Resource, known: Known) -> Built:
    contact = [text(point.get("value")) for point in items(r.get("telecom", []))]
    for address in items(r.get("address", []))[:1]:
        lines = address.get("line")
        parts = [*(lines if isinstance(lines, list) else []), address.get("city")]
        parts += [address.get("state"), address.get("postalCode")]
        contact.append(text(address.get("text")) or ", ".join(filter(None, map(text, parts))))
    relation = concepts(r.get("relationship"))
    name = person_name(r.get("name")) + (f" ({relation})" if relation else "")
    cells = (
        name,
        spoken(text(r.get("birthDate"))),
        text(r.get("gender")),
        "; ".join(filter(None, contact)),
    )
    return cells, "", 1 if r.get("resourceType") == "Patient" else 0, None
