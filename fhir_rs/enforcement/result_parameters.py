"""How results of a search are shown: page size, order, what comes along (R4 search 3.1.1.5).

Every function raises QueryError for a value that is not offered.
"""

from __future__ import annotations

from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.search_parameters import REFERENCE, parameters_of
from fhir_rs.enforcement.search_values import QueryError

MAX_COUNT, DEFAULT_COUNT = 500, 100
SORTS = {"date": "moment", "_id": "id", "_lastUpdated": "updated"}
"""What one may sort by, and the column of each."""


def count_of(value: str, most: int = MAX_COUNT) -> int:
    """A page size, at most `most`: more is a wish, not an error (R4 search 3.1.1.4.14)."""
    if not (value.isascii() and value.isdigit()):
        raise QueryError("it is a whole number")
    # Of a thousand digits the first four tell enough.
    digits = value.lstrip("0")
    return most if len(digits) > 9 else min(int(digits or "0"), most)


def sorts_of(value: str) -> tuple[tuple[str, bool], ...]:
    """The columns to sort by, the first first, and whether they descend."""
    keys = value.split(",")
    names = [key.removeprefix("-") for key in keys]
    if not set(names) <= set(SORTS) or len(set(names)) < len(names):
        raise QueryError("date, _id and _lastUpdated are supported, each once")
    return tuple((SORTS[name], key != name) for name, key in zip(names, keys, strict=True))


def include_of(type_: str, value: str) -> tuple[str, str | None]:
    """The parameter an `_include` of `type_` follows, and the one type it wants, if any."""
    source, _, rest = value.partition(":")
    name, _, wanted = rest.partition(":")
    parameter = parameters_of(type_).get(name)
    if source != type_ or parameter is None or parameter.type != REFERENCE:
        raise QueryError("it is Type:reference-parameter[:Target]")
    if wanted and wanted not in RESOURCE_TYPES:
        raise QueryError("it names an unknown type")
    return name, wanted or None


def revinclude_of(value: str) -> tuple[str, str]:
    """The type a `_revinclude` brings, and the parameter by which it refers here."""
    source, _, name = value.partition(":")
    parameter = parameters_of(source).get(name) if source in RESOURCE_TYPES else None
    if parameter is None or parameter.type != REFERENCE:
        raise QueryError("it is Type:reference-parameter")
    return source, name
