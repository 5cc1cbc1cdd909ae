"""Alice's 169 records: names, kinds, labels, references and codes, against the written story."""

from __future__ import annotations

import base64
import math
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from demo.records.calendar import WRITTEN_FOR
from demo.records.elements import CEDAR, HARBOR, HOME, LOINC, SNOMED
from demo.records.sources import SOURCES, bundle, records, resources
from heart_uma.kinds import DIRECTORY_TYPES, kinds_of_type
from heart_uma.labels import mask_of, topics_of

WEEKS = range(26)
STORY: list[tuple[str, str, str, set[str], str]] = [
    ("about", "Name, birth date, contact details", CEDAR, set(), "rules"),
    ("conditions", "Type 2 diabetes", CEDAR, set(), "rules"),
    ("conditions", "High blood pressure", CEDAR, set(), "rules"),
    ("conditions", "High cholesterol", CEDAR, set(), "rules"),
    ("conditions", "Mild diabetic eye disease", CEDAR, set(), "rules"),
    ("conditions", "Obesity", CEDAR, set(), "rules"),
    ("conditions", "Alcohol use disorder, in remission", HARBOR, {"ETH"}, "rules"),
    ("conditions", "Major depression", HARBOR, {"PSY"}, "rules"),
    ("conditions", "BRCA2 gene change", CEDAR, {"GDIS"}, "rules"),
    ("conditions", "History of partner violence", CEDAR, {"SDV"}, "hidden"),
    ("medicines", "Metformin 1000 mg", CEDAR, set(), "rules"),
    ("medicines", "Empagliflozin 10 mg", CEDAR, set(), "rules"),
    ("medicines", "Lisinopril 20 mg", CEDAR, set(), "rules"),
    ("medicines", "Amlodipine 5 mg", CEDAR, set(), "rules"),
    ("medicines", "Atorvastatin 40 mg", CEDAR, set(), "rules"),
    ("medicines", "Glucose test strips", CEDAR, set(), "rules"),
    ("medicines", "Naltrexone 50 mg (stopped 2020)", CEDAR, set(), "rules"),
    ("medicines", "Sertraline 100 mg", HARBOR, {"PSY"}, "rules"),
    ("allergies", "Penicillin: severe reaction", CEDAR, set(), "rules"),
    ("allergies", "Latex: rash", CEDAR, set(), "rules"),
    *[
        ("results", f"HbA1c {value} %", CEDAR, set[str](), "rules")
        for value in (9.1, 8.4, 8.0, 7.6, 7.4, 7.1, 6.9, 6.8)
    ],
    *[("results", f"eGFR {value}", CEDAR, set[str](), "rules") for value in (84, 82, 83, 81)],
    ("results", "Cholesterol panel", CEDAR, set(), "rules"),
    ("results", "Cholesterol panel", CEDAR, set(), "rules"),
    ("results", "Urine albumin", CEDAR, set(), "rules"),
    ("results", "Urine albumin", CEDAR, set(), "rules"),
    ("results", "BRCA gene panel", CEDAR, {"GDIS"}, "rules"),
    ("results", "PEth alcohol marker", HARBOR, {"ETH"}, "rules"),
    *[
        ("vitals", name, HOME, set[str](), "rules")
        for i in WEEKS
        for name in (
            f"Blood pressure {round(148 - 0.72 * i + 4 * math.sin(i * 1.3))}"
            f"/{round(93 - 0.42 * i + 3 * math.sin(i * 1.1))}",
            f"Weight {round(92.4 - 0.14 * i, 1)} kg",
            f"Pulse {72 + round(5 * math.sin(i))}",
            f"Fasting glucose {round(146 - 1.1 * i + 6 * math.sin(i))}",
        )
    ],
    ("vaccines", "Flu 2024", CEDAR, set(), "rules"),
    ("vaccines", "Flu 2025", CEDAR, set(), "rules"),
    ("vaccines", "COVID-19 2024", CEDAR, set(), "rules"),
    ("vaccines", "Tdap", CEDAR, set(), "rules"),
    ("vaccines", "Hepatitis B", CEDAR, set(), "rules"),
    ("vaccines", "Pneumococcal", CEDAR, set(), "rules"),
    ("visits", "Yearly check-up", CEDAR, set(), "rules"),
    ("visits", "Blood pressure visit", CEDAR, set(), "rules"),
    ("visits", "Diabetes visit", CEDAR, set(), "rules"),
    ("visits", "Diabetes visit", CEDAR, set(), "rules"),
    ("visits", "Endocrine first visit", CEDAR, set(), "rules"),
    ("visits", "Endocrine follow-up", CEDAR, set(), "rules"),
    ("visits", "Eye exam", CEDAR, set(), "rules"),
    ("visits", "Emergency visit: dizziness", CEDAR, set(), "rules"),
    ("visits", "Therapy note 1", HARBOR, {"PSY"}, "rules"),
    ("visits", "Therapy note 2", HARBOR, {"PSY"}, "rules"),
    ("visits", "Therapy note 3", HARBOR, {"PSY"}, "rules"),
    ("procedures", "Colonoscopy", CEDAR, set(), "rules"),
    ("procedures", "Eye photo", CEDAR, set(), "rules"),
    ("procedures", "Breast MRI (gene-risk screening)", CEDAR, {"GDIS"}, "rules"),
    ("documents", "Emergency discharge letter", CEDAR, set(), "rules"),
    ("documents", "Eye clinic letter", CEDAR, set(), "rules"),
    ("documents", "Advance directive", CEDAR, set(), "rules"),
    ("documents", "Lab report 2025", CEDAR, set(), "rules"),
    ("documents", "Genetic test report (PDF)", CEDAR, {"GDIS"}, "rules"),
    ("documents", "Treatment plan (PDF)", HARBOR, {"ETH", "PSY"}, "rules"),
    ("documents", "Safety plan (PDF)", CEDAR, {"SDV"}, "hidden"),
]
COUNTS = {
    "about": 1,
    "conditions": 9,
    "medicines": 8,
    "allergies": 2,
    "results": 18,
    "vitals": 104,
    "vaccines": 6,
    "visits": 11,
    "procedures": 3,
    "documents": 7,
}


