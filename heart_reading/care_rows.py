"""PURE: rows of what was done: vaccines, visits and their notes, procedures, documents."""

from __future__ import annotations

from heart_reading.administration import Built, Known
from heart_reading.dates import spoken, when
from heart_reading.names import reference
from heart_reading.words import Resource, concept, concepts, items, part, text
from heart_ui.words import gettext as _


def vaccine(r: Resource, known: Known) -> Built:
    date = when(r, "occurrenceDateTime", "recorded")
    return (concept(r.get("vaccineCode")), text(r.get("status")), spoken(date)), date, 0, None


def visit(r: Resource, known: Known) -> Built:
    if r.get("resourceType") == "DocumentReference":
        return _note(r)
    name = concept(r.get("type")) or text(part(r.get("class"), "display")) or _("Visit")
    reason = concepts(r.get("reasonCode")) or reference(r.get("reasonReference"), known, r)
    who = items(r.get("participant", []))
    seen_by = reference([p.get("individual") for p in who], known, r)
    title = f"{name}, {seen_by}" if seen_by else name
    date = when(r, "period")
    return (title, reason, text(r.get("status")), spoken(date)), date, 0, None


def _note(r: Resource) -> Built:
    date = when(r, "date", "created")
    title = text(r.get("description")) or concept(r.get("type")) or _("Note")
    return (
        (title, "", text(r.get("docStatus")) or text(r.get("status")), spoken(date)),
        date,
        0,
        None,
    )


def procedure(r: Resource, known: Known) -> Built:
    date = when(r, "performedDateTime", "performedPeriod", "started", "manufactureDate")
    name = concept(r.get("code")) or text(r.get("description")) or concept(r.get("type"))
    names = items(r.get("deviceName", []))
    name = name or (text(names[0].get("name")) if names else "")
    return (name, text(r.get("status")), spoken(date)), date, 0, None


def document(r: Resource, known: Known) -> Built:
    date = when(r, "date", "dateTime", "effectiveDateTime", "issued")
    kind = concept(r.get("type")) or concept(r.get("code")) or concept(r.get("category"))
    title = text(r.get("description")) or kind or _("Document")
    return (title, kind if kind != title else "", spoken(date)), date, 0, None
