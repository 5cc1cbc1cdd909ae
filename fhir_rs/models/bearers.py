"""What bears a name in a record: the addresses that a bare id, a `urn:` or an identifier means."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Text, func, select

from fhir_rs.enforcement.folding import MAX_VALUE
from fhir_rs.enforcement.references import type_of
from fhir_rs.models.scope import RECORD
from fhir_rs.models.searched_values import INDEX
from fhir_rs.models.visibility import RESOURCE
from heart_ground.listed import as_list, listed
from heart_ground.prepared import Prepared

_URNS = ("urn:uuid:", "urn:oid:")
Bearers = dict[str, dict[str, str | None]]
"""Key -> the addresses that it means, each with the requester who gave it that name, or None."""


def resolve(connection: Connection, record: str, keys: Collection[str]) -> dict[str, set[str]]:
    """The addresses in `record` that each of `keys` means; whoever may see them.

    Parameters: `keys` as `references.key_of` makes them; those that are addresses are left out.
    """
    return {key: set(found) for key, found in bearers(connection, record, keys).items()}


def bearers(connection: Connection, record: str, keys: Collection[str]) -> Bearers:
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
    asked = {"in_record": record, "given": as_list(ids)}
    return _of_id(connection.dialect).rows(connection, asked) if ids else ()


@cache
def _of_id(dialect: Dialect) -> Prepared:
    c = RESOURCE.c
    here = (c.record == RECORD, func.lower(c.id).in_(listed(dialect, "given", Text())))
    return Prepared(select(c.address, c.id).where(*here), dialect)


def _by_identifier(connection: Connection, record: str, values: list[str]) -> Iterable[Any]:
    asked = {"in_record": record, "given": as_list(values)}
    return _of_identifier(connection.dialect).rows(connection, asked) if values else ()


@cache
def _of_identifier(dialect: Dialect) -> Prepared:
    c, i = RESOURCE.c, INDEX.c
    here = (i.record == RECORD, i.param == "identifier")
    given = i.value.in_(listed(dialect, "given", Text()))
    rows = select(c.address, c.type, c.writer, i.system, i.value)
    rows = rows.join(RESOURCE, (c.record == i.record) & (c.pk == i.resource))
    return Prepared(rows.where(*here, given), dialect)
