"""One criterion of a search as SQL, every joined row under the mask of its own type."""

from __future__ import annotations

from sqlalchemy import (
    FromClause,
    or_,
    select,
)

from fhir_rs.enforcement.criteria import Criterion, Has
from fhir_rs.enforcement.search_parameters import REFERENCE
from fhir_rs.models.reference_conditions import REFERENCES, leads_to
from fhir_rs.models.scope import Scope
from fhir_rs.models.searched_values import INDEX, is_value
from fhir_rs.models.visibility import RESOURCE, Condition


def meets(scope: Scope, criterion: Criterion, table: FromClause) -> Condition:
    name = criterion.parameter.name
    if criterion.parameter.type == REFERENCE:
        if criterion.chain is not None:
            return _chained(scope, name, *criterion.chain, table)
        targets = sorted({t for value in criterion.values for t in value.targets})
        rows = select(REFERENCES.c.resource).where(
            REFERENCES.c.record == scope.record,
            REFERENCES.c.param == name,
            leads_to(scope, targets),
        )
        return table.c.pk.in_(rows)
    rows = select(INDEX.c.resource).where(
        INDEX.c.record == scope.record,
        INDEX.c.param == name,
        or_(*(is_value(criterion.parameter.type, value) for value in criterion.values)),
    )
    return table.c.pk.in_(rows)


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
