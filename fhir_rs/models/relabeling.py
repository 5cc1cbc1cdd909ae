"""Labels that depend on the rest of a record: context, references, services (SC-8, FS-48, FS-50).

Relabelling makes no new version: the content did not change (FS-19). Labels are only ever added.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import BindParameter, Connection, bindparam, select, update
from sqlmodel import col

from fhir_rs.enforcement.description import security_codings
from fhir_rs.enforcement.labeling import awake, security_of
from fhir_rs.enforcement.splicing import with_members
from fhir_rs.models.criteria import REFERENCES
from fhir_rs.models.resource import Resource
from fhir_rs.models.search_index import LabelHit
from fhir_rs.models.visibility import RESOURCE
from heart_uma.labels import (
    CONFIDENTIALITY_SYSTEM,
    SENSITIVITY_SYSTEM,
    TOPICS,
    mask_of,
)

MAX_ROUNDS = 8
# "Marked private" is the source's word about one resource; topics travel, that mark does not.
_CARRIED = sum(1 << topic.bit for topic in TOPICS if topic.scope.startswith("sens/"))
_ENCOUNTER_PARAMS = ("encounter", "context", "")
Labels = dict[int, set[str]]

_RECORD: BindParameter[str] = bindparam("in_record")
_EVIDENCE = (
    select(col(LabelHit.category), col(LabelHit.rule), col(LabelHit.strength))
    .where(col(LabelHit.record) == _RECORD)
    .distinct()
)
_CONTEXTUAL = select(col(LabelHit.resource), col(LabelHit.category), col(LabelHit.labels)).where(
    col(LabelHit.record) == _RECORD, col(LabelHit.strength) == "C"
)
_HOLDER, _TARGET = RESOURCE.alias("holder"), RESOURCE.alias("target")
_SERVICES = (
    select(REFERENCES.c.resource, col(LabelHit.labels))
    .join(_TARGET, _TARGET.c.pk == col(LabelHit.resource))
    .join(REFERENCES, REFERENCES.c.target == _TARGET.c.address)
    .where(
        col(LabelHit.record) == _RECORD,
        REFERENCES.c.record == _RECORD,
        col(LabelHit.rule) == "service",
        REFERENCES.c.param.in_(_ENCOUNTER_PARAMS),
    )
)
_MISSING = _TARGET.c.labels.bitwise_and(_CARRIED).bitwise_and(_HOLDER.c.labels.bitwise_not())
_CARRYING = (
    select(_HOLDER.c.pk, _TARGET.c.body)
    .join(REFERENCES, REFERENCES.c.resource == _HOLDER.c.pk)
    .join(_TARGET, _TARGET.c.address == REFERENCES.c.target)
    .where(
        _TARGET.c.record == _RECORD,
        REFERENCES.c.record == _RECORD,
        REFERENCES.c.carries.is_(True),
        _MISSING != 0,
    )
)
_LABELLED = select(RESOURCE.c.body, RESOURCE.c.labels, RESOURCE.c.sensitivity).where(
    RESOURCE.c.pk == bindparam("key")
)


def awake_in(connection: Connection, record: str) -> frozenset[str]:
    """The categories in which contextual hits count in this record."""
    rows = connection.execute(_EVIDENCE, {"in_record": record})
    return awake((category, rule, strength) for category, rule, strength in rows)


def settle(connection: Connection, record: str) -> int:
    """Add every label that follows from other resources of the record; return how many changed.

    Call it in the transaction of the write, so that nothing is readable in between.
    """
    changed = _label(connection, _contextual(connection, record))
    changed += _label(connection, _by_service(connection, record))
    for _ in range(MAX_ROUNDS):
        fresh = _label(connection, _carried(connection, record))
        changed += fresh
        if not fresh:
            break
    return changed


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
    for key, labels in connection.execute(_SERVICES, {"in_record": record}):
        wanted.setdefault(key, set()).update(labels.split())
    return wanted


def _carried(connection: Connection, record: str) -> Labels:
    wanted: Labels = {}
    for key, body in connection.execute(_CARRYING, {"in_record": record}):
        codes = {
            str(coding["code"])
            for coding in security_codings(json.loads(body))
            if coding.get("system") != CONFIDENTIALITY_SYSTEM and "code" in coding
        }
        wanted.setdefault(key, set()).update(codes)
    return wanted


def _label(connection: Connection, wanted: Mapping[int, set[str]]) -> int:
    """Add sensitivity codes to resources; count those that did not have them."""
    changed = 0
    for key, codes in wanted.items():
        row = connection.execute(_LABELLED, {"key": key}).one()
        had = set(row.sensitivity.split())
        added = mask_of([{"system": SENSITIVITY_SYSTEM, "code": code} for code in codes])
        if codes <= had and not added & ~row.labels:
            continue
        text = row.body.decode()
        resource = json.loads(text)
        meta = dict(resource.get("meta") or {})
        meta["security"] = security_of(security_codings(resource), sorted(codes))
        connection.execute(
            update(Resource)
            .where(col(Resource.pk) == key)
            .values(
                labels=row.labels | added,
                sensitivity=" ".join(sorted(had | codes)),
                body=with_members(text, {"meta": meta}).encode(),
            )
        )
        changed += 1
    return changed
