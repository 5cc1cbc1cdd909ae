"""A search request -> what is asked, checked and bounded (R4 search 3.1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from fhir_rs.enforcement.criteria import Criterion, Has, bound, criterion_of, has_of
from fhir_rs.enforcement.dating import fine_span_of
from fhir_rs.enforcement.kinds import kinds_by_category
from fhir_rs.enforcement.result_parameters import (
    DEFAULT_COUNT,
    count_of,
    include_of,
    revinclude_of,
    sorts_of,
)
from fhir_rs.enforcement.search_parameters import (
    parameters_of,
)
from fhir_rs.enforcement.search_values import (
    ID,
    QueryError,
    Value,
    alternatives_of,
    date_of,
)
from heart_uma.kinds import KIND_NAMES

MAX_PARAMETERS, MAX_TEXT = 30, 16_000
MAX_BOUND = 30_000
"""Values that one search may hand to the database, which takes some 32,000."""
# They look at things this server does not index, or could tell about what is withheld.
_REFUSED = frozenset(
    ["_security", "_tag", "_profile", "_source", "_text", "_content", "_filter", "_query", "_list",
     "_contained", "_containedType", "_elements", "_graph", "_type"]
)  # fmt: skip
_IGNORED = frozenset({"_format", "_pretty"})


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search, understood."""

    type: str
    criteria: tuple[Criterion, ...] = ()
    has: tuple[Has, ...] = ()
    kinds: frozenset[str] | None = None
    ids: tuple[tuple[str, ...], ...] = ()
    updated: tuple[tuple[Value, ...], ...] = ()
    """Any of each; their spans are in microseconds."""
    count: int = DEFAULT_COUNT
    sort: tuple[tuple[str, bool], ...] = ()
    """Columns to sort by, the first first; True: descending."""
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
            followed = parameters_of(self.type)[name].targets
            types.update([wanted] if wanted else followed)
        types.update(c.chain[0] for c in self.criteria if c.chain)
        return types


def parse_search(
    type_: str,
    pairs: Iterable[tuple[str, str]],
    *,
    bases: Sequence[str] = (),
    lenient: bool = False,
) -> SearchQuery:
    """Read the parameters of a search over `type_`; raise QueryError for what is not offered.

    Parameters: `bases` are the addresses the record answers at, so that absolute references to it
    are known; `lenient` ignores unknown parameters (never unknown modifiers), as the client
    prefers.
    """
    query = SearchQuery(type_)
    pairs = [(name, value) for name, value in pairs if name not in _IGNORED]
    if len(pairs) > MAX_PARAMETERS:
        raise QueryError(f"there are more than {MAX_PARAMETERS} search parameters")
    asked = []
    for name, value in pairs:
        try:
            if len(value) > MAX_TEXT or not _storable(value):
                raise QueryError("the value is too long or holds unusable characters")
            taken = _result_parameter(query, name, value) or _criterion(query, name, value, bases)
        except QueryError as error:
            raise QueryError(f"{name[:60]!r}: {error}") from error
        if taken is None:
            if not lenient or ":" in name or "." in name or name in _REFUSED:
                raise QueryError(f"unknown or unsupported search parameter {name[:60]!r}")
            continue
        query = taken
        if name != "_cursor":
            asked.append((name, value))
    criteria = [*query.criteria, *(has.criterion for has in query.has)]
    if sum(map(bound, criteria)) > MAX_BOUND:
        raise QueryError("the references name too much; give their types")
    return replace(query, asked=tuple(asked))


def conditional_criteria(
    type_: str, header: str | None, *, bases: Sequence[str] = ()
) -> SearchQuery | None:
    """The criteria of `If-None-Exist`, None without the header (R4 http 3.1.0.8.1).

    Raise QueryError for what is not understood to the last character, and where no criterion is
    left: that would match whatever the record holds. Bytes beyond ASCII are no header (RFC 9110
    5.5), and servers hand them on in ways of their own; a client percent-encodes them.
    """
    if header is None:
        return None
    if not header.isascii():
        raise QueryError("characters beyond ASCII must be percent-encoded")
    try:
        pairs = parse_qsl(header.strip().removeprefix("?"), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise QueryError("the criteria are not percent-encoded UTF-8") from error
    query = parse_search(type_, pairs, bases=bases)
    if query.includes or query.revincludes or query.cursor:
        raise QueryError("only criteria belong here")
    if not (query.criteria or query.has or query.ids or query.updated):
        raise QueryError("there is no criterion")
    return replace(SearchQuery(type_), criteria=query.criteria, has=query.has, ids=query.ids,
                   updated=query.updated, kinds=query.kinds)  # fmt: skip


def _storable(value: str) -> bool:
    return "\x00" not in value and not any("\ud800" <= c <= "\udfff" for c in value)


def _result_parameter(query: SearchQuery, name: str, value: str) -> SearchQuery | None:
    match name:
        case "_count":
            count = count_of(value)
            return replace(query, only_count=True) if count == 0 else replace(query, count=count)
        case "_sort":
            return replace(query, sort=sorts_of(value))
        case "_total":
            if value not in ("none", "estimate", "accurate"):
                raise QueryError("it is none, estimate or accurate")
            return replace(query, want_total=value != "none")
        case "_summary":
            if value not in ("count", "false"):
                raise QueryError("count and false are supported")
            return replace(query, only_count=value == "count")
        case "_include":
            return replace(query, includes=(*query.includes, include_of(query.type, value)))
        case "_revinclude":
            return replace(query, revincludes=(*query.revincludes, revinclude_of(value)))
        case "_cursor":
            return replace(query, cursor=value)
        case "kind":
            kinds = frozenset(value.split(","))
            if not kinds <= set(KIND_NAMES):
                raise QueryError("there is no such kind")
            return replace(query, kinds=kinds if query.kinds is None else kinds & query.kinds)
        case "_id":
            ids = tuple(alternatives_of(value))
            if not all(map(ID.fullmatch, ids)):
                raise QueryError("it is one or more ids")
            return replace(query, ids=(*query.ids, ids))
        case "_lastUpdated":
            moments = tuple(date_of(text, fine_span_of) for text in alternatives_of(value))
            return replace(query, updated=(*query.updated, moments))
        case _:
            return None


def _criterion(
    query: SearchQuery, name: str, value: str, bases: Sequence[str]
) -> SearchQuery | None:
    if name.startswith("_has:"):
        return replace(query, has=(*query.has, has_of(name, value, bases)))
    criterion = criterion_of(query.type, name, value, bases)
    if criterion is None:
        return None
    kinds = query.kinds
    if criterion.parameter.name == "category" and criterion.chain is None:
        named = kinds_by_category(query.type, {v.text for v in criterion.values})
        kinds = named if kinds is None else kinds & named
    return replace(query, criteria=(*query.criteria, criterion), kinds=kinds)
