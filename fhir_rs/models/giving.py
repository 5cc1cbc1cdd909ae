"""Who gives labels to whom in a record: a target to what refers to it, a file both ways.

What a requester wrote gives its own labels only, and only to what refers to it: they go no further.
Else she could write something, and see by what vanishes elsewhere what lies between that she is not
shown. So each row has the labels it is read under (`labels`) and, where they are fewer, those that
it gives on (`own_labels`); no requester changes what somebody else's row gives on.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, or_, select
from sqlmodel import col

from fhir_rs.enforcement.description import security_codings
from fhir_rs.models.reference_conditions import REFERENCES
from fhir_rs.models.search_index import LabelHit
from fhir_rs.models.visibility import RESOURCE
from heart_uma.travelling_labels import TRAVELLING, travelling_codes


class Wanted:
    """Codes that resources should be labelled with, and whether they give them on."""

    def __init__(self) -> None:
        self.codes: dict[int, dict[str, bool]] = {}

    def add(self, key: int, codes: Iterable[str], *, on: bool) -> None:
        """`codes` for the row `key`; `on`: nothing that a requester wrote is a reason for them."""
        of_row = self.codes.setdefault(key, {})
        for code in codes:
            of_row[code] = on or of_row.get(code, False)


RECORD: BindParameter[str] = bindparam("in_record")
_HOLDER, _TARGET = RESOURCE.alias("holder"), RESOURCE.alias("target")
SERVICES = (
    select(REFERENCES.c.resource, col(LabelHit.labels), _TARGET.c.writer)
    .join(_TARGET, (_TARGET.c.record == RECORD) & (_TARGET.c.pk == col(LabelHit.resource)))
    .join(REFERENCES, REFERENCES.c.target == _TARGET.c.address)
    .where(
        col(LabelHit.record) == RECORD,
        REFERENCES.c.record == RECORD,
        col(LabelHit.rule) == "service",
    )
)
_HERE = (
    _HOLDER.c.record == RECORD,
    _TARGET.c.record == RECORD,
    REFERENCES.c.record == RECORD,
)


def _missing(giver: Any, taker: Any) -> Any:
    gives = func.coalesce(giver.c.own_labels, giver.c.labels).bitwise_and(TRAVELLING)
    gives_on = and_(giver.c.writer.is_(None), taker.c.writer.is_(None))
    return or_(
        gives.bitwise_and(taker.c.labels.bitwise_not()) != 0,
        and_(gives_on, gives.bitwise_and(taker.c.own_labels.bitwise_not()) != 0),
    )


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
EDGES: tuple[Edge, ...] = ((_CARRIED, _TARGET), (_HELD, _HOLDER), (_SECURED, _TARGET))
"""Statements of (pk of who takes labels, `giver`), each with the table that gives; files last."""
_LABELLED = select(
    RESOURCE.c.pk, RESOURCE.c.body, RESOURCE.c.labels, RESOURCE.c.sensitivity,
    RESOURCE.c.writer, RESOURCE.c.own_labels, RESOURCE.c.own_security,
)  # fmt: skip
_AT_ONCE = 500


def _parts(keys: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


def given(
    connection: Connection, record: str, edges: Sequence[Edge], givers: Collection[int] | None
) -> Wanted:
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
    wanted = Wanted()
    givers_of: dict[int, list[int]] = {}
    for taker, giver in pairs:
        givers_of.setdefault(giver, []).append(taker)
    for row in labelled(connection, record, givers_of):
        for taker in givers_of[row.pk]:
            wanted.add(taker, _travelling(row), on=row.writer is None)
    return wanted


def labelled(connection: Connection, record: str, keys: Collection[int]) -> Iterator[Any]:
    """The rows `keys` with their labels and bodies."""
    for part in _parts(keys):
        wanted = _LABELLED.where(RESOURCE.c.record == record, RESOURCE.c.pk.in_(part))
        yield from connection.execute(wanted).all()


def _travelling(row: Any) -> set[str]:
    if row.own_labels is None:
        return travelling_codes(security_codings(json.loads(row.body)), row.labels)
    return travelling_codes(json.loads(row.own_security), row.own_labels)
