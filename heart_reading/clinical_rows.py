"""PURE: rows of conditions, medicines and allergies (FHIR R4 clinical resources)."""

from __future__ import annotations

from heart_reading.administration import Built, Known
from heart_reading.dates import spoken, when
from heart_reading.names import reference
from heart_reading.words import Resource, concept, concepts, items, text
from heart_ui.words import N_
from heart_ui.words import gettext as _

_RANKS = {"severe": 3, "moderate": 2, "mild": 1}
_SEVERE = {N_("Severe"): 3, N_("Moderate"): 2, N_("Mild"): 1}


def condition(r: Resource, known: Known) -> Built:
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


def medicine(r: Resource, known: Known) -> Built:
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


def allergy(r: Resource, known: Known) -> Built:
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
