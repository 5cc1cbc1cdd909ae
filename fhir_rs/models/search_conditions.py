"""One criterion of a search as SQL, every joined row under the mask of its own type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BindParameter,
    FromClause,
    and_,
    exists,
    or_,
    select,
    true,
)

from fhir_rs.db import Table
from fhir_rs.enforcement.criteria import Criterion, Has
from fhir_rs.enforcement.grant import Grant
from fhir_rs.enforcement.references import is_address, type_of
from fhir_rs.enforcement.search_parameters import REFERENCE
from fhir_rs.models.search_index import ResourceReference
from fhir_rs.models.searched_values import INDEX as INDEX
from fhir_rs.models.searched_values import compare as compare
from fhir_rs.models.searched_values import is_value
from fhir_rs.models.visibility import RESOURCE, Condition, visible

REFERENCES: FromClause = Table.metadata.tables[str(ResourceReference.__tablename__)]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a query looks, and for whom: one record, one grant, one reader.

    `reader` is who asks, as a version remembers its writer; None: nobody who could have written.
    """

    record: str | BindParameter[str]
    grant: Grant
    reader: str | BindParameter[str] | None = None

    def sees(
        self,
        types: frozenset[str] | None,
        table: FromClause = RESOURCE,
        *,
        action: str = "read",
        version: FromClause | None = None,
    ) -> Condition:
        """Rows of `table` in this record that the grant shows."""
        shown = visible(
            self.grant, self.record, action, types=types, table=table, version=version,
            reader=self.reader,
        )  # fmt: skip
        return and_(table.c.record == self.record, shown)


def meets(scope: Scope, criterion: Criterion, table: FromClause) -> Condition:
    name = criterion.parameter.name
    if criterion.parameter.type == REFERENCE:
        if criterion.chain is not None:
            return _chained(scope, name, *criterion.chain, table)
        targets = sorted({t for value in criterion.values for t in value.targets})
        rows = select(REFERENCES.c.resource).where(
            REFERENCES.c.record == scope.record,
            REFERENCES.c.param == name,
            _leads_to(scope, targets),
        )
        return table.c.pk.in_(rows)
    rows = select(INDEX.c.resource).where(
        INDEX.c.record == scope.record,
        INDEX.c.param == name,
        or_(*(is_value(criterion.parameter.type, value) for value in criterion.values)),
    )
    return table.c.pk.in_(rows)


def _leads_to(scope: Scope, targets: Sequence[str]) -> Condition:
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
    own = holder.c.pk == REFERENCES.c.resource, holder.c.writer == scope.reader
    return or_(exists().where(*here, shown), exists().where(*own))


def _chained(scope: Scope, name: str, type_: str, inner: Criterion, table: FromClause) -> Condition:
    target = RESOURCE.alias()
    rows = select(REFERENCES.c.resource).where(
        REFERENCES.c.record == scope.record,
        REFERENCES.c.param == name,
        REFERENCES.c.target == target.c.address,
        target.c.type == type_,
        scope.sees(frozenset({type_}), target),
        meets(scope, inner, target),
    )
    return table.c.pk.in_(rows)


def referred_to(scope: Scope, has: Has) -> Condition:
    source = RESOURCE.alias()
    rows = select(REFERENCES.c.target).where(
        REFERENCES.c.record == scope.record,
        REFERENCES.c.param == has.param,
        REFERENCES.c.resource == source.c.pk,
        source.c.type == has.type,
        scope.sees(frozenset({has.type}), source),
        meets(scope, has.criterion, source),
    )
    return RESOURCE.c.address.in_(rows)
