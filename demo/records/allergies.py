"""Two allergies (FHIR AllergyIntolerance); the severe one is what an emergency team must see."""

from demo.records import directory
from demo.records.calendar import StoryCalendar
from demo.records.elements import (
    CEDAR,
    SNOMED,
    Record,
    coding,
    concept,
    hl7,
    reference,
    resource,
)
from demo.records.patients import subject


def allergies(calendar: StoryCalendar) -> list[Record]:
    penicillin = _allergy(
        "Penicillin: severe reaction",
        calendar.day("1998-05-01"),
        category="medication",
        criticality="high",
        code=coding(SNOMED, "91936005", "Allergy to penicillin (finding)"),
        manifestation=concept("Anaphylaxis", coding(SNOMED, "39579001", "Anaphylaxis (disorder)")),
        severity="severe",
    )
    latex = _allergy(
        "Latex: rash",
        calendar.day("2011-10-03"),
        category="environment",
        criticality="low",
        code=coding(SNOMED, "111088007", "Latex (substance)"),
        manifestation=concept("Rash", coding(SNOMED, "271807003", "Eruption of skin (disorder)")),
        severity="mild",
    )
    return [penicillin, latex]


def _allergy(
    name: str,
    onset: str,
    *,
    category: str,
    criticality: str,
    code: dict[str, str],
    manifestation: dict[str, object],
    severity: str,
) -> Record:
    return Record(
        name,
        "allergies",
        CEDAR,
        resource(
            CEDAR,
            "AllergyIntolerance",
            name,
            clinicalStatus=hl7("allergyintolerance-clinical", "active", "Active"),
            verificationStatus=hl7("allergyintolerance-verification", "confirmed", "Confirmed"),
            type="allergy",
            category=[category],
            criticality=criticality,
            code=concept(name, code),
            patient=subject(CEDAR),
            onsetDateTime=onset,
            recordedDate=onset,
            recorder=reference(directory.BOB_CHEN),
            reaction=[{"manifestation": [manifestation], "severity": severity}],
        ),
    )
