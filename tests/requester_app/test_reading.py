"""Reading FHIR R4 into rows, series and notices: pure."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from heart_reading.dates import spoken, when
from heart_reading.documents import attachments, content
from heart_reading.entry import kind_of
from heart_reading.file_names import file_name
from heart_reading.names import person_name, reference
from heart_reading.quantities import amount
from heart_reading.series import group
from heart_reading.words import concept
from heart_uma.kinds import DIRECTORY_TYPES
from heart_uma.outcomes import Told
from requester_app.reading.bundle import read_source
from requester_app.reading.chart import build
from requester_app.reading.notice import Notice, whole_notice
from tests.requester_app import alice
from tests.requester_app.fakes import suppressed

BASE = "https://rs.example/r/a"


def bundle(*resources: dict[str, Any], mode: str = "match") -> dict[str, Any]:
    entries = [{"resource": r, "search": {"mode": mode}} for r in resources]
    return {"resourceType": "Bundle", "entry": entries}


def rows(kind: str, *resources: dict[str, Any]) -> list[tuple[str, ...]]:
    chart = build([read_source(BASE, "Cedar", [bundle(*resources)])])
    section = next(s for s in chart.sections if s.kind == kind)
    return [row.cells for row in section.rows]


def test_words_of_datatypes() -> None:
    assert spoken("1979-03-14") == "14 Mar 1979" and spoken("1979") == "1979"
    assert spoken("1979-13-14") == "" and spoken("") == ""
    assert concept({"coding": [{"code": "x"}, {"display": "Shown"}]}) == "Shown"
    assert concept([{"text": " two\nlines "}]) == "two lines" and concept("text") == ""
    assert amount({"value": 5, "comparator": "<", "unit": "mg"}) == "<5 mg"
    assert amount({"value": True}) == "" and amount(None) == ""
    assert when({"period": {"start": "2020-01-01"}}, "date", "period") == "2020-01-01"
    names = [{"given": ["Al"]}, {"use": "official", "given": ["Alice"], "family": "Moreno"}]
    assert person_name(names) == "Alice Moreno"


def test_references_are_read_from_what_came_along() -> None:
    known = {"Practitioner/1": {"name": [{"text": "Dr. Bob Chen"}]}}
    assert reference({"reference": "https://x/Practitioner/1"}, known) == "Dr. Bob Chen"
    assert reference({"reference": "Practitioner/2"}, known) == ""
    inside = {"contained": [{"id": "m", "code": {"text": "Metformin"}}]}
    assert reference({"reference": "#m"}, {}, inside) == "Metformin"


def test_a_medicine_known_only_by_reference_has_a_name() -> None:
    medicine = {"resourceType": "Medication", "id": "m1", "code": {"text": "Apixaban"}}
    request = {
        "resourceType": "MedicationRequest",
        "id": "1",
        "status": "active",
        "medicationReference": {"reference": "Medication/m1"},
    }
    source = read_source(BASE, "C", [bundle(request), bundle(medicine, mode="include")])
    chart = build([source])
    assert chart.total == 1 and chart.sections[0].rows[0].cells[0] == "Apixaban"


def test_includes_and_notices_are_not_counted() -> None:
    entries = bundle(alice.patient(), mode="include")
    source = read_source(BASE, "C", [entries, bundle(suppressed(["visits"]), mode="outcome")])
    chart = build([source])
    assert chart.total == 0 and chart.people == (("Alice Moreno", "1979-03-14"),)
    assert chart.notice == Notice(frozenset({"visits"}))
    # Of what is not shown it is not said that there is something.
    assert "visits" in chart.empty


def test_a_notice_without_kinds_is_neutral() -> None:
    source = read_source(BASE, "C", [bundle(suppressed([]), mode="outcome")])
    assert whole_notice([source.notice]) == Notice()
    other = {"resourceType": "OperationOutcome", "issue": [{"code": "informational"}]}
    assert read_source(BASE, "C", [bundle(other)]).notice == Notice()


def test_what_several_sources_tell_is_told_once_and_of_the_kinds_that_are_read() -> None:
    condition = {"resourceType": "Condition", "id": "1", "code": {"text": "Gout"}}
    note = suppressed(["conditions"], "Ask me")
    sources = [
        read_source(BASE, "C", [bundle(condition), bundle(note, mode="outcome")]),
        read_source(BASE, "D", [bundle(note)], Told(("medicines",), ("conditions", "bills"))),
    ]
    chart = build(sources)
    assert chart.notice.incomplete == {"conditions", "medicines"}
    assert chart.notice.other_places == {"conditions", "bills"}
    assert chart.notice.notes == ("Ask me",)
    assert [(s.incomplete, s.other_places) for s in chart.sections] == [(True, True)]
    one = build(sources, ["medicines"])
    assert (one.notice.incomplete, one.notice.other_places) == ({"medicines"}, frozenset())


def test_an_entry_in_error_is_marked_and_not_drawn() -> None:
    readings = [
        alice.measured("vitals", "Weight", "29463-7", v, "kg", f"2026-01-0{v}") for v in (1, 2, 3)
    ]
    readings[1][1]["status"] = "entered-in-error"
    source = read_source(BASE, "C", [bundle(*(r for _, r in readings))])
    figures, rest = group(source.entries)
    assert len(figures[0].lines[0][1]) == 2 and len(figures[0].rows) == 3 and not rest
    assert "entered in error" in figures[0].rows[1][1]
    wrong = {"resourceType": "Condition", "id": "1", "code": {"text": "Gout"}}
    wrong["verificationStatus"] = {"coding": [{"code": "entered-in-error"}]}
    chart = build([read_source(BASE, "C", [bundle(wrong)])])
    assert chart.sections[0].rows[0].tag == ("Entered in error", "danger")


def test_other_units_stay_in_the_table_and_out_of_the_line() -> None:
    readings = [
        alice.measured("vitals", "Weight", "29463-7", v, "kg", f"2026-01-0{v}") for v in (1, 2, 3)
    ]
    readings[0][1]["valueQuantity"]["unit"] = "lb"
    figures, _ = group(read_source(BASE, "C", [bundle(*(r for _, r in readings))]).entries)
    assert (
        len(figures[0].lines[0][1]) == 2 and "1 of them are in the table only" in figures[0].summary
    )


def test_a_long_pause_is_a_gap() -> None:
    days = [date(2026, 1, 1) + timedelta(weeks=w) for w in (0, 1, 2, 20, 21)]
    readings = [
        alice.measured("vitals", "Weight", "29463-7", 90, "kg", d.isoformat()) for d in days
    ]
    figures, _ = group(read_source(BASE, "C", [bundle(*(r for _, r in readings))]).entries)
    assert figures[0].gap == timedelta(days=21)


def test_the_range_of_the_source_is_drawn_in_place_of_a_common_goal() -> None:
    readings = [r for _, r in alice.clinic() if r.get("code", {}).get("text") == "HbA1c"]
    readings[-1]["referenceRange"] = [{"low": {"value": 4}, "high": {"value": 5.6}}]
    figures, _ = group(read_source(BASE, "C", [bundle(*readings)]).entries)
    assert figures[0].band == (4.0, 5.6, "Usual range: 4 to 5.6")


def test_a_number_keeps_the_decimals_of_those_beside_it() -> None:
    measured = [("2026-01-01", 9.1), ("2026-02-01", 8.0), ("2026-03-01", 7)]
    found = [alice.measured("results", "HbA1c", "4548-4", v, "%", on) for on, v in measured]
    figures, _ = group(read_source(BASE, "C", [bundle(*(r for _, r in found))]).entries)
    assert [row[1] for row in figures[0].rows] == ["7.0 %", "8.0 %", "9.1 %"]
    assert "HbA1c 7.0 to 9.1, last 7.0 %." in figures[0].summary


def test_severe_and_high_risk_allergies_come_first() -> None:
    found = rows(
        "allergies",
        {"resourceType": "AllergyIntolerance", "id": "1", "code": {"text": "Latex"}},
        {
            "resourceType": "AllergyIntolerance",
            "id": "2",
            "code": {"text": "Nuts"},
            "criticality": "high",
        },
        {
            "resourceType": "AllergyIntolerance",
            "id": "3",
            "code": {"text": "Wasps"},
            "reaction": [{"severity": "moderate"}],
        },
    )
    assert [row[0] for row in found] == ["Nuts", "Wasps", "Latex"]
    assert [row[2] for row in found] == ["", "Moderate", ""]


def test_what_is_severe_is_said_once_and_codes_are_words() -> None:
    nuts = {"resourceType": "AllergyIntolerance", "id": "1", "code": {"text": "Nuts"}}
    severe = rows("allergies", nuts | {"reaction": [{"severity": "severe"}], "criticality": "high"})
    assert "Severe" not in severe[0] and severe[0][2] == "High risk"
    visit = {"resourceType": "Encounter", "id": "2", "status": "in-progress"}
    assert rows("visits", visit)[0][2] == "In progress"


def test_attachments() -> None:
    resource = {
        "resourceType": "DocumentReference",
        "id": "a/../b",
        "content": [
            {"attachment": {"contentType": "text/plain", "data": "aGk="}},
            {"attachment": {"contentType": "text/html\r\nX: y", "data": "!!"}},
            {"attachment": {"contentType": "application/pdf", "url": "Binary/1"}},
            {"attachment": "text"},
        ],
    }
    found = attachments(resource)
    assert [a.shown for a in found] == ["hi", "", ""]
    assert content(resource, 1) == ("application/octet-stream", None, "")
    assert content(resource, 2) == ("application/pdf", None, "Binary/1")
    assert content(resource, 3) is None and content(resource, 9) is None
    assert file_name(resource, 2, "application/pdf") == "document-3.pdf"


def test_every_record_of_real_data_is_one_row(fhir_data: Path) -> None:
    files = [path for path in sorted(fhir_data.rglob("*.json")) if path.stat().st_size < 3_000_000]
    resources = []
    for path in files[::2]:
        try:
            document = json.loads(path.read_bytes())
        except ValueError:
            continue
        if isinstance(document, dict) and document.get("resourceType") == "Bundle":
            resources += [e.get("resource") for e in document.get("entry", [])]
        else:
            resources.append(document)
    given = [
        r
        for r in resources
        if isinstance(r, dict) and r.get("resourceType") not in (None, "OperationOutcome")
    ]
    chart = build([read_source(BASE, "C", [bundle(*given)])])
    assert chart.total == len(given) > 1000
    shown = Counter(
        {s.kind: len(s.rows) + sum(len(f.rows) for f in s.figures) for s in chart.sections}
    )
    assert shown == {s.kind: s.count for s in chart.sections}
    kinds = Counter("other" if r["resourceType"] in DIRECTORY_TYPES else kind_of(r) for r in given)
    assert shown == kinds
    assert all(row.cells[0] for s in chart.sections for row in s.rows)


@pytest.mark.parametrize(
    "broken",
    [
        {"resourceType": "Observation", "code": 5, "category": "x", "component": [1, {"code": []}]},
        {"resourceType": "Observation", "valueQuantity": [], "referenceRange": [{"low": 3}]},
        {"resourceType": "Patient", "name": "Alice", "address": [{"line": "x"}], "telecom": 1},
        {"resourceType": "AllergyIntolerance", "reaction": [{"severity": []}], "criticality": []},
        {"resourceType": "Encounter", "class": [], "participant": [{"individual": 1}]},
        {"resourceType": "MedicationRequest", "dosageInstruction": {"text": []}},
        {"resourceType": "Claim", "total": [5], "type": None},
        {"resourceType": "DiagnosticReport", "presentedForm": [7], "effectivePeriod": []},
        {"resourceType": "Specimen", "collection": []},
        {"resourceType": ["x"], "id": {}},
    ],
)
def test_broken_records_are_rows_too(broken: dict[str, Any]) -> None:
    chart = build([read_source(BASE, "C", [bundle(broken)])])
    assert chart.total == 1 and sum(section.count for section in chart.sections) == 1


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ({"description": "Eye clinic letter", "date": "2026-04-02T09:00:00Z"},
         "Eye-clinic-letter-2026-04-02.pdf"),
        ({"type": {"text": "../..; \r\nBrief \u202egnp"}, "date": "soon"}, "Brief-gnp.pdf"),
        ({"id": "9d1c-secret", "date": "2026"}, "document-2026.pdf"),
        ({"description": "x" * 200}, "x" * 60 + ".pdf"),
    ],
)  # fmt: skip
def test_a_download_is_called_what_the_page_calls_it(resource: dict[str, Any], name: str) -> None:
    resource = {**resource, "resourceType": "DocumentReference", "content": [{"attachment": {}}]}
    assert file_name(resource, 0, "application/pdf") == name
