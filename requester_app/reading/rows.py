"""PURE: one row of words for each record of a kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from requester_app.reading.administration import Built, Known, bill, other, plan
from requester_app.reading.bundle import Entry
from requester_app.reading.documents import Attachment, attachments
from requester_app.reading.series import DATES, value_of
from requester_app.reading.words import (
    Resource,
    concept,
    concepts,
    figure,
    in_words,
    items,
    part,
    person_name,
    reference,
    spoken,
    text,
    when,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One record: `cells` under the heads of its kind, a `tag` worth seeing, its attachments."""

    cells: tuple[str, ...]
    order: tuple[int, str]
    """Weight (heavier first) and date (newest first) for sorting."""
    tag: tuple[str, str] | None = None
    entry: Entry | None = None
    files: tuple[Attachment, ...] = field(default=())


HEADS: dict[str, tuple[str, ...]] = {
    "about": ("Name", "Born", "Sex", "Contact", "Source"),
    "conditions": ("Problem", "Status", "Since", "Source"),
    "medicines": ("Medicine", "How to take it", "Status", "Date", "Source"),
    "allergies": ("Allergy", "Reaction", "How severe", "Noted", "Source"),
    "results": ("Test", "Result", "Usual range", "Date", "Source"),
    "vitals": ("Measurement", "Value", "Usual range", "Date", "Source"),
    "vaccines": ("Vaccine", "Status", "Date", "Source"),
    "visits": ("Visit or note", "Reason", "Status", "Date", "Source"),
    "procedures": ("Procedure", "Status", "Date", "Source"),
    "documents": ("Document", "Type", "Date", "Source"),
    "plans": ("Plan", "Kind", "Status", "Date", "Source"),
    "bills": ("Bill", "Amount", "Status", "Date", "Source"),
    "other": ("Record", "Type", "Date", "Source"),
}
_SEVERE = {"severe": 3, "moderate": 2, "mild": 1}
_WRONG = ("Entered in error", "danger")


def row_of(entry: Entry, known: Known) -> Row:
    """The row of one entry, whatever its type."""
    build = _BUILDERS.get(entry.kind, other)
    cells, date, weight, tag = build(entry.resource, known)
    if entry.resource.get("status") == "entered-in-error" or "entered-in-error" in text(
        concept(entry.resource.get("verificationStatus"))
    ):
        tag, weight = _WRONG, -1
    named = cells[0] or entry.type
    return Row(
        cells=(named, *map(in_words, cells[1:]), entry.source),
        order=(weight, date),
        tag=tag,
        entry=entry,
        files=attachments(entry.resource),
    )


def _about(r: Resource, known: Known) -> Built:
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


def _condition(r: Resource, known: Known) -> Built:
    if r.get("resourceType") == "FamilyMemberHistory":
        found = concepts([c.get("code") for c in items(r.get("condition", []))])
        name = f"Family: {concept(r.get('relationship'))} - {found}".rstrip(" -")
        return (name, text(r.get("status")), spoken(when(r, "date"))), when(r, "date"), 0, None
    date = when(r, "onsetDateTime", "onsetPeriod", "recordedDate")
    status = concept(r.get("clinicalStatus"))
    doubt = concept(r.get("verificationStatus"))
    if doubt and doubt.lower() not in ("confirmed",):
        status = f"{status}, {doubt}".strip(", ")
    active = status.lower().startswith(("active", "recurrence", "relapse"))
    return (concept(r.get("code")), status, spoken(date)), date, 1 if active else 0, None


def _medicine(r: Resource, known: Known) -> Built:
    name = concept(r.get("medicationCodeableConcept")) or reference(
        r.get("medicationReference"), known, r
    )
    doses = items(r.get("dosageInstruction", r.get("dosage", [])))
    how = "; ".join(filter(None, (text(dose.get("text")) for dose in doses)))
    date = when(
        r, "authoredOn", "effectiveDateTime", "effectivePeriod", "whenHandedOver", "dateAsserted"
    )
    status = text(r.get("status"))
    return (name, how, status, spoken(date)), date, 1 if status == "active" else 0, None


