"""Who gives labels to whom in a record: a target to what refers to it, a file both ways (FS-48)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, bindparam, select
from sqlmodel import col

from fhir_rs.models.criteria import REFERENCES
from fhir_rs.models.search_index import LabelHit
from fhir_rs.models.visibility import RESOURCE
from heart_uma.labels import TRAVELLING

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
    return giver.c.labels.bitwise_and(TRAVELLING).bitwise_and(taker.c.labels.bitwise_not()) != 0


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
    .where(*_HERE, REFERENCES.c.holds > 0, _TARGET.c.type == "Binary", _missing(_HOLDER, _TARGET))
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
