"""Who sees one resource of a record, and who would if her level of it were another.

`enforcement/lenses.py` says it for most; a Binary goes with what it is content of, which only the
query knows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, and_, literal, select

from fhir_rs.enforcement.grant import Grant
from fhir_rs.enforcement.kinds import HELD_SLOT
from fhir_rs.enforcement.lenses import Facet, lenses_of, shows, why_held
from fhir_rs.models import owner_view
from fhir_rs.models.owner_view import COLUMNS
from fhir_rs.models.resource import PENDING
from fhir_rs.models.visibility import RESOURCE, visible
from heart_uma.levels import LEVELS

_BINARY = frozenset({"Binary"})


def find(connection: Connection, record: str, address: str) -> Row[Any] | None:
    """The line of one resource that counts as a record of hers."""
    wanted = and_(owner_view.counted(connection, record), RESOURCE.c.address == address)
    return connection.execute(select(*COLUMNS).where(wanted)).first()


def told(connection: Connection, record: str, row: Row[Any], grant: Grant) -> dict[str, Any]:
    """Whether `grant` shows `row` now, why not, and whether it would at each level."""
    at = {name: _shows(connection, record, row, grant, n) for name, n in LEVELS.items()}
    own = row.level % PENDING
    # Until it is described again nobody sees it but its owner.
    now = row.level < PENDING and at[next(name for name, n in LEVELS.items() if n == own)]
    why = "" if now else why_held(lenses_of(grant, "read"), _facet(row, own))
    return {"now": now, "why": why, "at": at}


def _facet(row: Row[Any], level: int) -> Facet:
    slot = row.slot.removeprefix(HELD_SLOT)
    return Facet(row.address, row.type, slot, row.labels, level, row.day_low, row.day_high)


def _shows(connection: Connection, record: str, row: Row[Any], grant: Grant, level: int) -> bool:
    if row.type != "Binary":
        facet = _facet(row, level)
        return any(shows(lens, facet) for lens in lenses_of(grant, "read"))
    others = [column for column in RESOURCE.c if column.name != "level"]
    here = and_(RESOURCE.c.record == record, RESOURCE.c.address == row.address)
    as_if = select(*others, literal(level).label("level")).where(here).subquery()
    shown = visible(grant, record, types=_BINARY, table=as_if)
    return connection.execute(select(as_if.c.address).where(shown)).first() is not None
