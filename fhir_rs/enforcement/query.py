"""A search request -> what is asked, checked and bounded (R4 search; FH-07..22, FH-88, FH-89)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from fhir_rs.enforcement.kinds import kinds_by_category
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.search_parameters import (
    REFERENCE,
    Parameter,
    parameters_of,
    targets_of,
)
from fhir_rs.enforcement.search_values import (
    ID,
    MAX_VALUES,
    QueryError,
    Value,
    date_of,
    values_of,
)
from heart_uma.labels import KIND_NAMES

MAX_PARAMETERS, MAX_TEXT, MAX_COUNT, DEFAULT_COUNT = 30, 1000, 500, 100
SORTS = {"date": "date", "_id": "id", "_lastUpdated": "updated"}
# They look at things this server does not index, or could tell about what is withheld (FH-17).
_REFUSED = frozenset(
    [
        "_security",
        "_tag",
        "_profile",
        "_source",
        "_text",
        "_content",
        "_filter",
        "_query",
        "_list",
        "_contained",
        "_containedType",
        "_elements",
        "_graph",
        "_type",
    ]
)
_IGNORED = frozenset({"_format", "_pretty"})


@dataclass(frozen=True, slots=True)
class Criterion:
    """One parameter: any of `values`. `chain` asks it of the resource a reference leads to."""

    parameter: Parameter
    values: tuple[Value, ...] = ()
    chain: tuple[str, Criterion] | None = None


@dataclass(frozen=True, slots=True)
class Has:
    """`_has`: a resource of `type` that refers here by `param` and meets `criterion`."""

    type: str
    param: str
    criterion: Criterion


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search, understood."""

    type: str
    criteria: tuple[Criterion, ...] = ()
    has: tuple[Has, ...] = ()
    kinds: frozenset[str] | None = None
    ids: tuple[tuple[str, ...], ...] = ()
    updated: tuple[Value, ...] = ()
    count: int = DEFAULT_COUNT
    sort: tuple[str, bool] | None = None
    want_total: bool = True
    only_count: bool = False
    includes: tuple[tuple[str, str | None], ...] = ()
    revincludes: tuple[tuple[str, str], ...] = ()
    cursor: str | None = None
    asked: tuple[tuple[str, str], ...] = field(default=())

    def joined_types(self) -> set[str]:
        """The other types this search touches, which its ticket must ask for too."""
        types = {type_ for type_, _ in self.revincludes} | {has.type for has in self.has}
        for name, wanted in self.includes:
            types.update([wanted] if wanted else targets_of(name))
        types.update(c.chain[0] for c in self.criteria if c.chain)
        return types


def parse_search(
    type_: str, pairs: Iterable[tuple[str, str]], *, base: str = "", lenient: bool = False
) -> SearchQuery:
    """Read the parameters of a search over `type_`; raise QueryError for what is not offered.

    Parameters: `base` is the record's FHIR base, so that absolute references to it are known;
    `lenient` ignores unknown parameters (never unknown modifiers), as the client prefers.
    """
    query = SearchQuery(type_)
    pairs = [(name, value) for name, value in pairs if name not in _IGNORED]
    if len(pairs) > MAX_PARAMETERS:
        raise QueryError("too many search parameters")
    asked = []
    for name, value in pairs:
        if (
            len(value) > MAX_TEXT
            or "\x00" in value
            or any("\ud800" <= c <= "\udfff" for c in value)
        ):
            raise QueryError("a search value is too long or holds unusable characters")
        taken = _result_parameter(query, name, value) or _criterion(query, name, value, base)
        if taken is None:
            if not lenient or ":" in name or "." in name or name in _REFUSED:
                raise QueryError(f"unknown or unsupported search parameter {name[:60]!r}")
            continue
        query = taken
        if name != "_cursor":
            asked.append((name, value))
    return replace(query, asked=tuple(asked))


def _storable(value: str) -> bool:
    return "\x00" not in value and not any("\ud800" <= c <= "\udfff" for c in value)


