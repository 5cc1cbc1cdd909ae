"""What of a resource can be searched: its rows for the search index (R4 search 3.1.1.4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from fhir_rs.enforcement.index_values import IndexRow, rows_of
from fhir_rs.enforcement.path_tree import Looks, Tree, planted, walked
from fhir_rs.enforcement.paths import asks
from fhir_rs.enforcement.search_parameters import REFERENCE, TOKEN, Parameter, parameters_of

# By its identifiers a resource is known to references, whether R4 searches them or not.
_IDENTIFIER = Parameter("identifier", TOKEN, ("identifier",))


def index_rows(resource: Mapping[str, Any]) -> frozenset[IndexRow]:
    """The token, string, address and date rows of `resource`."""
    type_ = str(resource.get("resourceType"))
    there = dict.fromkeys(_asking(type_), False)
    rows: list[IndexRow] = []
    for looks, value in walked(resource, _tree(type_, False)):
        if looks.name in there:
            there[looks.name] |= value is not False
        else:
            rows += rows_of(looks, value)
    for name, answer in there.items():
        rows += rows_of(Looks(name, TOKEN), answer)
    return frozenset(rows)


def searched_references(resource: Mapping[str, Any]) -> dict[int, list[str]]:
    """The search parameters that look at each Reference element, by the element's `id()`.

    The elements are those of `resource` itself, so that a walk over the same resource knows them.
    """
    found: dict[int, list[str]] = {}
    for looks, value in walked(resource, _tree(str(resource.get("resourceType")), True)):
        if isinstance(value, dict):
            found.setdefault(id(value), []).append(looks.name)
    return found


@cache
def _asking(type_: str) -> tuple[str, ...]:
    """The parameters that ask whether something is there, and not what it is."""
    return tuple(p.name for p in parameters_of(type_).values() if any(map(asks, p.paths)))


@cache
def _tree(type_: str, references: bool) -> Tree:
    parameters = {"identifier": _IDENTIFIER, **parameters_of(type_)}.values()
    return planted(
        (path, Looks(each.name, each.type))
        for each in parameters
        if (each.type == REFERENCE) is references
        for path in ([path for path in each.paths if asks(path)] or each.paths)
    )
