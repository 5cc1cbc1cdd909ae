"""The lines of the owner's list: what she sees of each resource, and what goes with it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select
from sqlmodel import col

from fhir_rs.enforcement.grant import Disclosed
from fhir_rs.enforcement.owner_content import beside, told
from fhir_rs.enforcement.titles import person_name
from fhir_rs.models import owner_view
from fhir_rs.models.owner_list import Page
from fhir_rs.models.record import Record
from fhir_rs.models.resource import PENDING
from fhir_rs.models.storing import find
from fhir_rs.protection.access import Access
from heart_uma.labels import topics_of
from heart_uma.levels import LEVELS

_LEVEL_NAMES = {number: name for name, number in LEVELS.items()}


class Contents(NamedTuple):
    """The resources of a page by their addresses, what they name, and what of that leaves."""

    of: dict[str, dict[str, Any]]
    beside: dict[str, dict[str, Any]]
    disclosed: list[Disclosed]


NO_CONTENTS = Contents({}, {}, [])


def contents_of(connection: Connection, access: Access, page: Page, *, alone: bool) -> Contents:
    """The resources of `page`; `alone` where she asked for this one."""
    stored = owner_view.bodies(connection, access.record, [row.pk for row in page.rows])
    whole = {row.address: json.loads(stored[row.pk]) for row in page.rows}
    named = {key for one in whole.values() for key in beside(one, access.bases)}
    found = owner_view.beside(connection, access.record, sorted(named - whole.keys()))
    return Contents(
        {key: told(one, alone=alone) for key, one in whole.items()},
        {row.address: told(json.loads(row.body), alone=False) for row in found},
        [Disclosed(row.type, row.id, row.kind) for row in found],
    )


def line_of(row: Row[Any], page: Page, contents: Contents, source: str) -> dict[str, Any]:
    """One resource: its name, date, topics and level, and its content where that was asked for."""
    line = {
        "id": row.address,
        "kind": row.kind,
        "title": row.title,
        "date": row.date,
        "topics": topics_of(row.labels),
        "level": _LEVEL_NAMES[row.level % PENDING],
        "source": source,
    }
    if row.pk in page.found:
        line["found"] = page.found[row.pk]
    return line | ({"content": contents.of[row.address]} if row.address in contents.of else {})


def about(connection: Connection, record: str) -> dict[str, Any]:
    """Whose record it is."""
    row = connection.execute(
        select(col(Record.name), col(Record.patient_ref)).where(col(Record.id) == record)
    ).one()
    patient = find(connection, record, row.patient_ref) if row.patient_ref else None
    resource = json.loads(patient.body) if patient is not None else {}
    return {
        "id": row.patient_ref,
        "name": person_name(resource) or row.name,
        "birthDate": resource.get("birthDate"),
    }
