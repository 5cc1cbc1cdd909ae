"""Labels that depend on the rest of a record: context, references, services (FHIR 6.1).

Relabelling makes no new version: the content did not change (FHIR 6.1). Labels are only ever added,
but for a topic that the clinic took off for this content (`label_report.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlmodel import col

from fhir_rs.enforcement.description import security_codings
from fhir_rs.enforcement.labeling import awake
from fhir_rs.enforcement.security_labels import security_of
from fhir_rs.enforcement.splicing import with_members
from fhir_rs.models import binaries, correcting, label_report
from fhir_rs.models.giving import EDGES, RECORD, SERVICES, Wanted, given, labelled
from fhir_rs.models.resource import Resource
from fhir_rs.models.search_index import LabelHit
from heart_uma.labels import label_coding, mask_of

_EVIDENCE = (
    select(
        col(LabelHit.category),
        col(LabelHit.rule),
        col(LabelHit.strength),
        col(Resource.writer).is_(None).label("imported"),
    )
    .join(
        Resource,
        (col(Resource.record) == RECORD) & (col(Resource.pk) == col(LabelHit.resource)),
    )
    .where(col(LabelHit.record) == RECORD)
    .distinct()
)
_CONTEXTUAL = select(col(LabelHit.resource), col(LabelHit.category), col(LabelHit.labels)).where(
    col(LabelHit.record) == RECORD, col(LabelHit.strength) == "C"
)
_RELABEL = (
    update(Resource)
    .where(col(Resource.record) == RECORD, col(Resource.pk) == bindparam("key"))
    .values(
        {
            name: bindparam(f"to_{name}")
            for name in ("labels", "sensitivity", "body", "own_labels", "own_security")
        }
    )
)


def awake_in(connection: Connection, record: str) -> frozenset[str]:
    """The categories in which contextual hits count in this record."""
    rows = connection.execute(_EVIDENCE, {"in_record": record})
    return awake((category, rule, strength) for category, rule, strength, _ in rows)


def settle(connection: Connection, record: str) -> int:
    """Add every label that follows from other resources of the record; return how many changed.

    Call it in the transaction of the write, so that nothing is readable in between. Chains of
    references are followed to their end: each round asks only what the round before changed.
    """
    off = label_report.corrected(connection, record)
    correcting.take_off(connection, record, off)
    changed = _label(connection, record, _contextual(connection, record), off)
    changed |= _label(connection, record, _by_service(connection, record), off)
    with_files = binaries.any_in(connection, record)
    edges = EDGES if with_files else EDGES[:1]
    fresh: set[int] | None = None
    while fresh is None or fresh:
        fresh = _label(connection, record, given(connection, record, edges, fresh), off)
        changed |= fresh
    if with_files:
        binaries.place(connection, record)
    return len(changed)


def _contextual(connection: Connection, record: str) -> Wanted:
    wanted = Wanted()
    rows = connection.execute(_CONTEXTUAL, {"in_record": record}).all()
    if not rows:
        return wanted
    evidence = connection.execute(_EVIDENCE, {"in_record": record}).all()
    categories = awake(each[:3] for each in evidence)
    without_requesters = awake(each[:3] for each in evidence if each.imported)
    for key, category, labels in rows:
        if category in categories:
            wanted.add(key, labels.split(), on=category in without_requesters)
    return wanted


def _by_service(connection: Connection, record: str) -> Wanted:
    """What happened in a psychiatric or addiction service says so, whatever it is coded as."""
    wanted = Wanted()
    for key, labels, writer in connection.execute(SERVICES, {"in_record": record}):
        wanted.add(key, labels.split(), on=writer is None)
    return wanted


def raise_topic(connection: Connection, record: str, key: int, code: str) -> None:
    """Add a topic to the row `key` because its owner says so, and to what it gives labels to."""
    wanted = Wanted()
    wanted.add(key, [code], on=True)
    _label(connection, record, wanted, {})
    settle(connection, record)


def _label(connection: Connection, record: str, wanted: Wanted, off: Mapping[int, int]) -> set[int]:
    """Add sensitivity codes to resources; return those that did not have them.

    Parameters: `off` are the bits of what was taken off a row, which it does not get again.
    """
    changed = []
    for row in labelled(connection, record, wanted.codes):
        codes = correcting.but(wanted.codes[row.pk], off.get(row.pk, 0))
        on = {code for code in codes if codes[code]} if row.writer is None else set()
        had, added = set(row.sensitivity.split()), mask_of(map(label_coding, codes))
        lacks = added & ~row.labels or not codes.keys() <= had
        if lacks or (
            row.own_labels is not None and mask_of(map(label_coding, on)) & ~row.own_labels
        ):
            changed.append(_with(row, set(codes), on))
    if changed:
        connection.execute(_RELABEL, [{**row, "in_record": record} for row in changed])
    return {int(row["key"]) for row in changed}


def _with(row: Any, codes: set[str], on: set[str]) -> dict[str, Any]:
    """The new values of a row that gets `codes` and gives those in `on` to others."""
    text = row.body.decode()
    resource = json.loads(text)
    before = security_codings(resource)
    meta = {**(resource.get("meta") or {}), "security": security_of(before, sorted(codes))}
    gives, security = row.own_labels, row.own_security
    if row.writer is None and (gives is not None or on < codes):
        sent = before if security is None else json.loads(security)
        gives = (row.labels if gives is None else gives) | mask_of(map(label_coding, on))
        security = json.dumps(security_of(sent, sorted(on)), ensure_ascii=False)
    return {
        "key": row.pk,
        "to_labels": row.labels | mask_of(map(label_coding, codes)),
        "to_sensitivity": " ".join(sorted({*row.sensitivity.split(), *codes})),
        "to_body": with_members(text, {"meta": meta}).encode(),
        "to_own_labels": gives,
        "to_own_security": security,
    }