def test_the_records_are_the_story() -> None:
    found = [(r.kind, r.name, r.source, set(r.topics), r.level) for r in records(WRITTEN_FOR)]
    assert found == STORY
    assert Counter(kind for kind, *_ in found) == COUNTS


def test_kinds_agree_with_the_types_that_can_hold_them() -> None:
    for record in records(WRITTEN_FOR):
        assert record.kind in kinds_of_type(record.resource["resourceType"])
        categories = str(record.resource.get("category"))
        assert ("vital-signs" in categories) == (record.kind == "vitals")
        if record.resource["resourceType"] == "DocumentReference":
            assert ("clinical-note" in categories) == (record.kind == "visits")


@pytest.mark.parametrize("today", [WRITTEN_FOR, date(2026, 11, 25), date(2028, 2, 29)])
def test_ids_are_the_same_on_every_day_and_dates_never_lie_ahead(today: date) -> None:
    for source in SOURCES:
        first, second = resources(source, WRITTEN_FOR), resources(source, today)
        assert [_address(r) for r in first] == [_address(r) for r in second]
        dates = re.findall(r"\b(\d{4}-\d\d-\d\d)", str(second))
        assert max(date.fromisoformat(d) for d in dates) <= today
    latest = max(str(r.resource["effectiveDateTime"]) for r in records(today) if r.source == HOME)
    assert today - date.fromisoformat(latest[:10]) < timedelta(days=14)


