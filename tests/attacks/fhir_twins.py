"""Two records that differ only in what a token does not cover, and streams of requests to them.

One server holds both, so that row numbers, counters and caches of one could tell of the other.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from fhir_rs.db import writing
from fhir_rs.enforcement.grant import Grant, grant_of
from fhir_rs.models import registration
from fhir_rs.models.criteria import INDEX, REFERENCES
from fhir_rs.models.record import Record
from fhir_rs.models.resource import Resource, ResourceVersion
from fhir_rs.models.search_index import LabelHit
from fhir_rs.models.versions import VERSION
from fhir_rs.models.visibility import RESOURCE, visible
from heart_uma.labels import TYPE_KINDS
from heart_uma.resources import Permission
from tests.conftest import Clock
from tests.fhir_rs.fake_as import FakeAs
from tests.fhir_rs.protected import RECORD, UNLINKED, Protected, add_records, link_record, start
from tests.fhir_rs.store import VITALS, coded, condition, labelled, observation, put

TWINS = (RECORD, UNLINKED)
ALL: list[tuple[str, str]] = [(t, k) for t, kinds in TYPE_KINDS.items() for k in kinds]
PAIRS = [*ALL, ("Resource", "other")]
LABELS = ["conf/R", "conf/V", "sens/ETH", "sens/HIV", "sens/GDIS", "sens/PSY"]
CODES = ["ETH", "HIV", "GDIS", "R", "NOSUCH"]
CHILDREN: tuple[Any, ...] = (ResourceVersion, LabelHit)
DAYS = ["2018-01-02", "2019-05", "2020", "2021-07-08", None]


class Twins:
    """A server with two records; `fill` gives them a new content."""

    def __init__(self, folder: Path) -> None:
        clock = Clock()
        fake = FakeAs(clock)
        app = start(folder, clock, fake, challenges_per_second=1_000_000)
        add_records(app)
        for record in TWINS:
            link_record(app, fake, record)
        with writing(app.engine) as connection:
            connection.execute(update(Record).values(patient_ref="Patient/alice"))
        self.site = Protected(app, fake, clock)
        self.fake = fake

    def fill(self, rng: random.Random) -> tuple[str, list[dict[str, Any]]]:
        """New content and a grant; the second record is the first without what it hides."""
        wires = self._permissions(rng)
        engine = self.site.app.engine
        with writing(engine) as connection:
            tables = [INDEX, REFERENCES, *CHILDREN, Resource]
            for table in tables:
                connection.execute(delete(table))  # type: ignore[arg-type]
        put(engine, RECORD, _resources(rng))
        with writing(engine) as connection:
            _levels_and_versions(connection, rng)
            slices = registration.of_record(connection, RECORD)
            known = {resource_id: pair for pair, (resource_id, _) in slices.items()}
            grant = grant_of([Permission.from_wire(each) for each in wires], known)
            _copy(connection, grant, rng)
        # A reader who may know which kinds are incomplete: the one who is told most.
        token = self.fake.rpt(wires, heart_uma_tell={"level": "kinds", "note": None})
        return token, wires

    def _permissions(self, rng: random.Random) -> list[dict[str, Any]]:
        wires = []
        for _ in range(rng.choice([1, 1, 2, 3])):
            pairs = PAIRS if rng.random() < 0.4 else rng.sample(PAIRS, rng.randint(1, 8))
            labels = ["conf/N", *rng.sample(LABELS, rng.randint(0, 3))]
            access = rng.choice(["read", "read", "*", "write"])
            limits = _limits(rng)
            for resource_id, found in self.fake.resources.items():
                type_ = found["type"].rpartition("/")[2]
                if (type_, found["heart_uma_kind"]) in pairs:
                    scopes = [f"patient/{type_}.{access}", *labels]
                    wire = {"resource_id": resource_id, "resource_scopes": scopes}
                    wires.append(wire | ({"heart_uma_limits": limits} if limits else {}))
        return wires


def _limits(rng: random.Random) -> dict[str, Any]:
    names = [f"{type_}/{type_[:2]}{n}" for type_ in ("Observation", "Condition") for n in range(8)]
    found: dict[str, Any] = {}
    if rng.random() < 0.2:
        found["except"] = rng.sample(names, 3)
    if rng.random() < 0.2:
        found["also"] = rng.sample(names, 3)
    if rng.random() < 0.1:
        found["only"] = rng.sample(names, 6)
    if rng.random() < 0.2:
        found["since"] = "2019-01-01"
    return found


def _resources(rng: random.Random) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": "alice", "name": [{"family": "Moreno"}]},
        *({"resourceType": "Practitioner", "id": f"Pr{n}", "name": [{"family": f"P{n}"}]}
          for n in range(4)),
    ]  # fmt: skip
    for number in range(rng.randint(6, 8)):
        one = observation(f"Ob{number}", rng.choice(["Sodium", "Weight"]), number)
        one["performer"] = [{"reference": f"Practitioner/Pr{rng.randrange(5)}", "display": "P"}]
        one["identifier"] = [{"value": f"i{rng.randrange(4)}"}]
        if rng.random() < 0.4:
            one["category"] = [VITALS]
        if rng.random() < 0.5:
            target = f"Observation/Ob{rng.randrange(9)}"
            one["hasMember"] = [{"reference": target, "display": f"see {target}"}]
        made.append(_dated(rng, one, "effectiveDateTime"))
    for number in range(rng.randint(4, 8)):
        one = condition(f"Co{number}", "Sprain", rng.choice(["1", "2"]))
        one["encounter"] = {"reference": f"Encounter/En{rng.randrange(5)}", "display": "visit"}
        made.append(_dated(rng, one, "recordedDate"))
    for number in range(3):
        visit: dict[str, Any] = {
            "resourceType": "Encounter", "id": f"En{number}", "status": "finished",
            "class": {"code": "AMB"}, "subject": {"reference": "Patient/alice", "display": "A."},
            "diagnosis": [{"condition": {"reference": f"Condition/Co{rng.randrange(9)}",
                                         "display": "why"}}],
        }  # fmt: skip
        made.append(_labelled(rng, visit))
        made.append(_labelled(rng, {
            "resourceType": "List", "id": f"Li{number}", "status": "current", "mode": "working",
            "subject": {"reference": "Patient/alice"},
            "entry": [{"item": {"reference": f"Observation/Ob{rng.randrange(9)}"}}],
        }))  # fmt: skip
        made.append(_labelled(rng, {
            "resourceType": "MedicationRequest", "id": f"Me{number}", "status": "active",
            "intent": "order", "subject": {"reference": "Patient/alice"},
            "medicationCodeableConcept": coded("Vitamin"),
            "requester": {"reference": f"Practitioner/Pr{rng.randrange(5)}"},
        }))  # fmt: skip
    rng.shuffle(made)
    return made


def _dated(rng: random.Random, resource: dict[str, Any], name: str) -> dict[str, Any]:
    day = rng.choice(DAYS)
    return _labelled(rng, resource | ({name: day} if day else {}))


def _labelled(rng: random.Random, resource: dict[str, Any]) -> dict[str, Any]:
    return resource if rng.random() < 0.5 else labelled(resource, rng.choice(CODES))


def _levels_and_versions(connection: Connection, rng: random.Random) -> None:
    rows = connection.execute(select(RESOURCE).where(RESOURCE.c.record == RECORD)).all()
    for row in rows:
        values: dict[str, Any] = {"updated": 10**15 + rng.randrange(5) * 86_400_000_000}
        if rng.random() < 0.25 and row.type not in ("Patient", "Practitioner"):
            values["level"] = rng.choice([1, 2])
        if rng.random() < 0.3:
            old = {"resource": row.pk, "version": 1, "slot": row.slot, "updated": row.updated,
                   "labels": rng.choice([0, 2, 16]), "body": row.body}  # fmt: skip
            connection.execute(insert(ResourceVersion).values(old))
            values["version"] = 2
        connection.execute(update(RESOURCE).where(RESOURCE.c.pk == row.pk).values(values))  # type: ignore[arg-type]


def _copy(connection: Connection, grant: Grant, rng: random.Random) -> None:
    """The second record: the first, without most of what the grant neither shows nor changes."""
    covered = set(connection.execute(
        select(RESOURCE.c.pk).where(
            RESOURCE.c.record == RECORD,
            visible(grant, RECORD) | visible(grant, RECORD, "write"),
        )
    ).scalars())  # fmt: skip
    shown_versions = set(connection.execute(
        select(VERSION.c.pk).where(
            VERSION.c.resource == RESOURCE.c.pk, visible(grant, RECORD, version=VERSION)
        )
    ).scalars())  # fmt: skip
    rows = connection.execute(
        select(RESOURCE).where(RESOURCE.c.record == RECORD).order_by(RESOURCE.c.pk)
    ).mappings()
    for row in rows.all():
        if row["pk"] not in covered and rng.random() < 0.8:
            continue
        values = {k: v for k, v in row.items() if k != "pk"} | {"record": UNLINKED}
        key = connection.execute(insert(Resource).values(values)).inserted_primary_key
        assert key is not None
        for table in (INDEX, REFERENCES, *(each.__table__ for each in CHILDREN)):
            _copy_children(connection, table, row["pk"], key[0], shown_versions, rng)


def _copy_children(
    connection: Connection, table: Table, old: int, new: int, shown: set[int], rng: random.Random
) -> None:
    found = connection.execute(select(table).where(table.c.resource == old)).mappings()
    for row in found.all():
        if table is VERSION and row["pk"] not in shown and rng.random() < 0.8:
            continue
        values = {k: v for k, v in row.items() if k != "pk"} | {"resource": new}
        if "record" in values:
            values["record"] = UNLINKED
        connection.execute(table.insert().values(values))


Asked = tuple[str, str, dict[str, Any]]


def stream(rng: random.Random, length: int) -> list[Asked]:
    """Requests of every kind this server answers, about what is there and what is not."""
    return [_request(rng) for _ in range(length)]


def _address(rng: random.Random) -> str:
    type_ = rng.choice(["Observation", "Observation", "Condition", "Encounter", "List", "Patient",
                        "MedicationRequest", "Practitioner"])  # fmt: skip
    return "Patient/alice" if type_ == "Patient" else f"{type_}/{type_[:2]}{rng.randrange(9)}"


def _request(rng: random.Random) -> Asked:
    address = _address(rng)
    kind = rng.randrange(10)
    if kind <= 2:
        rest = rng.choice(["", "", "/_history", "/_history/1", "/_history/2"])
        headers = rng.choice([{}, {"If-None-Match": 'W/"1"'}, {"If-None-Match": "*"}])
        return rng.choice(["GET", "HEAD"]), f"/{address}{rest}", {"headers": headers}
    if kind <= 6:
        return "GET", _search(rng), {}
    if kind == 7:
        gets = [{"request": {"method": "GET", "url": (_search(rng) if n else f"/{address}")[1:]}}
                for n in range(3)]  # fmt: skip
        body = {"resourceType": "Bundle", "type": "batch", "entry": gets}
        return "POST", "", {"data": json.dumps(body)}
    if kind == 8:
        found = rng.choice(
            ["code=1", "_id=Ob1", "identifier=i1", f"identifier=i{rng.randrange(5)}"]
        )
        one = observation("x", "Sodium") | {"identifier": [{"value": f"i{rng.randrange(4)}"}]}
        headers = {"If-None-Exist": found} if rng.random() < 0.7 else {}
        return "POST", "/Observation", {"data": json.dumps(one), "headers": headers}
    id_ = f"Ob{rng.randrange(9)}"
    headers = rng.choice([{}, {"If-Match": 'W/"1"'}, {"If-Match": 'W/"2"'}])
    return "PUT", f"/Observation/{id_}", {
        "data": json.dumps(observation(id_, "Sodium", 5)), "headers": headers,
    }  # fmt: skip


SEARCHES = {
    "Observation": [
        "identifier=i1", "patient=alice", "has-member=Observation/Ob1", "date=ge2019-06",
        "date=lt2020", "category=vital-signs", "_include=Observation:has-member",
        "_include=Observation:performer", "_include=Observation:subject", "subject.name=moreno",
        "_revinclude=List:item", "_revinclude=Observation:has-member", "status=final",
        "performer=Practitioner/Pr1", "has-member.identifier=i2", "_has:List:item:status=current",
        "_id=Ob1,Ob2,Ob3", "kind=results", "_lastUpdated=gt2001-09-10",
    ],
    "Condition": [
        "code=1", "code=2", "recorded-date=2019-05", "_include=Condition:encounter",
        "_has:Encounter:diagnosis:status=finished", "encounter=Encounter/En1",
        "_revinclude=Encounter:diagnosis", "encounter.status=finished",
    ],
    "Encounter": ["diagnosis=Condition/Co1", "_include=Encounter:diagnosis",
                  "diagnosis:Condition.code=1", "_revinclude=Condition:encounter"],
    "Patient": ["_has:Observation:patient:identifier=i1", "_has:Condition:patient:code=2",
                "_revinclude=Observation:subject", "_revinclude=Condition:patient", "name=mor"],
    "Practitioner": ["name=p1", "_has:Observation:performer:status=final",
                     "_revinclude=Observation:performer", "_id=Pr0,Pr1,Pr2,Pr3"],
    "List": ["item=Observation/Ob1", "_include=List:item"],
    "MedicationRequest": ["requester=Practitioner/Pr2", "status=active"],
}  # fmt: skip
SHAPES = ["", "_count=1", "_count=2", "_summary=count", "_count=0", "_total=none", "_sort=-date",
          "_sort=date&_count=2", "_sort=_lastUpdated&_count=3", "_sort=-_id&_count=1"]  # fmt: skip


def _search(rng: random.Random) -> str:
    shape = rng.choice(SHAPES)
    if rng.random() < 0.25:
        narrow = rng.choice(["", "_type=Observation,List", "kind=conditions", "_since=2001-09-10"])
        plain = "" if shape.startswith("_sort") else shape
        return "/Patient/$everything?" + "&".join(filter(None, [narrow, plain]))
    type_ = rng.choice(sorted(SEARCHES))
    terms = rng.sample(SEARCHES[type_], min(len(SEARCHES[type_]), rng.choice([0, 1, 1, 2])))
    return f"/{type_}?" + "&".join(filter(None, [*terms, shape]))
