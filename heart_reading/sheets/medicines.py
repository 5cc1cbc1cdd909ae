"""PURE: medicines and vaccines: how to take them, for what, since when (R4 Medication*)."""

from __future__ import annotations

from typing import Any

from heart_reading.any_value import chosen
from heart_reading.dates import spoken, when
from heart_reading.doses import doses
from heart_reading.measures import quantity
from heart_reading.names import led_to, of_all, reference
from heart_reading.sheets.sheet import Known, Said, facts
from heart_reading.spans_of_time import period
from heart_reading.words import Resource, concept, concepts, items, part, text
from heart_ui.words import gettext as _

_DATES = ("authoredOn", "effectiveDateTime", "effectivePeriod", "whenHandedOver", "whenPrepared",
          "dateAsserted")  # fmt: skip


def medicine(r: Resource, known: Known) -> Said:
    how = doses(r) or _given(r)
    supply = next(iter(items(r.get("dispenseRequest"))), {})
    return Said(
        title=_name(r, known),
        value="; ".join(how),
        date=when(r, *_DATES),
        facts=facts(
            (_("How to take it"), "; ".join(how)),
            (_("For"), [concepts(r.get("reasonCode")), of_all(r.get("reasonReference"), known, r)]),
            (_("When"), period(r.get("effectivePeriod"))),
            (_("How much"), quantity(r.get("quantity")) or quantity(supply.get("quantity"))),
            (_("Refills"), _refills(supply)),
            (_("Valid"), period(supply.get("validityPeriod"))),
            (_("Why it was stopped or changed"), concept(r.get("statusReason"))),
            (_("Ordered by"), reference(r.get("requester"), known, r)),
            (_("Given by"), _performers(r, known)),
            (_("Told by"), reference(r.get("informationSource"), known, r)),
            (_("Handed over"), spoken(text(r.get("whenHandedOver")))),
        ),
    )


def vaccine(r: Resource, known: Known) -> Said:
    protocol = next(iter(items(r.get("protocolApplied"))), {})
    number = chosen(protocol, "doseNumber")
    number = number and _("Dose %(number)s", number=number)
    return Said(
        title=concept(r.get("vaccineCode")),
        value=number,
        date=when(r, "occurrenceDateTime", "recorded"),
        facts=facts(
            (_("Protects against"), concepts(protocol.get("targetDisease"))),
            (_("Dose"), number),
            (_("How much"), quantity(r.get("doseQuantity"))),
            (_("Where on the body"), concept(r.get("site"))),
            (_("How"), concept(r.get("route"))),
            (_("Lot"), text(r.get("lotNumber"))),
            (_("Why not"), concept(r.get("statusReason"))),
            (_("Given by"), _performers(r, known)),
            (_("Place"), reference(r.get("location"), known, r)),
            (_("Reaction"), _reactions(r, known)),
        ),
    )


def _name(r: Resource, known: Known) -> str:
    named = concept(r.get("medicationCodeableConcept"))
    link = next(iter(items(r.get("medicationReference"))), {})
    medication = led_to(link, known, r) or {}
    parts = [chosen(one, "item") for one in items(medication.get("ingredient"))]
    known_by = named or reference(link, known, r) or ", ".join(filter(None, parts))
    return known_by or _("Medicine")


def _given(r: Resource) -> list[str]:
    """The dose of a medicine that somebody was given (R4 MedicationAdministration)."""
    dose = part(r, "dosage")
    return doses({"dosage": dose}) if isinstance(dose, dict) else []


def _refills(supply: Any) -> str:
    number = supply.get("numberOfRepeatsAllowed")
    return str(number) if isinstance(number, int) and not isinstance(number, bool) else ""


def _performers(r: Resource, known: Known) -> list[str]:
    return [reference(one.get("actor"), known, r) for one in items(r.get("performer"))]


def _reactions(r: Resource, known: Known) -> list[str]:
    return [
        reference(one.get("detail"), known, r) or spoken(text(one.get("date")))
        for one in items(r.get("reaction"))
    ]
