"""The text of every table of `data/r4/`, made from HL7's packages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from fhir_rs.definitions import dates, search_parameters, shapes, structures, value_sets

TABLES = Path(__file__).resolve().parents[1] / "data" / "r4"


def compartment(file: Path) -> dict[str, list[str]]:
    """The Patient compartment: resource type -> search parameters that put it there, if any."""
    rows = json.loads(file.read_text(encoding="utf-8"))["resource"]
    return {row["code"]: row.get("param", []) for row in rows}


def rendered(table: dict[str, Any]) -> str:
    """A table as JSON, one row a line, so that a change of HL7's can be read as a diff."""
    rows = (f"{json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(table.items()))
    return "{\n" + ",\n".join(rows) + "\n}\n"


def tables(jar: Path, patient_compartment: Path) -> dict[str, str]:
    """The text of every table, by the name of its file."""
    with ZipFile(jar) as package:
        definitions = list(structures.definitions(package))
        members = shapes.shapes(definitions)
        searched = search_parameters.parameters(package, members)
        made: dict[str, dict[str, Any]] = {
            "elements": members,
            "patient_compartment": compartment(patient_compartment),
            "search_parameters": searched,
            "dates": dates.dates(definitions, searched),
            "profiles": structures.profiles(package),
            "required_codes": value_sets.required_codes(package, definitions),
        }
    return {f"{name}.json": rendered(table) for name, table in made.items()}
