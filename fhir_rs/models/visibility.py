"""A Grant as SQL: the condition every query carries, before LIMIT.

Nothing that is not shown is counted, sorted, joined or paged. `enforcement/lenses.py` says the
same in Python, and a property test holds the two together.
"""

from __future__ import annotations

from sqlalchemy import (
    BindParameter,
    FromClause,
    false,
    or_,
    true,
)

from fhir_rs.db import Table
from fhir_rs.enforcement.grant import Grant
from fhir_rs.enforcement.lenses import lenses_of
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.models.companions import content, directory
from fhir_rs.models.resource import Resource
from fhir_rs.models.sight import Condition as Condition
from fhir_rs.models.sight import Sight, through
from heart_uma.kinds import DIRECTORY_TYPES

RESOURCE: FromClause = Table.metadata.tables[str(Resource.__tablename__)]
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
            choices.append(content(seen, table, record, version))
        if action == "read" and (types is None or types & DIRECTORY_TYPES):
            choices.append(directory(lens, table, record, version))
    return or_(false(), *choices)


def is_record(table: FromClause = RESOURCE) -> Condition:
    """True for what counts as a record of the person: people and places are counted apart."""
    return table.c.type.not_in(_DIRECTORY)