def test_every_reference_stays_inside_its_source() -> None:
    for source in SOURCES:
        held = resources(source, WRITTEN_FOR)
        addresses = {_address(r) for r in held}
        assert len(addresses) == len(held)
        assert {ref for r in held for ref in _references(r)} <= addresses


def test_no_unlabelled_record_points_at_a_labelled_one() -> None:
    """A reference would name what the label withholds."""
    labelled = {_address(r.resource) for r in records(WRITTEN_FOR) if r.topics}
    for record in records(WRITTEN_FOR):
        assert not labelled & set(_references(record.resource))


def test_copies_of_the_patient_are_not_counted() -> None:
    counted = [r for r in records(WRITTEN_FOR) if r.resource["resourceType"] == "Patient"]
    assert [r.source for r in counted] == [CEDAR]
    for source in SOURCES:
        held = Counter(r["resourceType"] for r in resources(source, WRITTEN_FOR))
        assert held["Patient"] == 1
        uncounted = sum(n for t, n in held.items() if t in DIRECTORY_TYPES)
        counted_here = sum(r.source == source for r in records(WRITTEN_FOR))
        assert sum(held.values()) - uncounted - (source != CEDAR) == counted_here


def test_what_a_source_labels_itself_agrees_with_the_story() -> None:
    for record in records(WRITTEN_FOR):
        security = record.resource["meta"].get("security", [])
        assert set(topics_of(mask_of(security))) <= record.topics
        assert bool(security) == any(c["code"] == "R" for c in security)


def test_the_old_medicine_is_words_only() -> None:
    entry = next(r.resource for r in records(WRITTEN_FOR) if r.name.startswith("Naltrexone"))
    assert entry["medicationCodeableConcept"] == {"text": "Revia, stopped 2020"}
    assert "naltrexone" not in str(entry).lower()
    assert "security" not in entry["meta"]


def test_attachments_are_what_they_say() -> None:
    for record in records(WRITTEN_FOR):
        for content in record.resource.get("content", []):
            attachment = content["attachment"]
            body = base64.b64decode(attachment["data"], validate=True)
            assert attachment["size"] == len(body)
            if attachment["contentType"] == "application/pdf":
                assert body.startswith(b"%PDF-1.4") and body.rstrip().endswith(b"%%EOF")
                _check_cross_references(body)
            else:
                assert body.decode()


def test_codes_carry_a_true_check_digit() -> None:
    for system, code in _codings(bundle(CEDAR, WRITTEN_FOR), bundle(HARBOR, WRITTEN_FOR)):
        if system == SNOMED:
            assert _verhoeff(code), code
        if system == LOINC:
            assert _mod10(code), code


def _check_cross_references(body: bytes) -> None:
    start = int(body.rsplit(b"startxref\n", 1)[1].split()[0])
    assert body[start:].startswith(b"xref")
    for number, entry in enumerate(re.findall(rb"(\d{10}) 00000 n", body), start=1):
        assert body[int(entry) :].startswith(b"%d 0 obj" % number)


def _address(resource: dict[str, Any]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _codings(*nodes: Any) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, dict):
            if isinstance(node.get("system"), str) and "display" in node:
                yield node["system"], node["code"]
            yield from _codings(*node.values())
        elif isinstance(node, list):
            yield from _codings(*node)


def _mod10(code: str) -> bool:
    number, check = code.split("-")
    total = 0
    for place, digit in enumerate(reversed(number)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return (10 - total % 10) % 10 == int(check)


def _verhoeff(code: str) -> bool:
    """Dihedral check of SNOMED CT identifiers, computed instead of tabled."""

    def times(a: int, b: int) -> int:
        if a < 5:
            return (a + b) % 5 if b < 5 else 5 + (a + b) % 5
        return 5 + (a - b) % 5 if b < 5 else (a - b) % 5

    step = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    check = 0
    for place, digit in enumerate(reversed(code)):
        value = int(digit)
        for _ in range(place % 8):
            value = step[value]
        check = times(check, value)
    return check == 0
