"""What the server says of each type that it serves (R4 CapabilityStatement.rest.resource)."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from fhir_rs.enforcement.resource_types import NOT_WRITTEN, RESOURCE_TYPES
from fhir_rs.enforcement.search_parameters import REFERENCE, parameters_of
from fhir_rs.enforcement.tables import profiles

_HL7 = "http://hl7.org/fhir/"
_COMMON = (("_id", "token", "Resource-id"), ("_lastUpdated", "date", "Resource-lastUpdated"))
_READS = ("read", "vread", "history-instance", "search-type")
_WRITES = ("create", "update")


@cache
def served_types() -> str:
    """A row a type as JSON, made once: it is long, the same for all, and anybody may ask for it."""
    return json.dumps([_row(type_) for type_ in sorted(RESOURCE_TYPES)], separators=(",", ":"))


def _row(type_: str) -> dict[str, Any]:
    written = type_ not in NOT_WRITTEN
    parameters = parameters_of(type_).values()
    row: dict[str, Any] = {
        "type": type_,
        "profile": f"{_HL7}StructureDefinition/{type_}",
        "supportedProfile": profiles().get(type_, []),
        "interaction": [{"code": c} for c in (*_READS, *(_WRITES if written else ()))],
        "versioning": "versioned",
        "readHistory": True,
        "updateCreate": False,
        "conditionalCreate": written,
        "searchInclude": [f"{type_}:{p.name}" for p in parameters if p.type == REFERENCE],
        "searchRevInclude": _referring().get(type_, []),
        "searchParam": [
            *(
                {"name": name, "definition": f"{_HL7}SearchParameter/{id_}", "type": kind}
                for name, kind, id_ in _COMMON
            ),
            *(
                {"name": p.name, "definition": p.definition, "type": p.published}
                for p in parameters
            ),
        ],
    }
    if type_ == "Patient":
        definition = f"{_HL7}OperationDefinition/Patient-everything"
        row["operation"] = [{"name": "everything", "definition": definition}]
    return {name: value for name, value in row.items() if value != []}


@cache
def _referring() -> dict[str, list[str]]:
    """Type -> what can refer to it, as `_revinclude` names it; not what can refer to anything."""
    found: dict[str, list[str]] = {}
    for source in sorted(RESOURCE_TYPES):
        for parameter in parameters_of(source).values():
            anything = len(parameter.targets) == len(RESOURCE_TYPES)
            for target in () if anything else parameter.targets:
                found.setdefault(target, []).append(f"{source}:{parameter.name}")
    return found
