"""Which of the names in a resource lead to nothing that its reader sees."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from sqlalchemy import Connection, Dialect, Text, select

from fhir_rs.enforcement.contained import Verdict
from fhir_rs.enforcement.grant import Grant
from fhir_rs.enforcement.redaction import Named
from fhir_rs.enforcement.references import is_address, type_of
from fhir_rs.models.bearers import resolve
from fhir_rs.models.scope import READER, RECORD, Scope
from fhir_rs.models.visibility import RESOURCE
from heart_ground.listed import as_list, listed
from heart_ground.prepared import Prepared


def withheld(
    connection: Connection, scope: Scope, judged: Collection[tuple[Named, list[Verdict]]]
) -> tuple[set[str], set[str]]:
    """The keys that lead to nothing this caller sees: withheld and absent alike.

    A contained copy is another matter: it goes only with a resource that is here and withheld.
    So what is contained has keys of its own, the second set: the same key in a reference, of any
    resource on the page, says nothing of a copy.
    """
    keys = {key for named, _ in judged for key in named.keys}
    copies = {key for _, verdicts in judged for verdict in verdicts for key in verdict.keys}
    if not keys and not copies:
        return set(), set()
    record = str(scope.record)
    meant = resolve(connection, record, [k for k in keys | copies if not is_address(k)])
    for key in keys:
        if is_address(key):
            meant[key] = {key}
    shown, named = _shown(connection, scope, {a for each in meant.values() for a in each})
    gone = {
        key for key in keys if not meant.get(key, set()) & (shown if is_address(key) else named)
    }
    return gone, {key for key in copies if meant.get(key) and not meant[key] & named}


def _shown(
    connection: Connection, scope: Scope, addresses: Collection[str]
) -> tuple[set[str], set[str]]:
    """Those of `addresses` that the caller sees, and those of them that no requester wrote.

    A requester may give what she writes any identifier, so that bearing it is no proof that
    somebody's words about the bearer are hers to read.
    """
    if not addresses:
        return set(), set()
    statement = _among(scope.grant, frozenset(map(type_of, addresses)), connection.dialect)
    asked = {**scope.bound(), "given": as_list(addresses)}
    rows = statement.rows(connection, asked)
    return {address for address, _ in rows}, {address for address, writer in rows if writer is None}


@lru_cache(maxsize=512)
def _among(grant: Grant, types: frozenset[str], dialect: Dialect) -> Prepared:
    c = RESOURCE.c
    given = c.address.in_(listed(dialect, "given", Text()))
    shown = Scope(RECORD, grant, READER).sees(types)
    return Prepared(select(c.address, c.writer).where(shown, given), dialect)
