"""References that name no address, connected to the resources of the record they mean.

A bare id, a `urn:uuid:` and an identifier are looked up among what the record holds (R4 references
2.3.0.2), when either end is written: so label carrying, search and includes know one thing only,
`Type/id`. The stored text stays as it was sent.

An identifier that a requester gave is a way to what bears it for her own references only. Else she
could try identifiers, and see by what follows from it which one a reference names whose words she
is not shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select
from sqlmodel import col

from fhir_rs.enforcement.description import Description
from fhir_rs.enforcement.indexing import MAX_VALUE
from fhir_rs.enforcement.references import names_of, type_of
from fhir_rs.models.criteria import INDEX, REFERENCES
from fhir_rs.models.search_index import ResourceReference
from fhir_rs.models.visibility import RESOURCE

_AT_ONCE = 500
_URNS = ("urn:uuid:", "urn:oid:")
Bearers = dict[str, dict[str, str | None]]
"""Key -> the addresses that it means, each with the requester who gave it that name, or None."""


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
    found = _bearers(connection, record, keys)
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
            .join(RESOURCE, RESOURCE.c.pk == c.resource)
            .where(*here)
        )
    )
    connection.execute(
        delete(ResourceReference).where(
            col(ResourceReference.record) == record, col(ResourceReference.key).in_(keys)
        )
    )
    connection.execute(
        REFERENCES.insert(),  # type: ignore[attr-defined]
        [
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
        ],
    )


def _meant(bearers: Mapping[str, str | None], writer: str | None) -> list[str]:
    return sorted(a for a, by in bearers.items() if by is None or by == writer)


def resolve(connection: Connection, record: str, keys: Collection[str]) -> dict[str, set[str]]:
    """The addresses in `record` that each of `keys` means; whoever may see them.

    Parameters: `keys` as `references.key_of` makes them; those that are addresses are left out.
    """
    return {key: set(found) for key, found in _bearers(connection, record, keys).items()}


def _bearers(connection: Connection, record: str, keys: Collection[str]) -> Bearers:
    """What each of `keys` means, and the requester who gave it that name, if one did."""
    found: Bearers = {}
    ids: dict[str, list[str]] = {}
    values: dict[str, list[str]] = {}
    for key in keys:
        if "?identifier=" in key:
            value = key.partition("?identifier=")[2].partition("|")[2]
            values.setdefault(value[:MAX_VALUE], []).append(key)
        elif key.startswith(_URNS):
            ids.setdefault(key.rpartition(":")[2], []).append(key)
        elif key.startswith("/"):
            ids.setdefault(key[1:].lower(), []).append(key)
    for row in _by_id(connection, record, list(ids)):
        for key in ids[row.id.lower()]:
            if not key.startswith("/") or key[1:] == row.id:
                # An id is the server's own choice.
                found.setdefault(key, {})[row.address] = None
    for row in _by_identifier(connection, record, list(values)):
        for key in values[row.value]:
            if _means(key, row):
                found.setdefault(key, {})[row.address] = row.writer
    return found


def _means(key: str, row: Any) -> bool:
    system = key.partition("?identifier=")[2].partition("|")[0]
    return type_of(key) in ("", row.type) and system[:MAX_VALUE] in ("", row.system)


def _by_id(connection: Connection, record: str, ids: list[str]) -> Iterable[Any]:
    lower = func.lower(RESOURCE.c.id)
    return _in_parts(
        connection,
        ids,
        lambda part: select(RESOURCE.c.address, RESOURCE.c.id).where(
            RESOURCE.c.record == record, lower.in_(part)
        ),
    )


def _by_identifier(connection: Connection, record: str, values: list[str]) -> Iterable[Any]:
    return _in_parts(
        connection,
        values,
        lambda part: (
            select(
                RESOURCE.c.address,
                RESOURCE.c.type,
                RESOURCE.c.writer,
                INDEX.c.system,
                INDEX.c.value,
            )
            .join(RESOURCE, RESOURCE.c.pk == INDEX.c.resource)
            .where(INDEX.c.record == record, INDEX.c.param == "identifier", INDEX.c.value.in_(part))
        ),
    )


def _in_parts(connection: Connection, wanted: list[str], statement: Any) -> Iterable[Any]:
    for start in range(0, len(wanted), _AT_ONCE):
        yield from connection.execute(statement(wanted[start : start + _AT_ONCE]))
