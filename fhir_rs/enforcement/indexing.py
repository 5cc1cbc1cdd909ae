"""What of a resource can be searched: its rows for the search index (R4 search 3.1.1.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fhir_rs.enforcement.index_values import IndexRow, rows_of
from fhir_rs.enforcement.paths import is_there, values_at
from fhir_rs.enforcement.search_parameters import (
    REFERENCE,
    TOKEN,
    Parameter,
    parameters_of,
)

# By its identifiers a resource is known to references, whether R4 searches them or not.
_IDENTIFIER = Parameter("identifier", TOKEN, ("identifier",))


def index_rows(resource: Mapping[str, Any]) -> set[IndexRow]:
    """The token, string, address and date rows of `resource`."""
    rows: set[IndexRow] = set()
    parameters = parameters_of(str(resource.get("resourceType")))
    for parameter in {"identifier": _IDENTIFIER, **parameters}.values():
        there = is_there(resource, parameter.paths)
        if there is not None:
            rows.update(rows_of(parameter, there))
        elif parameter.type != REFERENCE:
            for path in parameter.paths:
                for value in values_at(resource, path):
                    rows.update(rows_of(parameter, value))
    return rows


def searched_references(resource: Mapping[str, Any]) -> dict[int, list[str]]:
    """The search parameters that look at each Reference element, by the element's `id()`.

    The elements are those of `resource` itself, so that a walk over the same resource knows them.
    """
    found: dict[int, list[str]] = {}
    for parameter in parameters_of(str(resource.get("resourceType"))).values():
        if parameter.type == REFERENCE:
            for path in parameter.paths:
                for value in values_at(resource, path):
                    if isinstance(value, dict):
                        found.setdefault(id(value), []).append(parameter.name)
    return found
