"""Topics that a person sets or takes off: the owner may add one, only the clinic takes one off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, update
from sqlmodel import col

from fhir_rs.enforcement.description import security_codings
from fhir_rs.enforcement.security_labels import security_of
from fhir_rs.enforcement.splicing import with_members
from fhir_rs.models.giving import RECORD, labelled
from fhir_rs.models.resource import Resource
from heart_uma.label_systems import CONFIDENTIALITY_SYSTEM
from heart_uma.labels import label_coding, mask_of
from heart_uma.topics import RESTRICTED, VERY_RESTRICTED

_CONFIDENTIAL = 1 << RESTRICTED.bit | 1 << VERY_RESTRICTED.bit
_SET = (
    update(Resource)
    .where(col(Resource.record) == RECORD, col(Resource.pk) == bindparam("key"))
    .values(
        {
            name: bindparam(f"to_{name}")
            for name in ("labels", "sensitivity", "body", "own_labels", "own_security")
        }
    )
)


def take_off(connection: Connection, record: str, masks: Mapping[int, int]) -> None:
    """Take the topics of `masks` (row -> bits) off the rows that have them."""
    rows = [row for row in labelled(connection, record, masks) if row.labels & masks[row.pk]]
    if rows:
        values = [{**_without(row, masks[row.pk]), "in_record": record} for row in rows]
        connection.execute(_SET, values)


def but(codes: Mapping[str, bool], bits: int) -> dict[str, bool]:
    """The codes that are none of the topics `bits`."""
    return {c: on for c, on in codes.items() if not bits or not mask_of([label_coding(c)]) & bits}


def _without(row: Any, bits: int) -> dict[str, Any]:
    text = row.body.decode()
    resource = json.loads(text)
    labels = row.labels & ~bits
    security = _security(security_codings(resource), row.sensitivity, labels, bits)
    meta = {**(resource.get("meta") or {}), "security": security}
    own = row.own_security
    if own is not None:
        own = json.dumps(_security(json.loads(own), "", labels, bits), ensure_ascii=False)
    return {
        "key": row.pk,
        "to_labels": labels,
        "to_sensitivity": " ".join(_kept_codes(row.sensitivity, bits)),
        "to_body": with_members(text, {"meta": meta}).encode(),
        "to_own_labels": None if row.own_labels is None else row.own_labels & ~bits,
        "to_own_security": own,
    }


def _security(
    codings: list[dict[str, Any]], sensitivity: str, labels: int, bits: int
) -> list[dict[str, Any]]:
    """The codings without those of the topics; a mark of confidence only where it still counts."""
    kept = [
        coding
        for coding in codings
        if not mask_of([coding]) & bits
        and (coding.get("system") != CONFIDENTIALITY_SYSTEM or labels & _CONFIDENTIAL)
    ]
    return security_of(kept, _kept_codes(sensitivity, bits))


def _kept_codes(sensitivity: str, bits: int) -> list[str]:
    return [code for code in sensitivity.split() if not mask_of([label_coding(code)]) & bits]
