"""Everything a source holds about Alice, as the collection Bundle it would hand over."""

from datetime import date

from demo.records import (
    allergies,
    conditions,
    documents,
    medicines,
    patients,
    procedures,
    results,
    vaccines,
    visits,
    vitals,
)
from demo.records.calendar import StoryCalendar
from demo.records.directory import DIRECTORY
from demo.records.elements import CEDAR, HARBOR, HOME, Record, Resource

SOURCES = (CEDAR, HARBOR, HOME)
SOURCE_NAMES = {
    CEDAR: "Cedar Valley Family Practice",
    HARBOR: "Harbor Counseling",
    HOME: "Home devices",
}
# Alice's Patient here only says whose record it is; Cedar Valley's is the one she shares.
IDENTITY_COPIES = frozenset([HARBOR, HOME])


def records(today: date) -> list[Record]:
    """The 169 counted records, in the order the portal lists kinds."""
    calendar = StoryCalendar(today)
    return [
        *patients.about(calendar),
        *conditions.conditions(calendar),
        *medicines.medicines(calendar),
        *allergies.allergies(calendar),
        *results.results(calendar),
        *vitals.vitals(calendar),
        *vaccines.vaccines(calendar),
        *visits.visits(calendar),
        *procedures.procedures(calendar),
        *documents.documents(calendar),
    ]


def resources(source: str, today: date) -> list[Resource]:
    """Directory first, then the Patient, then what refers to them."""
    counted = [record.resource for record in records(today) if record.source == source]
    if source in IDENTITY_COPIES:
        counted.insert(0, patients.patient(source, StoryCalendar(today)))
    return [*DIRECTORY[source], *counted]


def bundle(source: str, today: date) -> Resource:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}
            for resource in resources(source, today)
        ],
    }
