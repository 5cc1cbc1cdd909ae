"""One stored resource as one caller gets it: whole, as its writer wrote it, or cut."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Engine, Row, Text, select

from fhir_rs.enforcement.contained import Verdict, left_out, stored_verdicts
from fhir_rs.enforcement.grant import Grant
from fhir_rs.enforcement.lenses import lenses_of
from fhir_rs.enforcement.redaction import Named, cut_of, named_in, redacted
from fhir_rs.enforcement.references import is_address, type_of
from fhir_rs.enforcement.splicing import with_members
from fhir_rs.models.bearers import resolve
from fhir_rs.models.scope import READER, RECORD, Scope
from fhir_rs.models.visibility import RESOURCE
from heart_ground.listed import as_list, listed
from heart_ground.one_state import one_state
from heart_ground.prepared import Prepared


class Shown(NamedTuple):
    """The bytes of one resource for one caller; `cut` tells this cut from others, "" for none."""

    body: bytes
    cut: str = ""


def is_writer(scope: Scope, row: Row[Any]) -> bool:
    """True when the caller wrote this version herself."""
    return scope.reader is not None and row.writer is not None and row.writer == scope.reader


def labels_shown(scope: Scope, row: Row[Any]) -> int:
    """The label mask of `row` as far as the caller is told it."""
    own = is_writer(scope, row) and not scope.grant.owner
    return int(row.own_labels if own else row.labels)


def _as_written(row: Row[Any]) -> bytes:
    """What its writer sent, under the labels that its own content gives: nothing of others."""
    meta = json.loads(row.body).get("meta") or {}
    labelled = {**meta, "security": json.loads(row.own_security)}
    return with_members(row.body.decode(), {"meta": labelled}).encode()


def is_whole(scope: Scope, row: Row[Any]) -> bool:
    """True when the stored bytes are what this caller gets, whatever the record holds."""
    return scope.grant.owner or not (row.cuts or row.contained or is_writer(scope, row))


def as_shown(
    connection: Connection, scope: Scope, rows: Sequence[Row[Any]], bases: Sequence[str]
) -> list[Shown]:
    """The bytes of resources as this caller gets them; the owner gets them as they are.

    Parameters: `rows` have the columns body, cuts, contained, writer, own_security; `bases` are
    the addresses of the record.
    """
    judged = {
        place: (named_in(json.loads(row.body), bases), stored_verdicts(row.contained))
        for place, row in enumerate(rows)
        if not is_whole(scope, row) and not is_writer(scope, row)
    }
    withheld = _withheld(connection, scope, judged.values())
    found = []
    for place, row in enumerate(rows):
        if place in judged:
            found.append(_cut(scope, row, *judged[place], *withheld))
        elif is_whole(scope, row):
            found.append(Shown(row.body))
        else:
            found.append(Shown(_as_written(row)))
    return found


def _cut(
    scope: Scope,
    row: Row[Any],
    named: Named,
    verdicts: list[Verdict],
    withheld: Collection[str],
    copied: Collection[str],
) -> Shown:
    out = left_out(verdicts, lenses_of(scope.grant, "read"), copied)
    cut = cut_of(named, withheld, out)
    body = redacted(row.body, cut) if cut else row.body
    if body is row.body:
        return Shown(body)
    return Shown(body, hashlib.sha256(body).hexdigest()[:16])


def _withheld(
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


def one_as_shown(engine: Engine, scope: Scope, row: Row[Any], bases: Sequence[str]) -> Shown:
    """One resource as this caller gets it; most name nothing, and then nothing is looked up."""
    if is_whole(scope, row):
        return Shown(row.body)
    with one_state(engine) as connection:
        return as_shown(connection, scope, [row], bases)[0]
