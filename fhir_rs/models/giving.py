"""Who gives labels to whom in a record: a target to what refers to it, a file both ways."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, or_, select
from sqlmodel import col

from fhir_rs.enforcement.description import security_codings
from fhir_rs.models.criteria import REFERENCES
from fhir_rs.models.search_index import LabelHit
from fhir_rs.models.visibility import RESOURCE
from heart_uma.labels import TRAVELLING, travelling_codes

RECORD: BindParameter[str] = bindparam("in_record")
_ENCOUNTER_PARAMS = ("encounter", "context", "")
_HOLDER, _TARGET = RESOURCE.alias("holder"), RESOURCE.alias("target")
SERVICES = (
    select(REFERENCES.c.resource, col(LabelHit.labels))
    .join(_TARGET, _TARGET.c.pk == col(LabelHit.resource))
    .join(REFERENCES, REFERENCES.c.target == _TARGET.c.address)
    .where(
        col(LabelHit.record) == RECORD,
        REFERENCES.c.record == RECORD,
        col(LabelHit.rule) == "service",
        REFERENCES.c.param.in_(_ENCOUNTER_PARAMS),
    )
)
_HERE = (_TARGET.c.record == RECORD, REFERENCES.c.record == RECORD)


def _missing(giver: Any, taker: Any) -> Any:
    # A requester's version gives what its own words give and no more: else she could write a
    # reference to something withheld, and see by what vanishes elsewhere what that is about.
    given = func.coalesce(giver.c.own_labels, giver.c.labels)
    return given.bitwise_and(TRAVELLING).bitwise_and(taker.c.labels.bitwise_not()) != 0


def is_trusted(holder: Any, content: Any) -> Any:
    """A requester's word that a Binary is content of something counts only for her own Binary.

    Otherwise she could point at any file of the record and read it as her own document's.
    """
    return or_(holder.c.writer.is_(None), holder.c.writer == content.c.writer)


# (who takes labels, who gives them): a holder those of what it refers to, ...
_CARRIED = (
    select(_HOLDER.c.pk, _TARGET.c.pk.label("giver"))
    .join(REFERENCES, REFERENCES.c.resource == _HOLDER.c.pk)
    .join(_TARGET, _TARGET.c.address == REFERENCES.c.target)
    .where(*_HERE, REFERENCES.c.carries.is_(True), _missing(_TARGET, _HOLDER))
)
# ... and a Binary those of what it is content of, from either end of the reference.
_HELD = (
    select(_TARGET.c.pk, _HOLDER.c.pk.label("giver"))
    .join(REFERENCES, REFERENCES.c.resource == _HOLDER.c.pk)
    .join(_TARGET, _TARGET.c.address == REFERENCES.c.target)
    .where(
        *_HERE,
        REFERENCES.c.holds > 0,
        _TARGET.c.type == "Binary",
        is_trusted(_HOLDER, _TARGET),
        _missing(_HOLDER, _TARGET),
    )
)
_SECURED = (
    select(_HOLDER.c.pk, _TARGET.c.pk.label("giver"))
    .join(REFERENCES, REFERENCES.c.resource == _HOLDER.c.pk)
    .join(_TARGET, _TARGET.c.address == REFERENCES.c.target)
    .where(*_HERE, REFERENCES.c.holds > 0, _HOLDER.c.type == "Binary", _missing(_TARGET, _HOLDER))
)
Edge = tuple[Any, Any]
Labels = dict[int, set[str]]
EDGES: tuple[Edge, ...] = ((_CARRIED, _TARGET), (_HELD, _HOLDER), (_SECURED, _TARGET))
"""Statements of (pk of who takes labels, `giver`), each with the table that gives; files last."""
_LABELLED = select(
    RESOURCE.c.pk, RESOURCE.c.body, RESOURCE.c.labels, RESOURCE.c.sensitivity,
    RESOURCE.c.own_labels, RESOURCE.c.own_security,
)  # fmt: skip
_AT_ONCE = 500


def _parts(keys: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


def given(
    connection: Connection, record: str, edges: Sequence[Edge], givers: Collection[int] | None
) -> Labels:
    """The topics that resources lack and one of `givers` has; None: anything of the record."""
    pairs: set[tuple[int, int]] = set()
    for statement, gives in edges:
        asked = (
            [statement]
            if givers is None
            else [statement.where(gives.c.pk.in_(part)) for part in _parts(givers)]
        )
        for each in asked:
            found = connection.execute(each, {"in_record": record})
            pairs.update((row.pk, row.giver) for row in found)
    codes = _travelling(connection, {giver for _, giver in pairs})
    wanted: Labels = {}
    for taker, giver in pairs:
        wanted.setdefault(taker, set()).update(codes[giver])
    return wanted


def labelled(connection: Connection, keys: Collection[int]) -> Iterator[Any]:
    """The rows `keys` with their labels and bodies."""
    for part in _parts(keys):
        yield from connection.execute(_LABELLED.where(RESOURCE.c.pk.in_(part))).all()


def _travelling(connection: Connection, keys: Collection[int]) -> Labels:
    codes = {}
    for row in labelled(connection, keys):
        if row.own_labels is None:
            codes[row.pk] = travelling_codes(security_codings(json.loads(row.body)), row.labels)
        else:
            codes[row.pk] = travelling_codes(json.loads(row.own_security), row.own_labels)
    return codes
