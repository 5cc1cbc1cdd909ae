"""Labels that depend on the rest of a record: context, references, services (FHIR 6.1).

Relabelling makes no new version: the content did not change (FHIR 6.1). Labels are only ever added.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select, update
from sqlmodel import col

from fhir_rs.enforcement.description import security_codings
from fhir_rs.enforcement.labeling import awake, security_of
from fhir_rs.enforcement.splicing import with_members
from fhir_rs.models import binaries
from fhir_rs.models.giving import EDGES, RECORD, SERVICES, Labels, given, labelled
from fhir_rs.models.resource import Resource
from fhir_rs.models.search_index import LabelHit
from heart_uma.labels import label_coding, mask_of

_EVIDENCE = (
    select(col(LabelHit.category), col(LabelHit.rule), col(LabelHit.strength))
    .where(col(LabelHit.record) == RECORD)
    .distinct()
)
_CONTEXTUAL = select(col(LabelHit.resource), col(LabelHit.category), col(LabelHit.labels)).where(
    col(LabelHit.record) == RECORD, col(LabelHit.strength) == "C"
)
_RELABEL = (
    update(Resource)
    .where(col(Resource.pk) == bindparam("key"))
    .values(
        labels=bindparam("labels"), sensitivity=bindparam("sensitivity"), body=bindparam("body")
    )
)


def awake_in(connection: Connection, record: str) -> frozenset[str]:
    """The categories in which contextual hits count in this record."""
    rows = connection.execute(_EVIDENCE, {"in_record": record})
    return awake((category, rule, strength) for category, rule, strength in rows)


def settle(connection: Connection, record: str) -> int:
    """Add every label that follows from other resources of the record; return how many changed.

    Call it in the transaction of the write, so that nothing is readable in between. Chains of
    references are followed to their end: each round asks only what the round before changed.
    """
    changed = _label(connection, _contextual(connection, record))
    changed |= _label(connection, _by_service(connection, record))
    with_files = binaries.any_in(connection, record)
    edges = EDGES if with_files else EDGES[:1]
    fresh: set[int] | None = None
    while fresh is None or fresh:
        fresh = _label(connection, given(connection, record, edges, fresh))
        changed |= fresh
    if with_files:
        binaries.place(connection, record)
    return len(changed)


def _contextual(connection: Connection, record: str) -> Labels:
    wanted: Labels = {}
    rows = connection.execute(_CONTEXTUAL, {"in_record": record}).all()
    categories = awake_in(connection, record) if rows else frozenset()
    for key, category, labels in rows:
        if category in categories:
            wanted.setdefault(key, set()).update(labels.split())
    return wanted


def _by_service(connection: Connection, record: str) -> Labels:
    """What happened in a psychiatric or addiction service says so, whatever it is coded as."""
    wanted: Labels = {}
    for key, labels in connection.execute(SERVICES, {"in_record": record}):
        wanted.setdefault(key, set()).update(labels.split())
    return wanted


def _label(connection: Connection, wanted: Mapping[int, set[str]]) -> set[int]:
    """Add sensitivity codes to resources; return those that did not have them."""
    changed = []
    for row in labelled(connection, wanted):
        codes, had = wanted[row.pk], set(row.sensitivity.split())
        added = mask_of(map(label_coding, codes))
        if codes <= had and not added & ~row.labels:
            continue
        text = row.body.decode()
        resource = json.loads(text)
        meta = dict(resource.get("meta") or {})
        meta["security"] = security_of(security_codings(resource), sorted(codes))
        changed.append(
            {
                "key": row.pk,
                "labels": row.labels | added,
                "sensitivity": " ".join(sorted(had | codes)),
                "body": with_members(text, {"meta": meta}).encode(),
            }
        )
    if changed:
        connection.execute(_RELABEL, changed)
    return {int(row["key"]) for row in changed}
