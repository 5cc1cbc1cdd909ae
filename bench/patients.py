"""Made-up records to measure with: one patient of many observations, and many of the demo's."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from demo.records.elements import CEDAR, LOINC, coding, concept, hl7, quantity, resource
from demo.records.sources import bundle

OBSERVATIONS = 1000
"""Per patient; one in ten carries a label that the reader may not see."""
_TESTS = (
    coding(LOINC, "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood"),
    coding(LOINC, "2345-7", "Glucose [Mass/volume] in Serum or Plasma"),
    coding(LOINC, "2160-0", "Creatinine [Mass/volume] in Serum or Plasma"),
    coding(LOINC, "718-7", "Hemoglobin [Mass/volume] in Blood"),
)


def observation_ids(patient: int = 0, count: int = OBSERVATIONS) -> list[str]:
    """The ids of a patient's observations that carry no label."""
    names = (_name(patient, number) for number in range(count) if not _labelled(number))
    return [str(resource(CEDAR, "Observation", name)["id"]) for name in names]


def _labelled(number: int) -> bool:
    return number % 10 == 9


def _name(patient: int, number: int) -> str:
    return f"bench-{patient}-{number}" if patient else f"bench-{number}"


def write_measured_patient(path: Path, patient: int = 0, count: int = OBSERVATIONS) -> None:
    """A collection Bundle: a patient and her observations."""
    person = resource(
        CEDAR,
        "Patient",
        f"bench-patient-{patient}" if patient else "bench-patient",
        name=[{"family": "Moreno", "given": ["Alice"]}],
        gender="female",
        birthDate="1971-03-09",
    )
    entries = [
        person,
        *(_observation(patient, number, str(person["id"])) for number in range(count)),
    ]
    _write(path, entries)


def _observation(patient: int, number: int, subject: str) -> dict[str, Any]:
    test = _TESTS[number % len(_TESTS)]
    when = date(2026, 1, 1) - timedelta(days=number)
    return resource(
        CEDAR,
        "Observation",
        _name(patient, number),
        security=("PSY",) if _labelled(number) else (),
        status="final",
        category=[hl7("observation-category", "laboratory", "Laboratory")],
        code=concept(str(test["display"]), test),
        subject={"reference": f"Patient/{subject}"},
        effectiveDateTime=f"{when.isoformat()}T08:30:00Z",
        issued=f"{when.isoformat()}T12:00:00Z",
        valueQuantity=quantity(round(4 + number % 70 / 10, 1), "%"),
        referenceRange=[{"low": quantity(4.0, "%"), "high": quantity(6.0, "%")}],
        interpretation=[hl7("v3-ObservationInterpretation", "N", "Normal")],
    )


def write_copies(folder: Path, copies: int) -> int:
    """`copies` patients, each with what Cedar Valley holds of Alice; how many resources that is."""
    found = json.dumps(bundle(CEDAR, date(2026, 1, 1)))
    ids = {entry["resource"]["id"] for entry in json.loads(found)["entry"]}
    for copy in range(copies):
        text = found
        for own in ids:
            text = text.replace(own, f"{own[:-6]}{copy:06}")
        (folder / f"patient-{copy:06}.json").write_text(text, "utf-8")
    return len(ids) * copies


def _write(path: Path, resources: list[dict[str, Any]]) -> None:
    entries = [{"resource": one} for one in resources]
    body = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    path.write_text(json.dumps(body, indent=1), "utf-8")
