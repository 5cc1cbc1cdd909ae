"""Exports as systems write them, put into folders; and what an import made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from fhir_rs.db import reading
from fhir_rs.importing.importer import ImportReport, import_paths
from fhir_rs.models.reference_conditions import REFERENCES
from fhir_rs.models.visibility import RESOURCE

HIV = "86406008"
HIV_BIT, PSY_BIT = 1 << 4, 1 << 2
Resource = dict[str, Any]


def patient(id_: str = "p", family: str = "Nord", **more: Any) -> Resource:
    return {"resourceType": "Patient", "id": id_, "name": [{"family": family}]} | more


def identified(system: str, value: str) -> dict[str, Any]:
    return {"identifier": [{"system": system, "value": value}]}


def observation(id_: str, subject: Any = "Patient/p", **more: Any) -> Resource:
    made = {"resourceType": "Observation", "id": id_, "status": "final", "code": {"text": "Weight"}}
    return made | {"subject": link(subject)} | more


def condition(id_: str, code: str = HIV, subject: Any = "Patient/p", **more: Any) -> Resource:
    coding = [{"system": "http://snomed.info/sct", "code": code}]
    made = {"resourceType": "Condition", "id": id_, "code": {"coding": coding}}
    return made | {"subject": link(subject)} | more


def medicine(id_: str, reason: Any, subject: Any = "Patient/p", **more: Any) -> Resource:
    made = {"resourceType": "MedicationRequest", "id": id_, "status": "active", "intent": "order"}
    made |= {"medicationCodeableConcept": {"text": "multivitamin"}}
    return made | {"subject": link(subject), "reasonReference": [link(reason)]} | more


def link(written: Any) -> dict[str, Any]:
    return {"reference": written} if isinstance(written, str) else written


def without_id(resource: Resource) -> Resource:
    return {name: value for name, value in resource.items() if name != "id"}


def entry(resource: Resource | None, full_url: str | None = None, **more: Any) -> dict[str, Any]:
    made = {} if full_url is None else {"fullUrl": full_url}
    return made | ({} if resource is None else {"resource": resource}) | more


def bundle(entries: Iterable[dict[str, Any]], type_: str = "collection") -> Resource:
    return {"resourceType": "Bundle", "type": type_, "entry": list(entries)}


def collection(*resources: Resource) -> Resource:
    return bundle(entry(resource) for resource in resources)


def ndjson(*resources: Resource) -> str:
    return "".join(json.dumps(resource) + "\n" for resource in resources)


def write(folder: Path, **files: Any) -> Path:
    """Files by name, `__` for a dot; text as it is, anything else as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


@dataclass(frozen=True)
class Held:
    """What the database holds after an import."""

    rows: dict[tuple[str, str], Any]

    def of(self, record: str) -> dict[str, Any]:
        """Address -> row, of one record."""
        return {address: row for (rec, address), row in self.rows.items() if rec == record}

    def one(self, address: str) -> Any:
        """The only resource of this address, in whatever record."""
        [row] = [row for (_, at), row in self.rows.items() if at == address]
        return row

    def body(self, address: str) -> Resource:
        found: Resource = json.loads(self.one(address).body)
        return found


def run(engine: Engine, *paths: Path, **options: Any) -> ImportReport:
    return import_paths(engine, paths, progress=lambda done, file: None, **options)


def held(engine: Engine) -> Held:
    with reading(engine) as connection:
        found = connection.execute(select(RESOURCE)).all()
    return Held({(row.record, row.address): row for row in found})


def referring(engine: Engine, param: str, target: str) -> set[str]:
    """Addresses of what a search by a reference finds."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(RESOURCE.c.address)
            .join(
                REFERENCES,
                (REFERENCES.c.record == RESOURCE.c.record)
                & (REFERENCES.c.resource == RESOURCE.c.pk),
            )
            .where(REFERENCES.c.param == param, REFERENCES.c.target == target)
        )
        return set(rows.scalars())


def record_of(report: ImportReport, name: str) -> str:
    """The id of the one record that bears a name."""
    [found] = [r.record for r in report.records if name in r.patient_name]
    return found
