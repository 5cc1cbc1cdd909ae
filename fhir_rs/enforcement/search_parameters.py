"""The search parameters this server offers, from HL7's own definitions of them (R4 search)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from fhir_rs.enforcement import tables
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES

TOKEN, REFERENCE, STRING, DATE, URI = "token", "reference", "string", "date", "uri"
_COMPARED = frozenset({TOKEN, REFERENCE, STRING, DATE, URI})
_EVERY_TYPE = tuple(sorted(RESOURCE_TYPES))
_DEFINITION = "http://hl7.org/fhir/SearchParameter/"


class Parameter(NamedTuple):
    """One search parameter, and how it is compared.

    `type` is how: a canonical reference is compared as the address that it is, and `published`
    what R4 calls it. `paths` are those of `paths.py`, `targets` the types that a reference may lead
    to, `definition` the address of HL7's SearchParameter.
    """

    name: str
    type: str
    paths: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    published: str = ""
    definition: str = ""


def _parameter(name: str, row: Mapping[str, Any]) -> Parameter:
    targets = row.get("targets", ())
    return Parameter(
        name,
        row.get("as", row["type"]),
        tuple(row["paths"]),
        _EVERY_TYPE if "*" in targets else tuple(t for t in targets if t in RESOURCE_TYPES),
        row["type"],
        f"{_DEFINITION}{row['definition']}",
    )


@cache
def parameters_of(type_: str) -> Mapping[str, Parameter]:
    """The parameters of a type by name, without those that are not compared here (quantities)."""
    rows = tables.search_parameters().get(type_, {})
    found = (_parameter(name, row) for name, row in rows.items())
    return {each.name: each for each in found if each.type in _COMPARED}
