"""What answers say of resources they only refer to: nothing, when those are withheld (FH-31)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, select

from fhir_rs.db import reading
from fhir_rs.enforcement.redaction import named_targets, redacted
from fhir_rs.models.criteria import Scope
from fhir_rs.models.visibility import RESOURCE


def without_withheld(connection: Connection, scope: Scope, bodies: Sequence[bytes]) -> list[bytes]:
    """The stored bytes of resources as this caller gets them; the owner gets them as they are."""
    if scope.grant.owner:
        return list(bodies)
    named = [named_targets(body) for body in bodies]
    targets = frozenset().union(*named)
    if not targets:
        return list(bodies)
    types = frozenset(target.partition("/")[0] for target in targets)
    shown = connection.execute(
        select(RESOURCE.c.address).where(scope.sees(types), RESOURCE.c.address.in_(sorted(targets)))
    ).scalars()
    withheld = targets.difference(shown)
    return [
        redacted(body, withheld) if mentioned & withheld else body
        for body, mentioned in zip(bodies, named, strict=True)
    ]


def as_shown(engine: Engine, scope: Scope, body: bytes) -> bytes:
    """One resource as this caller gets it; most name nothing, and then nothing is looked up."""
    if scope.grant.owner or not named_targets(body):
        return body
    with reading(engine) as connection:
        return without_withheld(connection, scope, [body])[0]
