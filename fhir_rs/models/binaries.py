"""Where each Binary of a record belongs: with what it is content of (R4 Binary, Attachment.url)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, exists, select, union_all, update
from sqlmodel import col

from fhir_rs.enforcement.kinds import HELD_SLOT, OTHER_SLOT
from fhir_rs.enforcement.placing import UNREAD_CATEGORY
from fhir_rs.models.giving import is_trusted
from fhir_rs.models.reference_conditions import REFERENCES
from fhir_rs.models.resource import Resource
from fhir_rs.models.search_index import LabelHit
from fhir_rs.models.visibility import RESOURCE

UNPLACED_SLOT = "Binary"
"""The slot of a Binary that nothing stands for: no permission speaks of it."""
_CONTEXT, _UNPLACED_HOLDER = "context", 2
_RECORD: BindParameter[str] = bindparam("in_record")
_BINARY, _HOLDER = RESOURCE.alias("content"), RESOURCE.alias("holder")
_UNREAD = exists().where(
    col(LabelHit.record) == _BINARY.c.record,
    col(LabelHit.resource) == _BINARY.c.pk,
    col(LabelHit.category) == UNREAD_CATEGORY,
)
_BINARIES = select(
    _BINARY.c.pk, _BINARY.c.address, _BINARY.c.kind, _BINARY.c.slot, _UNREAD.label("unread")
).where(_BINARY.c.record == _RECORD, _BINARY.c.type == "Binary")
_HELD = (REFERENCES.c.record == _RECORD, REFERENCES.c.holds > 0)
_POINTING = (
    select(_BINARY.c.pk, _HOLDER.c.slot, _HOLDER.c.kind, REFERENCES.c.holds)
    .join(REFERENCES, REFERENCES.c.target == _BINARY.c.address)
    .join(_HOLDER, (_HOLDER.c.record == _RECORD) & (_HOLDER.c.pk == REFERENCES.c.resource))
    .where(
        _BINARY.c.record == _RECORD,
        _BINARY.c.type == "Binary",
        is_trusted(_HOLDER, _BINARY),
        *_HELD,
    )
)
# Whether the other resource is here or not, the Binary is said to be treated as if it were that.
_SECURED = (
    select(_BINARY.c.pk, _HOLDER.c.slot, _HOLDER.c.kind, REFERENCES.c.holds)
    .join(REFERENCES, REFERENCES.c.resource == _BINARY.c.pk)
    .outerjoin(_HOLDER, (_HOLDER.c.record == _RECORD) & (_HOLDER.c.address == REFERENCES.c.target))
    .where(_BINARY.c.record == _RECORD, _BINARY.c.type == "Binary", *_HELD)
)
_HOLDERS = union_all(_POINTING, _SECURED)
_PLACE = (
    update(Resource)
    .where(col(Resource.record) == _RECORD, col(Resource.pk) == bindparam("key"))
    .values(kind=bindparam("to_kind"), slot=bindparam("to_slot"))
)


def any_in(connection: Connection, record: str) -> bool:
    """True when `record` holds a Binary at all; most hold none."""
    here = (RESOURCE.c.record == record, RESOURCE.c.type == "Binary")
    return connection.execute(select(RESOURCE.c.pk).where(*here).limit(1)).first() is not None


def place(connection: Connection, record: str) -> None:
    """Give every Binary of `record` the kind and slot of what it is content of."""
    binaries = connection.execute(_BINARIES, {"in_record": record}).all()
    if not binaries:
        return
    holders: dict[int, list[Any]] = {}
    for row in connection.execute(_HOLDERS, {"in_record": record}):
        holders.setdefault(row.pk, []).append(row)
    moved = []
    for binary in binaries:
        kind, slot = _place_of(holders.get(binary.pk, []), unread=bool(binary.unread))
        if (kind, slot) != (binary.kind, binary.slot):
            moved.append({"in_record": record, "key": binary.pk, "to_kind": kind, "to_slot": slot})
    if moved:
        connection.execute(_PLACE, moved)


def _place_of(holders: list[Any], *, unread: bool) -> tuple[str, str]:
    """(kind, slot): of its holders where they agree; else only who sees everything sees it."""
    if not holders:
        return "other", UNPLACED_SLOT if unread else OTHER_SLOT
    if unread and all(row.holds == _UNPLACED_HOLDER for row in holders):
        return "other", UNPLACED_SLOT
    slots = {row.slot for row in holders}
    if len(slots) == 1 and None not in slots:
        return str(holders[0].kind), f"{HELD_SLOT}{holders[0].slot}"
    return "other", f"{HELD_SLOT}{OTHER_SLOT}"
