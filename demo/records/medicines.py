"""Eight medicines: seven orders, and one old free-text entry that no rule can read."""

from demo.records import directory
from demo.records.calendar import StoryCalendar
from demo.records.elements import (
    CEDAR,
    HARBOR,
    RXNORM,
    SNOMED,
    Element,
    Record,
    coding,
    concept,
    hl7,
    reference,
    resource,
)
from demo.records.patients import subject

_ORDERS = (
    (
        "Metformin 1000 mg",
        coding(RXNORM, "861004", "metformin hydrochloride 1000 MG Oral Tablet"),
        "1 tablet twice a day with food",
        2,
    ),
    (
        "Empagliflozin 10 mg",
        coding(RXNORM, "1545658", "empagliflozin 10 MG Oral Tablet"),
        "1 tablet in the morning",
        1,
    ),
    (
        "Lisinopril 20 mg",
        coding(RXNORM, "314077", "lisinopril 20 MG Oral Tablet"),
        "1 tablet a day",
        1,
    ),
    (
        "Amlodipine 5 mg",
        coding(RXNORM, "197361", "amlodipine 5 MG Oral Tablet"),
        "1 tablet a day",
        1,
    ),
    (
        "Atorvastatin 40 mg",
        coding(RXNORM, "617311", "atorvastatin 40 MG Oral Tablet"),
        "1 tablet at bedtime",
        1,
    ),
    (
        "Glucose test strips",
        coding(SNOMED, "337388004", "Blood glucose testing strips (physical object)"),
        "1 strip each morning before food",
        1,
    ),
)
_SERTRALINE = coding(RXNORM, "312938", "sertraline 100 MG Oral Tablet")


def medicines(calendar: StoryCalendar) -> list[Record]:
    orders = [
        Record(name, "medicines", CEDAR, _order(CEDAR, name, code, text, times, calendar))
        for name, code, text, times in _ORDERS
    ]
    return [*orders, _free_text(), _sertraline(calendar)]


def _order(
    source: str, name: str, code: Element, text: str, times: int, calendar: StoryCalendar
) -> Element:
    prescriber = directory.BOB_CHEN if source == CEDAR else directory.DANA_FOX
    written = "2025-09-01" if source == CEDAR else "2025-08-12"
    return resource(
        source,
        "MedicationRequest",
        name,
        status="active",
        intent="order",
        category=[hl7("medicationrequest-category", "community", "Community")],
        medicationCodeableConcept=concept(name, code),
        subject=subject(source),
        authoredOn=calendar.day(written),
        requester=reference(prescriber),
        dosageInstruction=[
            {
                "text": text,
                "timing": {"repeat": {"frequency": times, "period": 1, "periodUnit": "d"}},
            }
        ],
    )


def _free_text() -> Record:
    """An entry typed into another system years ago: a brand name, no code, no full date."""
    name = "Naltrexone 50 mg (stopped 2020)"
    statement = resource(
        CEDAR,
        "MedicationStatement",
        name,
        status="stopped",
        medicationCodeableConcept=concept("Revia, stopped 2020"),
        subject=subject(CEDAR),
        effectivePeriod={"end": "2020"},
    )
    return Record(name, "medicines", CEDAR, statement)


def _sertraline(calendar: StoryCalendar) -> Record:
    """Its code only suggests a topic (it is also given for pain), so Harbor labels it itself."""
    name = "Sertraline 100 mg"
    order = _order(HARBOR, name, _SERTRALINE, "1 tablet in the morning", 1, calendar)
    labelled = resource(HARBOR, "MedicationRequest", name, security=["PSY"])
    return Record(name, "medicines", HARBOR, order | labelled, frozenset(["PSY"]))