def _result_parameter(query: SearchQuery, name: str, value: str) -> SearchQuery | None:
    match name:
        case "_count":
            if not (value.isascii() and value.isdigit() and len(value) <= 6):
                raise QueryError("_count must be a number")
            if int(value) == 0:
                return replace(query, only_count=True)
            return replace(query, count=min(int(value), MAX_COUNT))
        case "_sort":
            key = value.removeprefix("-")
            if key not in SORTS:
                raise QueryError("_sort knows date, _id and _lastUpdated")
            return replace(query, sort=(SORTS[key], value.startswith("-")))
        case "_total" if value in ("none", "estimate", "accurate"):
            return replace(query, want_total=value != "none")
        case "_summary" if value in ("count", "false"):
            return replace(query, only_count=value == "count")
        case "_include":
            return replace(query, includes=(*query.includes, _include(query.type, value)))
        case "_revinclude":
            return replace(query, revincludes=(*query.revincludes, _revinclude(value)))
        case "_cursor":
            return replace(query, cursor=value)
        case "kind":
            kinds = frozenset(value.split(","))
            if not kinds <= set(KIND_NAMES):
                raise QueryError("unknown kind")
            return replace(query, kinds=kinds if query.kinds is None else kinds & query.kinds)
        case "_id":
            ids = tuple(value.split(","))
            if len(ids) > MAX_VALUES or not all(map(ID.fullmatch, ids)):
                raise QueryError("_id must be one or more ids")
            return replace(query, ids=(*query.ids, ids))
        case "_lastUpdated":
            return replace(query, updated=(*query.updated, date_of(value)))
        case _:
            return None


def _include(type_: str, value: str) -> tuple[str, str | None]:
    source, _, rest = value.partition(":")
    name, _, wanted = rest.partition(":")
    parameter = parameters_of(type_).get(name)
    if source != type_ or parameter is None or parameter.type != REFERENCE:
        raise QueryError("_include must be Type:reference-parameter[:Target]")
    if wanted and wanted not in RESOURCE_TYPES:
        raise QueryError("_include names an unknown type")
    return name, wanted or None


def _revinclude(value: str) -> tuple[str, str]:
    source, _, name = value.partition(":")
    parameter = parameters_of(source).get(name) if source in RESOURCE_TYPES else None
    if parameter is None or parameter.type != REFERENCE:
        raise QueryError("_revinclude must be Type:reference-parameter")
    return source, name


def _criterion(query: SearchQuery, name: str, value: str, base: str) -> SearchQuery | None:
    if name.startswith("_has:"):
        return replace(query, has=(*query.has, _has(name, value, base)))
    head, dot, rest = name.partition(".")
    plain, colon, modifier = head.partition(":")
    parameter = parameters_of(query.type).get(plain)
    if parameter is None or (colon and modifier not in RESOURCE_TYPES):
        return None
    if colon and parameter.type != REFERENCE:
        return None
    if dot:
        criterion = _chained(parameter, modifier, rest, value, base)
    else:
        criterion = Criterion(parameter, values_of(parameter, value, modifier, base))
    kinds = query.kinds
    if plain == "category":
        named = kinds_by_category(query.type, {v.text for v in criterion.values})
        kinds = named if kinds is None else kinds & named
    return replace(query, criteria=(*query.criteria, criterion), kinds=kinds)


def _chained(parameter: Parameter, target: str, rest: str, value: str, base: str) -> Criterion:
    known = targets_of(parameter.name)
    target = target or (known[0] if len(known) == 1 else "")
    inner = parameters_of(target).get(rest) if target else None
    if parameter.type != REFERENCE or inner is None:
        raise QueryError("that chain is not supported")
    return Criterion(parameter, chain=(target, Criterion(inner, values_of(inner, value, "", base))))


def _has(name: str, value: str, base: str) -> Has:
    parts = name.split(":")
    if len(parts) != 4 or parts[1] not in RESOURCE_TYPES:
        raise QueryError("_has must be _has:Type:reference-parameter:parameter")
    by, inner = (parameters_of(parts[1]).get(part) for part in parts[2:])
    if by is None or by.type != REFERENCE or inner is None:
        raise QueryError("that _has is not supported")
    return Has(parts[1], by.name, Criterion(inner, values_of(inner, value, "", base)))
