"""A resource server with one linked record, a fake authorization server, and one probe endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import jsonify
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import and_, insert, select
from sqlmodel import col
from werkzeug.test import TestResponse

from fhir_rs.app import create_app
from fhir_rs.audit.compact import rendered
from fhir_rs.context import FhirRs, current_rs
from fhir_rs.db import reading, writing
from fhir_rs.enforcement.grant import Disclosed
from fhir_rs.enforcement.required import Needed, Required
from fhir_rs.models import link as links
from fhir_rs.models.as_client import AsClient
from fhir_rs.models.audit import Audit, AuditAgents
from fhir_rs.models.link import Link, Linked
from fhir_rs.models.record import Record, hash_of
from fhir_rs.models.registration import Registration
from fhir_rs.settings import Settings
from heart_uma.jose import KeySet
from tests.conftest import Clock
from tests.fhir_rs.fake_as import BASE, ISSUER, FakeAs

RECORD = "AliceRecord-0123456789"
UNLINKED = "UnlinkedRec-0123456789"
CODE = "claim-code-of-alice"
READ = "patient/Observation.read"
PROBED = Required(
    "search-type",
    (
        Needed("Observation", "results", READ),
        Needed("Observation", "vitals", READ),
    ),
)


class Entry(NamedTuple):
    """An entry of the audit."""

    record: str
    seq: int
    actor: str
    outcome: str
    event: str


@dataclass
class Protected:
    """The server under test and the verbs of a requester."""

    app: FhirRs
    fake: FakeAs
    clock: Clock

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def restarted(self, **changed: Any) -> Protected:
        """The same server, started again on the same database with other settings."""
        where = self.app.engine.url.render_as_string(hide_password=False)
        settings = self.app.settings.model_copy(update={"database_url": where, **changed})
        return Protected(started(settings, self.clock, self.fake), self.fake, self.clock)

    def probe(self, token: str | None = None, record: str = RECORD, **options: Any) -> TestResponse:
        headers = dict(options.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self.client.get(f"/fhir/r/{record}/Probe", headers=headers, **options)

    def grant(self, **more: Any) -> str:
        """An RPT for results of all labels."""
        permission = self.fake.permission("Observation", "results", READ, "conf/N")
        return self.fake.rpt([permission], **more)

    def link(self) -> Linked:
        with reading(self.app.engine) as connection:
            found = links.find(connection, RECORD)
        assert found is not None
        return found

    def audited(self) -> list[Entry]:
        """Every entry, with the event that it is read as, in the order in which they came."""
        one = and_(
            col(AuditAgents.record) == col(Audit.record),
            col(AuditAgents.digest) == col(Audit.agents),
        )
        entries = select(Audit, AuditAgents.said).join(AuditAgents, one)
        in_order = entries.order_by(col(Audit.at), col(Audit.record), col(Audit.seq))
        with reading(self.app.engine) as connection:
            rows = connection.execute(in_order).all()
        return [
            Entry(r.record, r.seq, r.actor, r.outcome, rendered(r.actor, r.outcome, r.said, r.what))
            for r in rows
        ]


def add_records(app: FhirRs) -> None:
    rows = [
        Record(id=RECORD, name="Alice Moreno", patient_ref="Patient/alice", source_key="a",
               claim_code_hash=hash_of(CODE), created=0),
        Record(id=UNLINKED, name="Carl", patient_ref="Patient/carl", source_key="c", created=0),
    ]  # fmt: skip
    with writing(app.engine) as connection:
        connection.execute(insert(Record), [row.model_dump() for row in rows])


def link_record(app: FhirRs, fake: FakeAs, record: str = RECORD) -> None:
    """What the link pages leave behind, without the pages."""
    server = app.authorization_servers.ensure(ISSUER)
    tokens = fake.new_pat()
    link = Link(
        record=record,
        issuer=ISSUER,
        sub=fake.sub,
        client_id=server.client_id,
        tokens=app.pats.sealed(tokens["access_token"], tokens["refresh_token"]),
        pat_exp=fake.seconds() + 3600,
        linked_at=fake.seconds(),
    )
    with writing(app.engine) as connection:
        links.store(connection, link)
        found = links.find(connection, record)
    assert found is not None
    assert app.registrar.sync(found, fake.seconds())


def probe(record: str) -> Any:
    """An endpoint as every endpoint is: authorize, look up, disclose, answer."""
    access = current_rs.authorize(record, PROBED)
    hook = current_rs.config.get("DURING")
    if hook:
        hook()
    access.disclose([Disclosed("Observation", "a1", "results")], "search-type")
    return jsonify(
        canary="CNRY", owner=access.owner, policies=access.policy_ids, writer=access.writer
    )


def make_settings(folder: Path, keys: KeySet, **more: Any) -> Settings:
    keys.save(folder / "rs.jwks")
    values: dict[str, Any] = {
        "base_url": BASE,
        "database_url": "sqlite://",
        "key_file": folder / "rs.jwks",
        "secret": SecretStr("a secret that is long enough for tests"),
        "trusted_as": (ISSUER,),
        **more,
    }
    return Settings(**values)


def start(folder: Path, clock: Clock, fake: FakeAs, **settings: Any) -> FhirRs:
    keys = KeySet.generate("ES256")
    return started(make_settings(folder, keys, **settings), clock, fake)


def started(settings: Settings, clock: Clock, fake: FakeAs) -> FhirRs:
    app = create_app(settings, clock=clock, http=fake.http)
    app.add_url_rule("/fhir/r/<record>/Probe", view_func=probe)
    return app


@pytest.fixture
def fake(clock: Clock) -> FakeAs:
    return FakeAs(clock)


@pytest.fixture
def bare(tmp_path: Path, clock: Clock, fake: FakeAs) -> Iterator[Protected]:
    """Records, but nobody has linked one."""
    app = start(tmp_path, clock, fake)
    add_records(app)
    yield Protected(app, fake, clock)
    app.engine.dispose()


@dataclass(frozen=True)
class LeftBehind:
    """What linking a record leaves at both sides, to be put there again."""

    rows: dict[str, list[dict[str, Any]]]
    fake: dict[str, Any]

    @classmethod
    def of(cls, app: FhirRs, fake: FakeAs) -> LeftBehind:
        with reading(app.engine) as connection:
            rows = {name: [dict(row) for row in connection.execute(select(table)).mappings()]
                    for name, table in LEFT.items()}  # fmt: skip
        return cls(rows, {name: deepcopy(getattr(fake, name)) for name in KNOWN_TO_THE_FAKE})

    def put(self, app: FhirRs, fake: FakeAs) -> None:
        """As if the record had been linked at this moment, with the keys that `fake` has now."""
        for name, value in self.fake.items():
            setattr(fake, name, deepcopy(value))
        now = fake.seconds()
        (server,), (link,) = self.rows["as_client"], self.rows["link"]
        server |= {"jwks": json.dumps(fake.keys.public_jwks()), "read_at": now}
        link |= {"pat_exp": now + 3600, "linked_at": now}
        with writing(app.engine) as connection:
            for name, table in LEFT.items():
                connection.execute(insert(table), self.rows[name])
        app.authorization_servers.ensure(ISSUER)


LEFT: dict[str, Any] = {
    each.name: each
    for model in (AsClient, Link, Registration)
    for each in [model.__table__]  # type: ignore[attr-defined]
}
KNOWN_TO_THE_FAKE = ("resources", "pats", "refresh_tokens", "registrations", "_ids")
_left: dict[str, LeftBehind] = {}


@pytest.fixture
def site(bare: Protected) -> Protected:
    """The record of Alice is linked and registered: asked once in a process, then copied."""
    settings = repr(bare.app.settings.model_copy(update={"key_file": "", "database_url": ""}))
    if settings in _left:
        _left[settings].put(bare.app, bare.fake)
    else:
        link_record(bare.app, bare.fake)
        _left[settings] = LeftBehind.of(bare.app, bare.fake)
    bare.fake.line.calls.clear()
    return bare
