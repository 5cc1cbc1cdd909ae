"""HL7's SearchParameters by resource type: how each is compared, what it reads, where it leads."""

from __future__ import annotations

import json
import re
from typing import Any
from zipfile import ZipFile

from fhir_rs.definitions.expressions import paths
from fhir_rs.definitions.shapes import Shapes

_FILE = "org/hl7/fhir/r4/model/sp/search-parameters.json"
_DEFINITION = "http://hl7.org/fhir/SearchParameter/"
# What a parameter of each type can read. A Timing is no one date, and a name's sound is no text.
_READ = {
    "token": {"code", "CodeableConcept", "Coding", "Identifier", "ContactPoint", "boolean", "id",
              "string", "uri"},
    "string": {"string", "markdown", "HumanName", "Address"},
    "date": {"date", "dateTime", "instant", "Period"},
    "reference": {"Reference"},
    "uri": {"uri", "url", "canonical", "oid"},
    "quantity": {"Quantity", "Age", "Duration", "Count", "Distance", "Money", "SimpleQuantity"},
    "number": {"decimal", "integer", "positiveInt", "unsignedInt"},
}  # fmt: skip
_BY_SOUND = frozenset({"phonetic"})
_CANONICAL = {"canonical", "uri"}


def _targets(written: list[str], found: list[str], known: set[str]) -> list[str]:
    """The types a reference may lead to: those of its paths, where each names one; `*`: any."""
    narrowed = [re.search(r"\[([A-Z][A-Za-z]+)\]", path) for path in found]
    if narrowed and all(narrowed):
        return sorted({each[1] for each in narrowed if each})
    return ["*"] if len(written) > len(known) // 2 else sorted(written)


def parameters(package: ZipFile, shapes: Shapes) -> dict[str, dict[str, Any]]:
    """Resource type -> search parameter -> its type, definition, paths and targets."""
    known = {name for name in shapes if "." not in name and "implicitRules" in shapes[name]}
    table: dict[str, dict[str, Any]] = {}
    for entry in json.loads(package.read(_FILE))["entry"]:
        written = entry["resource"]
        name, kind, read = written["code"], written["type"], _READ.get(written["type"])
        if read is None or name in _BY_SOUND:
            continue
        for type_ in sorted(known.intersection(written["base"])):
            expression = written.get("expression", "")
            row = {"type": kind, "definition": written["url"].removeprefix(_DEFINITION)}
            found = paths(shapes, type_, expression, read)
            if kind == "reference" and not found:
                # A reference by its canonical address is an address, and compared as one.
                found, row["as"] = paths(shapes, type_, expression, _CANONICAL), "uri"
            elif kind == "reference":
                row["targets"] = _targets(written.get("target", []), found, known)
            if found:
                table.setdefault(type_, {})[name] = {**row, "paths": found}
    return {type_: dict(sorted(rows.items())) for type_, rows in table.items()}
