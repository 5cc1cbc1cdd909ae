"""PURE: how to take a medicine, in words: `500 mg by mouth, 2 times a day` (FHIR R4 Dosage)."""

from __future__ import annotations

from typing import Any

from heart_reading.measures import quantity, ratio, span
from heart_reading.timings import timing
from heart_reading.words import Resource, concept, concepts, items, text
from heart_ui.words import gettext as _


def doses(resource: Resource) -> list[str]:
    """Each way in which a medicine is to be taken, as its text or from its parts.

    >>> doses({"dosageInstruction": [{"text": "1 tablet at night"}]})
    ['1 tablet at night']
    """
    given = resource.get("dosageInstruction", resource.get("dosage"))
    return [words for words in map(_one, items(given)) if words]


def _one(dose: Resource) -> str:
    parts = text(dose.get("text")) or _from_parts(dose)
    told = text(dose.get("patientInstruction"))
    more = concepts(dose.get("additionalInstruction"))
    return ". ".join(dict.fromkeys(filter(None, (parts.rstrip("."), told.rstrip("."), more))))


def _from_parts(dose: Resource) -> str:
    how_much = next(filter(None, map(_rate, items(dose.get("doseAndRate")))), "")
    # The medicine of an administration has its dose beside it.
    how_much = how_much or quantity(dose.get("dose"))
    method, route, site = (concept(dose.get(name)) for name in ("method", "route", "site"))
    first = " ".join(filter(None, (method, how_much)))
    needed = dose.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dose
    reason = concept(dose.get("asNeededCodeableConcept"))
    if needed:
        said = _("when needed, for %(what)s", what=reason) if reason else _("when needed")
    return ", ".join(
        filter(None, (first, route, site, timing(dose.get("timing")), said if needed else ""))
    )


def _rate(rate: Any) -> str:
    amount = quantity(rate.get("doseQuantity")) or span(rate.get("doseRange"))
    amount = _("%(n)s at a time", n=amount) if amount.isdigit() else amount
    speed = quantity(rate.get("rateQuantity")) or ratio(rate.get("rateRatio"))
    speed = speed or span(rate.get("rateRange"))
    return (
        _("%(dose)s at %(speed)s", dose=amount, speed=speed)
        if amount and speed
        else (amount or speed)
    )
