"""Alice's records in three sources, small: enough of each kind to fill a chart."""

from __future__ import annotations

import base64
import itertools
import math
from datetime import date, timedelta
from typing import Any

LOINC = "http://loinc.org"
_ids = itertools.count(1)
Entry = tuple[str, dict[str, Any]]


def code(words: str, value: str = "", system: str = LOINC) -> dict[str, Any]:
    coded: dict[str, Any] = {"text": words}
    if value:
        coded["coding"] = [{"system": system, "code": value, "display": words}]
    return coded


def made(kind: str, type_: str, **members: Any) -> Entry:
    return kind, {"resourceType": type_, "id": f"r{next(_ids)}", **members}


def patient(name: str = "Alice Moreno", born: str = "1979-03-14") -> dict[str, Any]:
    given, family = name.split()
    named = [{"use": "official", "given": [given], "family": family}]
    return {"resourceType": "Patient", "id": "p1", "name": named, "birthDate": born}


def measured(kind: str, words: str, loinc: str, value: float, unit: str, on: str) -> Entry:
    category = "vital-signs" if kind == "vitals" else "laboratory"
    return made(
        kind,
        "Observation",
        status="final",
        category=[{"coding": [{"code": category}]}],
        code=code(words, loinc),
        effectiveDateTime=on,
        valueQuantity={"value": value, "unit": unit},
    )


def blood_pressure(top: float, bottom: float, on: str) -> Entry:
    parts = [("Systolic", "8480-6", top), ("Diastolic", "8462-4", bottom)]
    return made(
        "vitals",
        "Observation",
        status="final",
        category=[{"coding": [{"code": "vital-signs"}]}],
        code=code("Blood pressure", "85354-9"),
        effectiveDateTime=on,
        component=[
            {"code": code(n, c), "valueQuantity": {"value": v, "unit": "mmHg"}} for n, c, v in parts
        ],
    )


def home() -> list[Entry]:
    first, found = date(2026, 5, 25), []
    for week in range(26):
        on = (first + timedelta(weeks=week)).isoformat()
        found.append(
            blood_pressure(
                round(148 - 0.55 * week + 4 * math.sin(week * 1.3)),
                round(93 - 0.35 * week + 3 * math.sin(week)),
                on,
            )
        )
        found.append(
            measured("vitals", "Body weight", "29463-7", round(92.4 - 0.14 * week, 1), "kg", on)
        )
        found.append(measured("vitals", "Heart rate", "8867-4", 72 + week % 5, "/min", on))
    return found


def clinic() -> list[Entry]:
    found: list[Entry] = [("about", {**patient(), "id": "alice"})]
    for words, since in (
        ("Type 2 diabetes", "2019-04-02"),
        ("High blood pressure", "2018-09-11"),
        ("High cholesterol", "2020-02-20"),
    ):
        found.append(
            made(
                "conditions",
                "Condition",
                code=code(words, "1", "http://snomed.info/sct"),
                clinicalStatus={"coding": [{"code": "active"}]},
                onsetDateTime=since,
            )
        )
    for words in ("Metformin 1000 mg", "Empagliflozin 10 mg", "Lisinopril 20 mg"):
        found.append(
            made(
                "medicines",
                "MedicationRequest",
                status="active",
                medicationCodeableConcept=code(words),
                authoredOn="2026-09-01",
                dosageInstruction=[{"text": "One tablet in the morning"}],
            )
        )
    found.append(
        made(
            "allergies",
            "AllergyIntolerance",
            code=code("Latex"),
            reaction=[{"manifestation": [code("Rash")], "severity": "mild"}],
            recordedDate="2011-10-03",
        )
    )
    found.append(
        made(
            "allergies",
            "AllergyIntolerance",
            code=code("Penicillin"),
            criticality="high",
            reaction=[{"manifestation": [code("Anaphylaxis")], "severity": "severe"}],
            recordedDate="1998-05-01",
        )
    )
    for month, value in enumerate((9.1, 8.4, 8.0, 7.6, 7.4, 7.1, 6.9, 6.8)):
        on = (date(2025, 1, 15) + timedelta(days=91 * month)).isoformat()
        found.append(measured("results", "HbA1c", "4548-4", value, "%", on))
    found.append(
        made(
            "results",
            "DiagnosticReport",
            status="final",
            code=code("Cholesterol panel"),
            conclusion="Within range",
            effectiveDateTime="2026-06-01",
        )
    )
    found += _papers()
    return found


def _papers() -> list[Entry]:
    words = base64.b64encode(b"Seen today.\nBlood pressure is better.").decode()
    pdf = base64.b64encode(b"%PDF-1.4 made up").decode()
    return [
        made(
            "visits",
            "Encounter",
            status="finished",
            type=[code("Diabetes visit")],
            period={"start": "2026-03-12"},
        ),
        made(
            "visits",
            "DocumentReference",
            status="current",
            category=[{"coding": [{"code": "clinical-note"}]}],
            description="Progress note",
            date="2026-03-12T09:00:00Z",
            content=[{"attachment": {"contentType": "text/plain", "data": words}}],
        ),
        made(
            "documents",
            "DocumentReference",
            status="current",
            description="Eye clinic letter",
            date="2026-04-02T09:00:00Z",
            content=[{"attachment": {"contentType": "application/pdf", "data": pdf}}],
        ),
        made(
            "vaccines",
            "Immunization",
            status="completed",
            vaccineCode=code("Flu 2026"),
            occurrenceDateTime="2026-10-01",
        ),
        made(
            "procedures",
            "Procedure",
            status="completed",
            code=code("Eye photo"),
            performedDateTime="2026-04-02",
        ),
    ]


def counselor() -> list[Entry]:
    return [
        made(
            "medicines",
            "MedicationRequest",
            status="active",
            medicationCodeableConcept=code("Vitamin D"),
            authoredOn="2026-08-12",
        )
    ]
