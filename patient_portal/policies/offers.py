"""PURE. What a patient is offered to choose from: reasons to share, first kinds, ways to say no."""

from __future__ import annotations

from heart_ui.words import N_
from patient_portal.policies.person import Person

OFFERED_PURPOSES = ("TREAT", "FAMRQT", "CAREMGT", "HRESCH", "HPAYMT")
PURPOSE_HINTS = {
    "TREAT": N_("A doctor, nurse or counselor who treats you."),
    "FAMRQT": N_("Family or a friend who helps you."),
    "CAREMGT": N_("Someone who plans or joins up your care."),
    "HRESCH": N_("A study you have joined."),
    "HPAYMT": N_("A health plan or a payer."),
}
BASICS = ("about", "conditions", "medicines", "allergies", "results", "vitals", "vaccines")
NOT_CLINICAL = frozenset({"", "family", "friend", "helper", "patient", "researcher", "company"})
REASONS_FOR_NO = (
    ("unknown", N_("I do not know them")),
    ("much", N_("They ask for too much")),
    ("later", N_("Not now")),
    ("other", N_("Another reason")),
)


def is_clinical(person: Person) -> bool:
    """Whether to suggest telling this person which kinds may not be complete."""
    return bool(person.organization) and (person.role_code or "") not in NOT_CLINICAL
