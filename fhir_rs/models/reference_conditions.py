"""What a reference leads to as SQL, told to nobody who may not see it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import FromClause, and_, exists, or_, true

from fhir_rs.db import Table
from fhir_rs.enforcement.references import is_address, type_of
from fhir_rs.models.scope import Scope
from fhir_rs.models.search_index import ResourceReference
from fhir_rs.models.visibility import RESOURCE, Condition

REFERENCES: FromClause = Table.metadata.tables[str(ResourceReference.__tablename__)]


def leads_to(scope: Scope, targets: Sequence[str]) -> Condition:
    """A reference to one of `targets`; what a name means is found only by who sees that resource.

    Otherwise a search by address would tell which hidden resource bears the name.
    """
    c, target = REFERENCES.c, RESOURCE.alias()
    types = frozenset(map(type_of, targets)) - {""}
    seen = exists().where(target.c.address == c.target, scope.sees(types, target))
    found = and_(c.target.in_(targets), or_(c.key.is_(None), seen))
    names = [each for each in targets if not is_address(each)]
    identifiers = [each for each in names if "?identifier=" in each]
    literal = [each for each in names if each not in identifiers]
    found = or_(found, c.key.in_(literal)) if literal else found
    if not identifiers:
        return found
    return or_(found, and_(c.key.in_(identifiers), _is_told(scope, identifiers)))


def _is_told(scope: Scope, identifiers: Sequence[str]) -> Condition:
    """The caller gets to read the identifier that a reference names (`shown_resource.as_shown`).

    It is cut with the other words about what is hidden or absent, and who tries identifiers must
    not learn by what is found which of them stood there.
    """
    if scope.grant.owner:
        return true()
    holder, target = RESOURCE.alias(), RESOURCE.alias()
    types = frozenset(map(type_of, identifiers))
    shown = scope.sees(None if "" in types else types, target)
    here = target.c.address == REFERENCES.c.target, target.c.writer.is_(None)
    same = holder.c.record == scope.record, holder.c.pk == REFERENCES.c.resource
    own = *same, holder.c.writer == scope.reader
    return or_(exists().where(*here, shown), exists().where(*own))