def _allergy(r: Resource, known: Known) -> Built:
    reactions = items(r.get("reaction", []))
    shown = ", ".join(filter(None, (concepts(x.get("manifestation")) for x in reactions)))
    worst = max((_SEVERE.get(text(x.get("severity")), 0) for x in reactions), default=0)
    high = r.get("criticality") == "high"
    words = next((word.capitalize() for word, rank in _SEVERE.items() if rank == worst), "")
    risk = {"high": "High risk", "low": "Low risk"}.get(text(r.get("criticality")), "")
    date = when(r, "onsetDateTime", "recordedDate")
    # What the tag says is not said a second time beside it.
    tag = ("Severe", "danger") if worst == 3 else ("High risk", "danger") if high else None
    said = tag[0] if tag else ""
    words = next((each for each in (words, risk) if each and each != said), "")
    weight = 10 if tag else worst
    return (concept(r.get("code")), shown, words, spoken(date)), date, weight, tag


def _observed(r: Resource, known: Known) -> Built:
    date = when(r, *DATES)
    if r.get("resourceType") == "Specimen":
        collected = next(iter(items(r.get("collection"))), {})
        taken = when(collected, "collectedDateTime", "collectedPeriod")
        return (concept(r.get("type")) or "Specimen", "", "", spoken(taken)), taken, 0, None
    value = text(r.get("conclusion")) or value_of(r)
    flag = concept(r.get("interpretation"))
    plain = flag.lower() in ("", "normal", "n")
    tag = None if plain else (flag, "warn")
    return (concept(r.get("code")), value, _usual(r), spoken(date)), date, 0, tag


def _usual(r: Resource) -> str:
    for given in items(r.get("referenceRange", [])):
        low = figure(given.get("low"))
        high = figure(given.get("high"))
        if text(given.get("text")):
            return text(given["text"])
        if low is not None and high is not None:
            return f"{low:g} to {high:g}"
        if low is not None or high is not None:
            return f"under {high:g}" if low is None else f"over {low:g}"
    return ""


def _vaccine(r: Resource, known: Known) -> Built:
    date = when(r, "occurrenceDateTime", "recorded")
    return (concept(r.get("vaccineCode")), text(r.get("status")), spoken(date)), date, 0, None


def _visit(r: Resource, known: Known) -> Built:
    if r.get("resourceType") == "DocumentReference":
        return _note(r)
    name = concept(r.get("type")) or text(part(r.get("class"), "display")) or "Visit"
    reason = concepts(r.get("reasonCode")) or reference(r.get("reasonReference"), known, r)
    who = items(r.get("participant", []))
    seen_by = reference([p.get("individual") for p in who], known, r)
    title = f"{name}, {seen_by}" if seen_by else name
    date = when(r, "period")
    return (title, reason, text(r.get("status")), spoken(date)), date, 0, None


def _note(r: Resource) -> Built:
    date = when(r, "date", "created")
    title = text(r.get("description")) or concept(r.get("type")) or "Note"
    return (
        (title, "", text(r.get("docStatus")) or text(r.get("status")), spoken(date)),
        date,
        0,
        None,
    )


def _procedure(r: Resource, known: Known) -> Built:
    date = when(r, "performedDateTime", "performedPeriod", "started", "manufactureDate")
    name = concept(r.get("code")) or text(r.get("description")) or concept(r.get("type"))
    names = items(r.get("deviceName", []))
    name = name or (text(names[0].get("name")) if names else "")
    return (name, text(r.get("status")), spoken(date)), date, 0, None


def _document(r: Resource, known: Known) -> Built:
    date = when(r, "date", "dateTime", "effectiveDateTime", "issued")
    kind = concept(r.get("type")) or concept(r.get("code")) or concept(r.get("category"))
    title = text(r.get("description")) or kind or "Document"
    return (title, kind if kind != title else "", spoken(date)), date, 0, None


_BUILDERS: dict[str, Callable[[Resource, Known], Built]] = {
    "about": _about,
    "conditions": _condition,
    "medicines": _medicine,
    "allergies": _allergy,
    "results": _observed,
    "vitals": _observed,
    "vaccines": _vaccine,
    "visits": _visit,
    "procedures": _procedure,
    "documents": _document,
    "plans": plan,
    "bills": bill,
}
