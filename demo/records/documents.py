"""Seven documents (FHIR DocumentReference) with the PDF each one names."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from demo.records import directory
from demo.records.attachments import pdf_attachment
from demo.records.calendar import StoryCalendar
from demo.records.elements import (
    CEDAR,
    HARBOR,
    LOINC,
    Record,
    Resource,
    coding,
    concept,
    reference,
    resource,
)
from demo.records.patients import subject


@dataclass(frozen=True)
class _Document:
    name: str
    day: str
    code: dict[str, str]
    lines: Sequence[str]
    author: Resource = field(default_factory=lambda: directory.BOB_CHEN)
    source: str = CEDAR
    sent: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    level: str = "rules"


_DOCUMENTS = (
    _Document(
        "Emergency discharge letter",
        "2025-03-12",
        coding(LOINC, "18842-5", "Discharge summary"),
        (
            "Seen for dizziness after standing up.",
            "Heart tracing and blood sugar were normal.",
            "Drink more water. See your family doctor within a week.",
        ),
        author=directory.OMAR_HADDAD,
    ),
    _Document(
        "Eye clinic letter",
        "2024-11-12",
        coding(LOINC, "34807-8", "Ophthalmology Consult note"),
        ("Mild diabetic changes in both eyes.", "No treatment needed. Photos again in a year."),
        author=directory.MEI_SATO,
    ),
    _Document(
        "Advance directive",
        "2023-09-14",
        coding(LOINC, "42348-3", "Advance healthcare directives"),
        ("If I cannot speak for myself, ask my husband Sam Carter.",),
    ),
    _Document(
        "Lab report {year}",
        "2025-07-14",
        coding(LOINC, "11502-2", "Laboratory report"),
        ("eGFR 81 mL/min/1.73 m2", "LDL cholesterol 89 mg/dL", "Urine albumin 22 mg/g"),
    ),
    _Document(
        "Genetic test report (PDF)",
        "2022-03-18",
        coding(LOINC, "51969-4", "Genetic analysis report"),
        ("BRCA2: a harmful change was found.", "Yearly breast MRI is advised."),
        topics=("GDIS",),
    ),
    _Document(
        "Treatment plan (PDF)",
        "2018-02-01",
        coding(LOINC, "18776-5", "Plan of care note"),
        ("Goal: stay alcohol free.", "Weekly sessions. Sertraline goes on."),
        author=directory.DANA_FOX,
        source=HARBOR,
        sent=("ETH", "PSY"),
        topics=("ETH", "PSY"),
    ),
    _Document(
        "Safety plan (PDF)",
        "2016-02-09",
        coding(LOINC, "18776-5", "Plan of care note"),
        ("Where to go, who to call, what to take along.",),
        sent=("SDV",),
        topics=("SDV",),
        level="hidden",
    ),
)


def documents(calendar: StoryCalendar) -> list[Record]:
    return [_record(document, calendar) for document in _DOCUMENTS]


def _record(document: _Document, calendar: StoryCalendar) -> Record:
    name = document.name.format(year=calendar.year(document.day))
    when = calendar.moment(document.day, "14:00:00")
    custodian = directory.CEDAR_VALLEY if document.source == CEDAR else directory.HARBOR_COUNSELING
    carrier = resource(
        document.source,
        "DocumentReference",
        document.name,
        security=document.sent,
        status="current",
        docStatus="final",
        type=concept(name, document.code),
        subject=subject(document.source),
        date=when,
        author=[reference(document.author)],
        custodian=reference(custodian),
        description=name,
        content=[{"attachment": pdf_attachment(name, document.lines, when)}],
    )
    return Record(
        name, "documents", document.source, carrier, frozenset(document.topics), document.level
    )
