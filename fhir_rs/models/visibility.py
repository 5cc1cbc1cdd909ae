"""A Grant as SQL: the condition every query carries, before LIMIT (DESIGN 9).

Nothing that is not shown is counted, sorted, joined or paged. `enforcement/lenses.py` says the
same in Python, and a property test holds the two together.
"""

from __future__ import annotations

from sqlalchemy import BindParameter, ColumnElement, FromClause, and_, false, or_, select, true

from fhir_rs.db import Table
from fhir_rs.enforcement.grant import Grant
from fhir_rs.enforcement.lenses import HIDDEN, Lens, lenses_of
from fhir_rs.models.resource import Resource
from fhir_rs.models.search_index import ResourceReference
from heart_uma.labels import DIRECTORY_TYPES

Condition = ColumnElement[bool]
RESOURCE: FromClause = Table.metadata.tables[str(Resource.__tablename__)]
_REFERENCES: FromClause = Table.metadata.tables[str(ResourceReference.__tablename__)]
# Made once: an alias of a wide table costs more than the query it is used in.
_SOURCE, _BETWEEN = RESOURCE.alias("source"), RESOURCE.alias("between")
_REF, _STEP = _REFERENCES.alias("ref"), _REFERENCES.alias("step")
_DIRECTORY = sorted(DIRECTORY_TYPES)


def visible(
    grant: Grant,
    record: str | BindParameter[str],
    action: str = "read",
    *,
    types: frozenset[str] | None = None,
    table: FromClause = RESOURCE,
    version: FromClause | None = None,
) -> Condition:
    """The condition that a row of `table` may be read (or written) under `grant`.

    Parameters: `types` are the types the query can touch, when known: it leaves out what cannot
    match. `version`: a replaced version, which must pass with its labels of then and of now.
    """
    if grant.owner:
        return true()
    choices = []
    for lens in lenses_of(grant, action):
        if types is None or not types <= DIRECTORY_TYPES:
            choices.append(_through(lens, table, version))
        if action == "read" and (types is None or types & DIRECTORY_TYPES):
            choices.append(_directory(lens, table, record))
    return or_(false(), *choices)


def _through(lens: Lens, table: FromClause, version: FromClause | None = None) -> Condition:
    c = table.c
    labels: ColumnElement[int] = c.labels
    slots: Condition = c.slot.in_(lens.slots)
    if version is not None:
        labels = c.labels.bitwise_or(version.c.labels)
        slots = and_(slots, version.c.slot.in_(lens.slots))
    shown: Condition = and_(slots, labels.bitwise_and(lens.denied) == 0, c.level == 0)
    limits = lens.limits
    if limits.also:
        right_type: Condition = c.type.in_(lens.types)
        if lens.other:
            right_type = or_(right_type, c.slot == "Resource:other")
        named = and_(c.address.in_(sorted(limits.also)), right_type, c.level < HIDDEN)
        shown = or_(shown, named)
    narrowed: list[Condition] = [shown]
    if limits.except_:
        narrowed.append(c.address.not_in(sorted(limits.except_)))
    if limits.only is not None:
        narrowed.append(c.address.in_(sorted(limits.only)))
    window: list[Condition] = []
    if lens.since_day is not None:
        window.append(c.day_low >= lens.since_day)
    if lens.until_day is not None:
        window.append(c.day_high <= lens.until_day)
    if window:
        # A person has no clinical date; a record without one is not known to lie inside.
        narrowed.append(or_(c.type == "Patient", and_(*window)))
    return and_(*narrowed)


def _directory(lens: Lens, table: FromClause, record: str | BindParameter[str]) -> Condition:
    """People and places that something shown through this lens refers to, one step further too."""
    c = table.c
    direct = (
        select(_REF.c.target)
        .where(
            _REF.c.record == record,
            _REF.c.resource == _SOURCE.c.pk,
            _SOURCE.c.record == record,
            _through(lens, _SOURCE),
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
        c.labels.bitwise_and(lens.denied) == 0,
        c.level == 0,
        c.address.not_in(sorted(lens.limits.except_)),
        or_(c.address.in_(direct), c.address.in_(further)),
    )


def is_record(table: FromClause = RESOURCE) -> Condition:
    """True for what counts as a record of the person: people and places are counted apart."""
    return table.c.type.not_in(_DIRECTORY)
