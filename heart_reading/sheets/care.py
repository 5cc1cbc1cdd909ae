"""PURE: visits, procedures, devices and pictures in words (R4 Encounter, Procedure, ...)."""

from __future__ import annotations

from heart_reading.any_value import chosen
from heart_reading.dates import spoken, when
from heart_reading.names import of_all, reference
from heart_reading.sheets.sheet import Known, Part, Said, facts
from heart_reading.spans_of_time import period
from heart_reading.words import Resource, concept, concepts, items, part, text
from heart_ui.words import N_
from heart_ui.words import gettext as _

_CLASSES = {
    "AMB": N_("Visit to a clinic"), "EMER": N_("Urgent visit"), "FLD": N_("In the field"),
    "HH": N_("Visit at home"), "IMP": N_("Stay in a hospital"), "ACUTE": N_("Stay in a hospital"),
    "NONAC": N_("Stay in a hospital"), "OBSENC": N_("Kept for observation"),
    "PRENC": N_("Before a stay"), "SS": N_("Short stay"), "VR": N_("By phone or video"),
}  # fmt: skip


def visit(r: Resource, known: Known) -> Said:
    code = text(part(r.get("class"), "code"))
    kind = _(_CLASSES[code]) if code in _CLASSES else text(part(r.get("class"), "display"))
    who = [reference(one.get("individual"), known, r) for one in items(r.get("participant"))]
    reasons = [concepts(r.get("reasonCode")), of_all(r.get("reasonReference"), known, r)]
    places = [reference(one.get("location"), known, r) for one in items(r.get("location"))]
    stay = next(iter(items(r.get("hospitalization"))), {})
    return Said(
        title=concept(r.get("type")) or kind or _("Visit"),
        value=", ".join(dict.fromkeys(filter(None, reasons))),
        date=when(r, "period"),
        facts=facts(
            (_("Kind of visit"), kind),
            (_("Why"), reasons),
            (_("When"), period(r.get("period"))),
            (_("Seen by"), who),
            (_("Place"), [*places, reference(r.get("serviceProvider"), known, r)]),
            (_("Department"), concept(r.get("serviceType"))),
            (_("Sent home to"), concept(stay.get("dischargeDisposition"))),
            (_("Found"), [_diagnosis(one, known, r) for one in items(r.get("diagnosis"))]),
        ),
    )


def _diagnosis(one: Resource, known: Known, inside: Resource) -> str:
    return reference(one.get("condition"), known, inside)


def procedure(r: Resource, known: Known) -> Said:
    who = [reference(one.get("actor"), known, r) for one in items(r.get("performer"))]
    reasons = [concepts(r.get("reasonCode")), of_all(r.get("reasonReference"), known, r)]
    outcome = concept(r.get("outcome"))
    return Said(
        title=concept(r.get("code")) or concept(r.get("category")),
        value=outcome or ", ".join(filter(None, reasons)),
        date=when(r, "performedDateTime", "performedPeriod"),
        facts=facts(
            (_("When"), chosen(r, "performed")),
            (_("Why"), reasons),
            (_("Outcome"), outcome),
            (_("Where on the body"), concepts(r.get("bodySite"))),
            (_("Complications"), concepts(r.get("complication"))),
            (_("Afterwards"), concepts(r.get("followUp"))),
            (_("Why not"), concept(r.get("statusReason"))),
            (_("Done by"), who),
            (_("Place"), reference(r.get("location"), known, r)),
        ),
    )


def imaging(r: Resource, known: Known) -> Said:
    series = items(r.get("series"))
    sites = [text(part(one.get("bodySite"), "display")) for one in series]
    kinds = [concept({"coding": [one.get("modality")]}) for one in series]
    kinds = kinds or [concept({"coding": [one]}) for one in items(r.get("modality"))]
    named = concepts(r.get("procedureCode")) or text(r.get("description"))
    return Said(
        title=named or ", ".join(dict.fromkeys(filter(None, kinds))) or _("Pictures"),
        value=", ".join(dict.fromkeys(filter(None, sites))),
        date=when(r, "started"),
        facts=facts(
            (_("Kind of picture"), kinds),
            (_("Where on the body"), sites),
            (_("Why"), concepts(r.get("reasonCode"))),
            (_("Description"), text(r.get("description"))),
        ),
        parts=tuple(Part(text(one.get("description")), "") for one in series
                    if text(one.get("description"))),
        well=False,
    )  # fmt: skip


def device(r: Resource, known: Known) -> Said:
    named = [text(one.get("name")) for one in items(r.get("deviceName"))]
    maker, model = text(r.get("manufacturer")), text(r.get("modelNumber"))
    return Said(
        title=concept(r.get("type")) or next(filter(None, named), "") or _("Device"),
        value=", ".join(filter(None, (maker, model))),
        date=when(r, "manufactureDate"),
        facts=facts(
            (_("Name"), named),
            (_("Made by"), maker),
            (_("Model"), model),
            (_("Serial number"), text(r.get("serialNumber"))),
            (_("Lot"), text(r.get("lotNumber"))),
            (_("Made on"), spoken(text(r.get("manufactureDate")))),
            (_("Good until"), spoken(text(r.get("expirationDate")))),
        ),
    )
