"""Alice at each source: Cedar Valley's Patient is the counted record, the others are copies."""

from demo.records import directory
from demo.records.calendar import StoryCalendar
from demo.records.elements import (
    CEDAR,
    HARBOR,
    HOME,
    Record,
    Resource,
    coding,
    hl7,
    reference,
    resource,
    stable_id,
    synthetic_identifier,
)

BORN = "1979-04-16"
ENGLISH = {"coding": [coding("urn:ietf:bcp:47", "en", "English")], "text": "English"}


def _identity(source: str, number: str, owner: Resource, calendar: StoryCalendar) -> Resource:
    return resource(
        source,
        "Patient",
        "Alice Moreno",
        identifier=[synthetic_identifier(f"{source}-record-number", number)],
        active=True,
        name=[{"use": "official", "text": "Alice Moreno", "family": "Moreno", "given": ["Alice"]}],
        gender="female",
        birthDate=calendar.day(BORN),
        managingOrganization=reference(owner),
    )


def patient(source: str, calendar: StoryCalendar) -> Resource:
    if source == HARBOR:
        return _identity(HARBOR, "H-20417", directory.HARBOR_COUNSELING, calendar)
    if source == HOME:
        return _identity(HOME, "D-88", directory.HOME_DEVICES, calendar)
    husband = {"text": "Sam Carter", "family": "Carter", "given": ["Sam"]}
    return _identity(CEDAR, "CV-100482", directory.CEDAR_VALLEY, calendar) | {
        "telecom": [
            {"system": "phone", "value": "+1-555-010-0147", "use": "mobile"},
            {"system": "email", "value": "alice@example.org", "use": "home"},
        ],
        "address": [
            {
                "use": "home",
                "line": ["12 Alder Street"],
                "city": "Cedar Valley",
                "state": "OR",
                "postalCode": "97000",
                "country": "US",
            }
        ],
        "maritalStatus": hl7("v3-MaritalStatus", "M", "Married"),
        "contact": [
            {
                "relationship": [hl7("v3-RoleCode", "HUSB", "husband")],
                "name": husband,
                "telecom": [{"system": "phone", "value": "+1-555-010-0148"}],
            }
        ],
        "communication": [{"language": ENGLISH, "preferred": True}],
        "generalPractitioner": [reference(directory.BOB_CHEN, "Dr. Bob Chen")],
    }


def subject(source: str) -> dict[str, str]:
    return {"reference": f"Patient/{stable_id(source, 'Patient', 'Alice Moreno')}"}


def about(calendar: StoryCalendar) -> list[Record]:
    name = "Name, birth date, contact details"
    return [Record(name, "about", CEDAR, patient(CEDAR, calendar))]
