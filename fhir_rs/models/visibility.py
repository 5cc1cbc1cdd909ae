"""A Grant as SQL: the condition every query carries, before LIMIT (DESIGN 9).

Nothing that is not shown is counted, sorted, joined or paged. `enforcement/lenses.py` says the
same in Python, and a property test holds the two together.
"""

from __future__ import annotations

from sqlalchemy import (
    BindParameter,
    FromClause,
    and_,
    exists,
    false,
    not_,
    or_,
    select,
    true,
)

from fhir_rs.db import Table
from fhir_rs.enforcement.grant import Grant
from fhir_rs.enforcement.kinds import HELD_SLOT
from fhir_rs.enforcement.lenses import Lens, lenses_of
from fhir_rs.enforcement.references import CONTAINED
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.models.resource import Resource
from fhir_rs.models.search_index import ResourceReference
from fhir_rs.models.sight import Condition as Condition
from fhir_rs.models.sight import Sight, through
from heart_uma.labels import DIRECTORY_TYPES

RESOURCE: FromClause = Table.metadata.tables[str(Resource.__tablename__)]
_REFERENCES: FromClause = Table.metadata.tables[str(ResourceReference.__tablename__)]
# Made once: an alias of a wide table costs more than the query it is used in.
_SOURCE, _BETWEEN = RESOURCE.alias("source"), RESOURCE.alias("between")
_REF, _STEP = _REFERENCES.alias("ref"), _REFERENCES.alias("step")
_HOLDER, _HELD = RESOURCE.alias("content_holder"), _REFERENCES.alias("held")
_DIRECTORY = sorted(DIRECTORY_TYPES)
RECORD_TYPES = RESOURCE_TYPES - DIRECTORY_TYPES
"""Every type with permissions of its own: what a question about a whole record can touch."""


def visible(
    grant: Grant,
    record: str | BindParameter[str],
    action: str = "read",
    *,
    types: frozenset[str] | None = None,
    table: FromClause = RESOURCE,
    version: FromClause | None = None,
    reader: str | BindParameter[str] | None = None,
) -> Condition:
    """The condition that a row of `table` may be read (or written) under `grant`.

    Parameters: `types` are the types the query can touch, when known: it leaves out what cannot
    match. `version`: a replaced version, which must pass with its labels of then and of now.
    `reader`: who asks; what she wrote herself passes with the labels that its own content gives.
    """
    if grant.owner:
        return true()
    choices = []
    for lens in lenses_of(grant, action):
        seen = Sight(lens, reader)
        if types is None or not types <= DIRECTORY_TYPES:
            choices.append(through(seen, table, version))
        if types is None or "Binary" in types:
            choices.append(_content(seen, table, record, version))
        if action == "read" and (types is None or types & DIRECTORY_TYPES):
            choices.append(_directory(lens, table, record, version))
    return or_(false(), *choices)


def _content(
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


def _directory(
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


def is_record(table: FromClause = RESOURCE) -> Condition:
    """True for what counts as a record of the person: people and places are counted apart."""
    return table.c.type.not_in(_DIRECTORY)
