"""References that name no address, connected to the resources of the record they mean.

A bare id, a `urn:uuid:` and an identifier are looked up among what the record holds (R4 references
2.3.0.2), when either end is written: so label carrying, search and includes know one thing only,
`Type/id`. The stored text stays as it was sent.

An identifier that a requester gave is a way to what bears it for her own references only. Else she
could try identifiers, and see by what follows from it which one a reference names whose words she
is not shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, select
from sqlmodel import col

from fhir_rs.enforcement.description import Description
from fhir_rs.enforcement.references import names_of
from fhir_rs.models import record_state
from fhir_rs.models.bearers import Bearers, bearers
from fhir_rs.models.reference_conditions import REFERENCES
from fhir_rs.models.search_index import ResourceReference
from fhir_rs.models.visibility import RESOURCE

_AT_ONCE = 500


def connect(connection: Connection, record: str, fresh: Sequence[Description]) -> None:
    """Connect what `fresh` resources refer to, and what referred to them before they came."""
    waiting = set(
        connection.execute(
            select(REFERENCES.c.key)
            .where(REFERENCES.c.record == record, REFERENCES.c.key.is_not(None))
            .distinct()
        ).scalars()
    )
    if not waiting:
        return
    touched = {row.key for new in fresh for row in new.references if row.key is not None}
    for new in fresh:
        identifiers = [(r.system, r.value) for r in new.index if r.param == "identifier"]
        touched.update(waiting.intersection(names_of(new.address, identifiers)))
    # A resource that lost an identifier is no longer meant by it.
    touched.update(_pointing(connection, record, [new.address for new in fresh]))
    keys = sorted(touched & waiting)
    found = bearers(connection, record, keys)
    for start in range(0, len(keys), _AT_ONCE):
        _point(connection, record, keys[start : start + _AT_ONCE], found)


def _pointing(connection: Connection, record: str, addresses: Sequence[str]) -> Iterable[str]:
    return connection.execute(
        select(REFERENCES.c.key).where(
            REFERENCES.c.record == record,
            REFERENCES.c.key.is_not(None),
            REFERENCES.c.target.in_(addresses),
        )
    ).scalars()


def _point(connection: Connection, record: str, keys: Sequence[str], found: Bearers) -> None:
    c = REFERENCES.c
    here = (c.record == record, c.key.in_(keys))
    # What names the same twice is one.
    rows = set(
        connection.execute(
            select(c.resource, c.param, c.carries, c.holds, c.key, RESOURCE.c.writer)
            .join(RESOURCE, (RESOURCE.c.record == c.record) & (RESOURCE.c.pk == c.resource))
            .where(*here)
        )
    )
    connection.execute(
        delete(ResourceReference).where(
            col(ResourceReference.record) == record, col(ResourceReference.key).in_(keys)
        )
    )
    pointed = [
        {
            "resource": row.resource,
            "record": record,
            "param": row.param,
            "target": target,
            "carries": row.carries,
            "holds": row.holds,
            "key": row.key,
        }
        for row in sorted(rows, key=lambda row: row[:5])
        for target in _meant(found.get(row.key, {}), row.writer) or [row.key]
    ]
    numbers = record_state.take(connection, record, len(pointed))
    connection.execute(
        REFERENCES.insert(),  # type: ignore[attr-defined]
        [{**row, "pk": number} for row, number in zip(pointed, numbers, strict=True)],
    )


def _meant(found: Mapping[str, str | None], writer: str | None) -> list[str]:
    return sorted(a for a, by in found.items() if by is None or by == writer)
