"""What a lens shows by way of something else: files by their documents, people by who names them.

Parts of `visibility.visible`, with its parameters.
"""

from __future__ import annotations

from sqlalchemy import BindParameter, FromClause, and_, exists, not_, or_, select, true

from fhir_rs.db import Table
from fhir_rs.enforcement.kinds import HELD_SLOT
from fhir_rs.enforcement.lenses import Lens
from fhir_rs.enforcement.references import CONTAINED
from fhir_rs.models.resource import Resource
from fhir_rs.models.search_index import ResourceReference
from fhir_rs.models.sight import Condition, Sight, through
from heart_uma.kinds import DIRECTORY_TYPES

_RESOURCE: FromClause = Table.metadata.tables[str(Resource.__tablename__)]
_REFERENCES: FromClause = Table.metadata.tables[str(ResourceReference.__tablename__)]
# Made once: an alias of a wide table costs more than the query it is used in.
_SOURCE, _BETWEEN = _RESOURCE.alias("source"), _RESOURCE.alias("between")
_REF, _STEP = _REFERENCES.alias("ref"), _REFERENCES.alias("step")
_HOLDER, _HELD = _RESOURCE.alias("content_holder"), _REFERENCES.alias("held")
_DIRECTORY = sorted(DIRECTORY_TYPES)


def content(
    seen: Sight,
    table: FromClause,
    record: str | BindParameter[str],
    version: FromClause | None,
) -> Condition:
    """A Binary goes with what it is content of: all of that must be shown through this lens.

    So it takes over kind, labels, level, named records and days of its holders (R4 Binary).
    """
    c, lens = table.c, seen.lens
    held = (_HELD.c.record == record, _HELD.c.holds > 0, _HOLDER.c.record == record)
    pointing = (
        *held,
        _HELD.c.target == c.address,
        _HOLDER.c.pk == _HELD.c.resource,
        # A requester's document is no way to somebody else's file (see models/giving.py).
        or_(_HOLDER.c.writer.is_(None), _HOLDER.c.writer == c.writer),
    )
    shown = through(seen, _HOLDER)
    # What is not here at all is not shown either: hidden and absent are alike.
    target = exists().where(_HOLDER.c.record == record, _HOLDER.c.address == _HELD.c.target, shown)
    secured = (_HELD.c.record == record, _HELD.c.holds > 0, _HELD.c.resource == c.pk)
    there = target.correlate(_HELD)
    some = [exists().where(*pointing, shown), exists().where(*secured, there)]
    # A holder without a writer or a day makes a comparison unknown, which is not shown either.
    unseen = shown.is_not(true())
    others = [exists().where(*pointing, unseen), exists().where(*secured, not_(there))]
    return and_(
        c.type == "Binary",
        c.slot.like(f"{HELD_SLOT}%"),
        c.level == 0,
        c.address.not_in(sorted(lens.limits.except_)),
        seen.allows(table, version),
        or_(*(each.correlate(table) for each in some)),
        not_(or_(*(each.correlate(table) for each in others))),
    )


def directory(
    lens: Lens,
    table: FromClause,
    record: str | BindParameter[str],
    version: FromClause | None,
) -> Condition:
    """People and places that something shown through this lens refers to, one step further too.

    What is contained in it and has a verdict of its own leads to nobody: it may be left out.
    """
    c = table.c
    direct = (
        select(_REF.c.target)
        .where(
            _REF.c.record == record,
            _REF.c.resource == _SOURCE.c.pk,
            _REF.c.param != CONTAINED,
            _SOURCE.c.record == record,
            through(Sight(lens, None), _SOURCE),
            # A requester's own reference leads to nobody whom she could not see before.
            _SOURCE.c.writer.is_(None),
        )
        .correlate(None)
    )
    further = (
        select(_STEP.c.target)
        .where(
            _STEP.c.record == record,
            _STEP.c.resource == _BETWEEN.c.pk,
            _BETWEEN.c.record == record,
            _BETWEEN.c.type.in_(_DIRECTORY),
            _BETWEEN.c.labels.bitwise_and(lens.denied) == 0,
            _BETWEEN.c.address.in_(direct),
        )
        .correlate(None)
    )
    return and_(
        c.type.in_(_DIRECTORY),
        Sight(lens, None).allows(table, version),
        c.level == 0,
        c.address.not_in(sorted(lens.limits.except_)),
        or_(c.address.in_(direct), c.address.in_(further)),
    )
