"""Eleven visits and notes: eight Encounters, three therapy progress notes (DocumentReference)."""

from dataclasses import dataclass, field

from demo.records import directory
from demo.records.attachments import text_attachment
from demo.records.calendar import StoryCalendar
from demo.records.elements import (
    CEDAR,
    HARBOR,
    HL7,
    LOINC,
    SNOMED,
    US_CORE,
    Record,
    Resource,
    coding,
    concept,
    reference,
    resource,
)
from demo.records.patients import subject

_AMBULATORY = coding(f"{HL7}/v3-ActCode", "AMB", "ambulatory")
_EMERGENCY = coding(f"{HL7}/v3-ActCode", "EMER", "emergency")
_FOLLOW_UP = coding(SNOMED, "390906007", "Follow-up encounter (procedure)")
_PROGRESS_NOTE = coding(LOINC, "11506-3", "Progress note")
_CLINICAL_NOTE = coding(
    f"{US_CORE}/us-core-documentreference-category", "clinical-note", "Clinical Note"
)


@dataclass(frozen=True)
class _Visit:
    name: str
    day: str
    code: dict[str, str]
    practitioner: Resource = field(default_factory=lambda: directory.BOB_CHEN)
    place: Resource = field(default_factory=lambda: directory.CEDAR_CLINIC)
    organization: Resource = field(default_factory=lambda: directory.CEDAR_VALLEY)


_VISITS = (
    _Visit(
        "Yearly check-up",
        "2025-01-06",
        coding(SNOMED, "162673000", "General examination of patient (procedure)"),
    ),
    _Visit("Blood pressure visit", "2025-05-05", _FOLLOW_UP),
    _Visit("Diabetes visit", "2025-04-14", _FOLLOW_UP),
    _Visit("Diabetes visit", "2025-10-13", _FOLLOW_UP),
    _Visit(
        "Endocrine first visit",
        "2024-02-12",
        coding(SNOMED, "11429006", "Consultation (procedure)"),
        practitioner=directory.LENA_ORTIZ,
    ),
    _Visit("Endocrine follow-up", "2024-08-12", _FOLLOW_UP, practitioner=directory.LENA_ORTIZ),
    _Visit(
        "Eye exam",
        "2024-11-05",
        coding(SNOMED, "36228007", "Ophthalmic examination and evaluation (procedure)"),
        practitioner=directory.MEI_SATO,
        place=directory.EYE_CLINIC,
        organization=directory.RIVER_EYE,
    ),
    _Visit(
        "Emergency visit: dizziness",
        "2025-03-12",
        coding(SNOMED, "50849002", "Emergency room admission (procedure)"),
        practitioner=directory.OMAR_HADDAD,
        place=directory.EMERGENCY,
        organization=directory.NORTHGATE,
    ),
)

_NOTES = (
    "Alice came on time. We talked about sleep and about work. She will keep a sleep diary.",
    "The sleep diary shows six hours a night. We practised a slow breathing exercise.",
    "Sleep is better. She walked on five evenings. Next visit in four weeks.",
)


def visits(calendar: StoryCalendar) -> list[Record]:
    encounters = [Record(v.name, "visits", CEDAR, _encounter(v, calendar)) for v in _VISITS]
    notes = [_note(number, text, calendar) for number, text in enumerate(_NOTES, start=1)]
    return encounters + notes


def _encounter(visit: _Visit, calendar: StoryCalendar) -> Resource:
    emergency = visit.place is directory.EMERGENCY
    dizziness = concept("Dizziness", coding(SNOMED, "404640003", "Dizziness (finding)"))
    return resource(
        CEDAR,
        "Encounter",
        f"{visit.name} {visit.day}",
        status="finished",
        **{"class": _EMERGENCY if emergency else _AMBULATORY},
        type=[concept(visit.name, visit.code)],
        subject=subject(CEDAR),
        participant=[{"individual": reference(visit.practitioner)}],
        period={
            "start": calendar.moment(visit.day, "09:00:00"),
            "end": calendar.moment(visit.day, "11:40:00" if emergency else "09:25:00"),
        },
        location=[{"location": reference(visit.place)}],
        serviceProvider=reference(visit.organization),
    ) | ({"reasonCode": [dizziness]} if emergency else {})


def _note(number: int, text: str, calendar: StoryCalendar) -> Record:
    """A progress note, not the session notes HIPAA keeps apart: PSY, not PSYTHPN."""
    name = f"Therapy note {number}"
    when = calendar.moment(f"2025-07-0{number}", "16:00:00")
    note = resource(
        HARBOR,
        "DocumentReference",
        name,
        security=["PSY"],
        status="current",
        docStatus="final",
        type=concept(name, _PROGRESS_NOTE),
        category=[{"coding": [_CLINICAL_NOTE]}],
        subject=subject(HARBOR),
        date=when,
        author=[reference(directory.DANA_FOX)],
        custodian=reference(directory.HARBOR_COUNSELING),
        description=name,
        content=[{"attachment": text_attachment(name, text, when)}],
    )
    return Record(name, "visits", HARBOR, note, frozenset(["PSY"]))
