"""One stored resource as one caller gets it: whole, as its writer wrote it, or cut."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row

from fhir_rs.enforcement.contained import Verdict, left_out, stored_verdicts
from fhir_rs.enforcement.lenses import lenses_of
from fhir_rs.enforcement.redaction import Named, cut_of, named_in, redacted
from fhir_rs.enforcement.splicing import with_members
from fhir_rs.models.scope import Scope
from fhir_rs.models.withheld import withheld
from heart_ground.one_state import one_state


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
    gone = withheld(connection, scope, judged.values())
    found = []
    for place, row in enumerate(rows):
        if place in judged:
            found.append(_cut(scope, row, *judged[place], *gone))
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


def one_as_shown(engine: Engine, scope: Scope, row: Row[Any], bases: Sequence[str]) -> Shown:
    """One resource as this caller gets it; most name nothing, and then nothing is looked up."""
    if is_whole(scope, row):
        return Shown(row.body)
    with one_state(engine) as connection:
        return as_shown(connection, scope, [row], bases)[0]
