"""Two servers with one record each, alike but for what one reader may not see."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from fhir_rs.db import writing
from fhir_rs.enforcement.description import describe
from fhir_rs.enforcement.rules import labeling_rules
from fhir_rs.models import relabeling, storing
from fhir_rs.models.record import Record
from fhir_rs.models.reference_conditions import REFERENCES
from fhir_rs.models.resource import Resource, ResourceVersion
from fhir_rs.models.search_index import LabelHit
from fhir_rs.models.searched_values import INDEX
from fhir_rs.models.visibility import RESOURCE
from heart_uma.label_systems import SENSITIVITY_SYSTEM
from heart_uma.labels import mask_of
from tests.attacks import fhir_twin_records as records
from tests.attacks.fhir_twin_things import Thing, resource_of
from tests.attacks.fhir_twin_views import Group, View
from tests.conftest import Clock
from tests.fhir_rs.fake_as import BASE, FakeAs
from tests.fhir_rs.protected import RECORD, Protected, add_records, link_record, start

BASES = (f"{BASE}/r/{RECORD}", BASE)
TELLS: list[dict[str, Any]] = [
    {"level": "kinds", "note": None},
    {"level": "neutral", "note": None},
    {"level": "kinds", "note": "Ask me."},
]
_DAY = 86_400_000_000


@dataclass
class Side:
    """One of the two servers, and the tokens of its reader: one for each of `TELLS`."""

    site: Protected
    tokens: list[str]

    @property
    def fake(self) -> FakeAs:
        return self.site.fake


class Twins:
    """Two servers; `fill` gives both a new content, `admit` a new reader."""

    def __init__(self, folder: Path) -> None:
        clock = Clock()
        self.sides = tuple(_side(folder / name, clock) for name in ("first", "second"))
        one, other = (side.site.app.engine for side in self.sides)
        # What is prepared for one engine's dialect need not be prepared again for the other's.
        other.dialect = one.dialect
        self.groups: list[Group] = []

    def admit(self, rng: random.Random, *, writes: bool) -> None:
        """A reader with other permissions, the same ones at both servers."""
        self.groups = records.groups_of(rng, writes=writes)
        for side in self.sides:
            wires = wires_of(side.fake, self.groups)
            side.tokens = [side.fake.rpt(wires, heart_uma_tell=tell) for tell in TELLS]

    @property
    def wires(self) -> list[dict[str, Any]]:
        return wires_of(self.sides[0].fake, self.groups)

    def fill(self, rng: random.Random) -> View:
        """New records; what the reader sees of both."""
        first, second, view = records.pair(rng, self.groups)
        seed = rng.random()
        for side, record in zip(self.sides, (first, second), strict=True):
            with writing(side.site.app.engine) as connection:
                for table in (INDEX, REFERENCES, ResourceVersion, LabelHit, Resource):
                    connection.execute(delete(table))  # type: ignore[arg-type]
                _put(connection, record)
                _versions(connection, record, seed)
        return view


def _side(folder: Path, clock: Clock) -> Side:
    folder.mkdir()
    fake = FakeAs(clock)
    app = start(folder, clock, fake, challenges_per_second=1_000_000, audit=False)
    add_records(app)
    link_record(app, fake)
    with writing(app.engine) as connection:
        connection.execute(update(Record).values(patient_ref="Patient/alice"))
    return Side(Protected(app, fake, clock), [])


def wires_of(fake: FakeAs, groups: list[Group]) -> list[dict[str, Any]]:
    """The permissions of `groups`, as introspection gives them."""
    return [
        fake.permission(
            type_, kind, f"patient/{type_}.{group.access}", "conf/N", *sorted(group.scopes),
            **({"heart_uma_limits": group.limits} if group.limits else {}),
        )
        for group in groups for type_, kind in sorted(group.pairs)
    ]  # fmt: skip


def _put(connection: Connection, record: records.Record) -> None:
    """Store the things as the importer does."""
    made = []
    for id_ in record.order:
        thing = record.things[id_]
        resource = resource_of(thing, record.others)
        text = json.dumps(resource)
        text = text.replace("/", "\\/") if thing.escaped else text
        made.append(
            describe(
                text, resource, labeling_rules(), id_=id_, version=1, updated=10**15, bases=BASES
            )
        )
    storing.add(connection, RECORD, made)
    relabeling.settle(connection, RECORD)


def _versions(connection: Connection, record: records.Record, seed: float) -> None:
    """The levels that the owner set, when each was last changed, and what there was before."""
    for row in connection.execute(select(RESOURCE)).all():
        thing: Thing = record.things[row.id]
        # Of a thing that differs in both the day differs too: its number is another.
        days = random.Random(f"{seed} {thing.number}").randrange(5)
        values: dict[str, Any] = {"updated": 10**15 + days * _DAY, "level": thing.level}
        if thing.old is not None:
            words = b"Earlier" if -thing.number in record.others else b"Before"
            coding = {"system": SENSITIVITY_SYSTEM, "code": thing.old}
            old = {"record": row.record, "resource": row.pk, "version": 1, "slot": row.slot,
                   "updated": 10**15,
                   "labels": mask_of([coding]) if thing.old else 0,
                   "body": row.body.replace(b"Finding", words), "cuts": row.cuts,
                   "contained": row.contained}  # fmt: skip
            connection.execute(insert(ResourceVersion).values(old))
            values["version"] = 2
        connection.execute(update(RESOURCE).where(RESOURCE.c.pk == row.pk).values(values))  # type: ignore[arg-type]
