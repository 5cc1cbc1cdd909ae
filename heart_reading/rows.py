"""PURE: one row of words for each record of a kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from heart_reading.administration import Built, Known, about, bill, other, plan
from heart_reading.care_rows import document, procedure, vaccine, visit
from heart_reading.clinical_rows import allergy, condition, medicine
from heart_reading.documents import Attachment, attachments
from heart_reading.entry import Entry
from heart_reading.observed_rows import observed
from heart_reading.words import Resource, concept, in_words, text
from heart_ui.words import N_
from heart_ui.words import gettext as _


@dataclass(frozen=True, slots=True)
class Row:
    """One record: `cells` under the heads of its kind, a `tag` worth seeing, its attachments."""

    cells: tuple[str, ...]
    order: tuple[int, str]
    """Weight (heavier first) and date (newest first) for sorting."""
    tag: tuple[str, str] | None = None
    entry: Entry | None = None
    files: tuple[Attachment, ...] = field(default=())

    @property
    def is_current(self) -> bool:
        """True for a medicine that is taken, and a condition that is active, as the record says."""
        return self.order[0] > 0


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


_BUILDERS: dict[str, Callable[[Resource, Known], Built]] = {
    "about": about,
    "conditions": condition,
    "medicines": medicine,
    "allergies": allergy,
    "results": observed,
    "vitals": observed,
    "vaccines": vaccine,
    "visits": visit,
    "procedures": procedure,
    "documents": document,
    "plans": plan,
    "bills": bill,
}
