"""Describing again what is stored already: labels, references, moments, by today's rules.

After an upgrade every row waits (models/resource.PENDING) and only its owner reads it. The job does
one record after the other, a batch in a transaction, and lets a record go once all of it is done
and its labels have settled. It can be stopped at any point and run again: what is done stays done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, func, or_, select, update
from sqlmodel import col

from fhir_rs.db import reading, writing
from fhir_rs.enforcement.description import (
    Description,
    describe,
    described_by,
    security_codings,
)
from fhir_rs.enforcement.ruleset import Rules
from fhir_rs.models import relabeling, resolving, storing
from fhir_rs.models.record import lock
from fhir_rs.models.resource import PENDING, Resource, ResourceVersion
from fhir_rs.models.visibility import RESOURCE
from heart_uma.label_systems import SENSITIVITY_SYSTEM
from heart_uma.labels import UNKNOWN_BIT, is_topic_code, mask_of

BATCH = 200
Progress = Callable[[int, int], None]
"""Told how many resources are done, of how many."""


def _undone(rules: Rules) -> ColumnElement[bool]:
    return RESOURCE.c.rules != described_by(rules)


def waiting(engine: Engine) -> int:
    """How many resources are withheld from all but their owners until they are described again."""
    with reading(engine) as connection:
        rows = select(func.count()).select_from(RESOURCE).where(RESOURCE.c.level >= PENDING)
        return int(connection.execute(rows).scalar_one())


def run(engine: Engine, rules: Rules, *, base_url: str | None, progress: Progress) -> int:
    """Describe again whatever was described by other rules than these; return how many.

    Parameters: `base_url` is the FHIR base of the server, so that absolute references to it are
    known; None where nobody knows it.
    """
    c = RESOURCE.c
    left = or_(_undone(rules), c.level >= PENDING)
    with reading(engine) as connection:
        rows = select(c.record, func.count()).where(left).group_by(c.record)
        records = {row[0]: int(row[1]) for row in connection.execute(rows)}
    done, total = 0, sum(records.values())
    for record in sorted(records):
        bases = () if base_url is None else (f"{base_url}/r/{record}", base_url)
        while True:
            with writing(engine) as connection:
                lock(connection, record)
                changed = again(connection, record, rules, bases)
            done += changed
            progress(min(done, total), total)
            if changed < BATCH:
                break
        with writing(engine) as connection:
            lock(connection, record)
            relabeling.settle(connection, record)
            _release(connection, record)
    progress(total, total)
    return total


def _release(connection: Connection, record: str) -> None:
    """Let a record be seen again, as its owner's own levels say."""
    connection.execute(
        update(Resource)
        .where(col(Resource.record) == record, col(Resource.level) >= PENDING)
        .values(level=col(Resource.level) - PENDING)
    )


def again(
    connection: Connection,
    record: str,
    rules: Rules,
    bases: Sequence[str],
    among: Sequence[str] | None = None,
) -> int:
    """Describe again a batch of what other rules described in `record`; how many there were.

    Parameters: `among` limits it to some addresses; `bases` are those that the record answers at.
    """
    chosen = [] if among is None else [RESOURCE.c.address.in_(among)]
    rows = connection.execute(
        select(RESOURCE)
        .where(RESOURCE.c.record == record, _undone(rules), *chosen)
        .order_by(RESOURCE.c.pk)
        .limit(BATCH)
    ).all()
    fresh = []
    for row in rows:
        new = _again(row, rules, bases)
        fresh.append(new)
        values = {**new.columns, "digest": row.digest, "writer": row.writer}
        if row.writer is not None:
            values |= {"own_labels": row.own_labels, "own_security": row.own_security}
        itself = (col(Resource.record) == record, col(Resource.pk) == row.pk)
        connection.execute(update(Resource).where(*itself).values(**values))
        storing.children_again(connection, record, row.pk, new)
        _versions(connection, row, rules, bases)
    resolving.connect(connection, record, fresh)
    return len(rows)


def _again(row: Row[Any], rules: Rules, bases: Sequence[str]) -> Description:
    body = row.body.decode()
    resource = json.loads(body)
    source, at_least = _said_before(security_codings(resource), row)
    return describe(
        body,
        resource,
        rules,
        id_=row.id,
        version=row.version,
        updated=row.updated,
        source=source,
        at_least=at_least,
        bases=bases,
    )


def _said_before(codings: list[dict[str, Any]], row: Row[Any]) -> tuple[list[dict[str, Any]], int]:
    """The codings and the mask that a row keeps: all but false codes that were put into it.

    Labels once travelled along references without their system, so that a purpose of use became an
    unknown sensitivity, which withheld the resource from everybody.
    """
    added = set(row.sensitivity.split())
    kept = [coding for coding in codings if not _is_false(coding, added)]
    at_least = int(row.labels)
    if len(kept) < len(codings) and not mask_of(kept) >> UNKNOWN_BIT & 1:
        at_least &= ~(1 << UNKNOWN_BIT)
    return kept, at_least


def _is_false(coding: Mapping[str, Any], added: set[str]) -> bool:
    code = str(coding.get("code") or "")
    return coding.get("system") == SENSITIVITY_SYSTEM and code in added and not is_topic_code(code)


def _versions(connection: Connection, row: Row[Any], rules: Rules, bases: Sequence[str]) -> None:
    """Replaced versions: their own labels, and what may have to be cut from them."""
    of_it = (col(ResourceVersion.record) == row.record, col(ResourceVersion.resource) == row.pk)
    old = connection.execute(
        select(ResourceVersion.__table__).where(*of_it)  # type: ignore[attr-defined]
    ).all()
    for version in old:
        resource = json.loads(version.body)
        again = describe(
            version.body.decode(),
            resource,
            rules,
            id_=row.id,
            version=version.version,
            updated=version.updated,
            at_least=version.labels,
            bases=bases,
        )
        connection.execute(
            update(ResourceVersion)
            .where(*of_it, col(ResourceVersion.version) == version.version)
            .values(
                labels=again.columns["labels"],
                slot=again.columns["slot"],
                cuts=again.columns["cuts"],
                contained=again.columns["contained"],
            )
        )
