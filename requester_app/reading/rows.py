"""PURE: one row of words for each record of a kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from heart_ui.words import N_
from heart_ui.words import gettext as _
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
    "about": (N_("Name"), N_("Born"), N_("Sex"), N_("Contact"), N_("Source")),
    "conditions": (N_("Problem"), N_("Status"), N_("Since"), N_("Source")),
    "medicines": (N_("Medicine"), N_("How to take it"), N_("Status"), N_("Date"), N_("Source")),
    "allergies": (N_("Allergy"), N_("Reaction"), N_("How severe"), N_("Noted"), N_("Source")),
    "results": (N_("Test"), N_("Result"), N_("Usual range"), N_("Date"), N_("Source")),
    "vitals": (N_("Measurement"), N_("Value"), N_("Usual range"), N_("Date"), N_("Source")),
    "vaccines": (N_("Vaccine"), N_("Status"), N_("Date"), N_("Source")),
    "visits": (N_("Visit or note"), N_("Reason"), N_("Status"), N_("Date"), N_("Source")),
    "procedures": (N_("Procedure"), N_("Status"), N_("Date"), N_("Source")),
    "documents": (N_("Document"), N_("Type"), N_("Date"), N_("Source")),
    "plans": (N_("Plan"), N_("Kind"), N_("Status"), N_("Date"), N_("Source")),
    "bills": (N_("Bill"), N_("Amount"), N_("Status"), N_("Date"), N_("Source")),
    "other": (N_("Record"), N_("Type"), N_("Date"), N_("Source")),
}
_RANKS = {"severe": 3, "moderate": 2, "mild": 1}
_SEVERE = {N_("Severe"): 3, N_("Moderate"): 2, N_("Mild"): 1}
_WRONG = N_("Entered in error")


def row_of(entry: Entry, known: Known) -> Row:
    """The row of one entry, whatever its type."""
    build = _BUILDERS.get(entry.kind, other)
    cells, date, weight, tag = build(entry.resource, known)
    if entry.resource.get("status") == "entered-in-error" or "entered-in-error" in text(
        concept(entry.resource.get("verificationStatus"))
    ):
        tag, weight = (_(_WRONG), "danger"), -1
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
        name = _(
            "Family: %(who)s - %(what)s", who=concept(r.get("relationship")), what=found
        ).rstrip(" -")
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
    worst = max((_RANKS.get(text(x.get("severity")), 0) for x in reactions), default=0)
    high = r.get("criticality") == "high"
    words = _(next((word for word, rank in _SEVERE.items() if rank == worst), ""))
    risk = {"high": _("High risk"), "low": _("Low risk")}.get(text(r.get("criticality")), "")
    date = when(r, "onsetDateTime", "recordedDate")
    # What the tag says is not said a second time beside it.
    tag = (_("Severe"), "danger") if worst == 3 else (_("High risk"), "danger") if high else None
    said = tag[0] if tag else ""
    words = next((each for each in (words, risk) if each and each != said), "")
    weight = 10 if tag else worst
    return (concept(r.get("code")), shown, words, spoken(date)), date, weight, tag


def _observed(r: Resource, known: Known) -> Built:
    date = when(r, *DATES)
    if r.get("resourceType") == "Specimen":
        collected = next(iter(items(r.get("collection"))), {})
        taken = when(collected, "collectedDateTime", "collectedPeriod")
        return (concept(r.get("type")) or _("Specimen"), "", "", spoken(taken)), taken, 0, None
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
            return _("%(low)g to %(high)g", low=low, high=high)
        if high is not None:
            return _("under %(high)g", high=high)
        if low is not None:
            return _("over %(low)g", low=low)
    return ""


def _vaccine(r: Resource, known: Known) -> Built:
    date = when(r, "occurrenceDateTime", "recorded")
    return (concept(r.get("vaccineCode")), text(r.get("status")), spoken(date)), date, 0, None


def _visit(r: Resource, known: Known) -> Built:
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


def _procedure(r: Resource, known: Known) -> Built:
    date = when(r, "performedDateTime", "performedPeriod", "started", "manufactureDate")
    name = concept(r.get("code")) or text(r.get("description")) or concept(r.get("type"))
    names = items(r.get("deviceName", []))
    name = name or (text(names[0].get("name")) if names else "")
    return (name, text(r.get("status")), spoken(date)), date, 0, None


def _document(r: Resource, known: Known) -> Built:
    date = when(r, "date", "dateTime", "effectiveDateTime", "issued")
    kind = concept(r.get("type")) or concept(r.get("code")) or concept(r.get("category"))
    title = text(r.get("description")) or kind or _("Document")
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
