"""Which records of an owner are the ones she looks for: read only when she looks for something."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row

from fhir_rs.enforcement.facts import Facts, facts_of
from fhir_rs.enforcement.hints import Hints
from fhir_rs.enforcement.looking_up import PlainWords, found_by, names_of, parts_of
from fhir_rs.models import owner_view


def found(
    connection: Connection,
    record: str,
    rows: Iterable[Row[Any]],
    wanted: str,
    *,
    bases: tuple[str, ...],
    hints: Hints,
    plain: PlainWords,
) -> dict[int, str]:
    """For each row that `wanted` finds, by its key: the name that it was found by."""
    many = list(rows)
    texts = owner_view.bodies(connection, record, [row.pk for row in many])
    own = {row.address: facts_of(json.loads(texts[row.pk])) for row in many}
    parts = {address: parts_of(facts, bases) for address, facts in own.items()}
    known = own | _elsewhere(connection, record, parts, own)
    answers = {}
    for row in many:
        made_of = [known[each] for each in parts[row.address] if each in known]
        names = names_of(row.title, [own[row.address], *made_of], hints, plain)
        name = found_by(wanted, names)
        if name is not None:
            answers[row.pk] = name
    return answers


def _elsewhere(
    connection: Connection,
    record: str,
    parts: Mapping[str, list[str]],
    own: Mapping[str, Facts],
) -> dict[str, Facts]:
    """What records are made of that is no record of its own: a medicine."""
    missing = {each for some in parts.values() for each in some if each not in own}
    bodies = owner_view.bodies_at(connection, record, missing) if missing else {}
    return {address: facts_of(json.loads(body)) for address, body in bodies.items()}
