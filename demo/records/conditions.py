"""Nine conditions (FHIR Condition): SNOMED CT with the ICD-10-CM code a bill would carry."""

from dataclasses import dataclass

from demo.records import directory
from demo.records.calendar import StoryCalendar
from demo.records.elements import (
    CEDAR,
    HARBOR,
    ICD10,
    SNOMED,
    Record,
    coding,
    concept,
    hl7,
    reference,
    resource,
)
from demo.records.patients import subject

_STATUS = {"active": "Active", "inactive": "Inactive", "remission": "Remission"}


@dataclass(frozen=True)
class _Fact:
    name: str
    onset: str
    snomed: tuple[str, str]
    icd10: tuple[str, str]
    source: str = CEDAR
    topic: str | None = None
    status: str = "active"
    sent: tuple[str, ...] = ()
    level: str = "rules"


_FACTS = (
    _Fact(
        "Type 2 diabetes",
        "2019-04-02",
        ("44054006", "Diabetes mellitus type 2 (disorder)"),
        ("E11.9", "Type 2 diabetes mellitus without complications"),
    ),
    _Fact(
        "High blood pressure",
        "2018-09-11",
        ("59621000", "Essential hypertension (disorder)"),
        ("I10", "Essential (primary) hypertension"),
    ),
    _Fact(
        "High cholesterol",
        "2020-02-20",
        ("13644009", "Hypercholesterolemia (disorder)"),
        ("E78.00", "Pure hypercholesterolemia, unspecified"),
    ),
    _Fact(
        "Mild diabetic eye disease",
        "2024-11-05",
        ("312903003", "Mild nonproliferative retinopathy due to diabetes mellitus (disorder)"),
        (
            "E11.3293",
            "Type 2 diabetes mellitus with mild nonproliferative diabetic retinopathy "
            "without macular edema, bilateral",
        ),
    ),
    _Fact(
        "Obesity",
        "2019-04-02",
        ("414916001", "Obesity (disorder)"),
        ("E66.9", "Obesity, unspecified"),
    ),
    _Fact(
        "Alcohol use disorder, in remission",
        "2017-06-14",
        ("7200002", "Alcoholism (disorder)"),
        ("F10.21", "Alcohol dependence, in remission"),
        source=HARBOR,
        topic="ETH",
        status="remission",
    ),
    _Fact(
        "Major depression",
        "2017-07-01",
        ("370143000", "Major depressive disorder (disorder)"),
        ("F33.1", "Major depressive disorder, recurrent, moderate"),
        source=HARBOR,
        topic="PSY",
    ),
    _Fact(
        "BRCA2 gene change",
        "2022-03-18",
        ("412738007", "BRCA2 gene mutation positive (finding)"),
        ("Z15.01", "Genetic susceptibility to malignant neoplasm of breast"),
        topic="GDIS",
    ),
    _Fact(
        "History of partner violence",
        "2016-02-09",
        ("706893006", "Victim of intimate partner abuse (finding)"),
        ("Z91.410", "Personal history of adult physical and sexual abuse"),
        topic="SDV",
        status="inactive",
        sent=("SDV",),
        level="hidden",
    ),
)


def conditions(calendar: StoryCalendar) -> list[Record]:
    return [_record(fact, calendar) for fact in _FACTS]


def _record(fact: _Fact, calendar: StoryCalendar) -> Record:
    author = directory.BOB_CHEN if fact.source == CEDAR else directory.DANA_FOX
    condition = resource(
        fact.source,
        "Condition",
        fact.name,
        security=fact.sent,
        clinicalStatus=hl7("condition-clinical", fact.status, _STATUS[fact.status]),
        verificationStatus=hl7("condition-ver-status", "confirmed", "Confirmed"),
        category=[hl7("condition-category", "problem-list-item", "Problem List Item")],
        code=concept(fact.name, coding(SNOMED, *fact.snomed), coding(ICD10, *fact.icd10)),
        subject=subject(fact.source),
        onsetDateTime=calendar.day(fact.onset),
        recordedDate=calendar.day(fact.onset),
        recorder=reference(author),
    )
    topics = frozenset([fact.topic]) if fact.topic else frozenset[str]()
    return Record(fact.name, "conditions", fact.source, condition, topics, fact.level)
