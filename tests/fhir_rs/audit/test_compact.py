"""What an entry keeps is small, and says to the letter what its AuditEvent would have said."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from fhir_rs.audit.chain import Draft
from fhir_rs.audit.compact import compacted, rendered
from fhir_rs.audit.event import _SHAPES, Actor, Happened, Site, build
from fhir_rs.audit.log import AuditLog
from fhir_rs.db import make_engine, reading, writing
from fhir_rs.enforcement.grant import Disclosed
from tests.conftest import Clock
from tests.fhir_rs.audit.drafts import KEYS, A, B, add_records
from tests.fhir_rs.fake_as import BASE

SITE = Site(BASE, "Cedar Valley")
AT = datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=UTC)
BOB = Actor(
    "person", "Dr. Bob Chen", "Family doctor", "Cedar Valley", "c-1", "Clinic app",
    "http://as.localhost:8400", str(uuid4()), "TREAT", "Visit on Friday", ("p1", "p2"),
)  # fmt: skip
ACTORS = {
    "a person": BOB,
    "a person of whom little is known": replace(BOB, role="", organization="", reason="", jti=""),
    "words of all alphabets": replace(BOB, name='Zoë "Ω" <b>\n', reason="\u2028 \u0000 😀"),
    "a system": Actor("system", client_id="c-2", issuer="http://as.localhost:8400"),
    "the owner": Actor("owner", client_id="portal", issuer="i", jti="j", purpose="PATRQT"),
}
ONE = (Disclosed("Observation", "a1", "results"),)
MANY = (*ONE, Disclosed("Observation", "v1", "vitals"), Disclosed("Practitioner", "p", "directory"))
PATH = f"/fhir/r/{A}"
HAPPENED: dict[str, dict[str, Any]] = {
    "shown": {"outcome": "shown", "entries": ONE},
    "many shown": {"outcome": "shown", "entries": MANY, "total": 212},
    "nothing": {"outcome": "nothing"},
    "none of them": {"outcome": "nothing", "total": 0},
    "counted": {"outcome": "counted", "counted": {"results": 4, "directory": 1}, "total": 5},
    "counted none": {"outcome": "counted", "counted": {}},
    "confirmed": {"outcome": "confirmed", "entries": ONE},
    "turned away": {"outcome": "turned_away"},
    "refused": {"outcome": "refused", "status": 412},
    "failed": {"outcome": "refused", "status": 503},
}
REQUESTS = [f"{PATH}/Observation?code=x&_count=5", PATH, f"{PATH}\nname=%C3%A9", "/elsewhere", ""]
INTERACTIONS = [*_SHAPES, "search-type", "history-instance", "batch", "everything", "activity"]


@pytest.mark.parametrize("interaction", INTERACTIONS)
@pytest.mark.parametrize("actor", ACTORS.values(), ids=ACTORS)
def test_an_entry_is_rendered_to_the_event_that_it_was_made_of(
    interaction: str, actor: Actor
) -> None:
    for number, more in enumerate(HAPPENED.values()):
        for request in REQUESTS:
            happened = Happened(
                f"{BASE}/r/{A}", interaction, request=request,
                request_id="req-1" if number % 2 else "", **more,
            )  # fmt: skip
            at = AT + timedelta(microseconds=number * 1_001)
            kept = compacted(actor, happened, SITE, at)
            event = rendered(actor.kind, happened.outcome, kept.agents, kept.what)
            assert event == build(actor, happened, SITE, at)


def test_agents_that_are_gone_do_not_hide_an_entry() -> None:
    happened = Happened(f"{BASE}/r/{A}", "read", "shown", "", ONE)
    kept = compacted(BOB, happened, SITE, AT)
    event = json.loads(rendered("person", "shown", "", kept.what))
    assert event["entity"][0]["what"]["reference"].endswith("/Observation/a1")


@pytest.fixture
def on_disk(tmp_path: Path) -> Any:
    engine = make_engine(f"sqlite:///{tmp_path}/rs.sqlite3")
    add_records(engine)
    yield engine
    engine.dispose()


def size(engine: Engine) -> int:
    with reading(engine) as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return os.stat(str(engine.url.database)).st_size


@pytest.mark.parametrize("kind", ["read", "search-type"])
def test_an_entry_takes_less_than_four_hundred_bytes(
    on_disk: Engine, clock: Clock, kind: str
) -> None:
    """Ten thousand of them, of two records in turns; a new token after every hundred."""
    if on_disk.dialect.name != "sqlite":
        pytest.skip("a figure of SQLite's file")
    log = AuditLog(on_disk, KEYS, BASE, clock)
    entries = {record: Happened(
        f"{BASE}/r/{record}", kind, "shown", f"/fhir/r/{record}/Observation?code=4548-4&_count=20",
        ONE if kind == "read" else MANY, "0123456789abcdef", None if kind == "read" else 20,
    ) for record in (A, B)}  # fmt: skip
    before = size(on_disk)
    for _ in range(100):
        actor = replace(BOB, jti=str(uuid4()))
        with writing(on_disk) as connection:
            for number in range(100):
                record = (A, B)[number % 2]
                kept = compacted(actor, entries[record], SITE, clock())
                log.append_in(connection, Draft(record, "person", "shown", kept, None))
    grown = (size(on_disk) - before) / 10_000
    print(f"{kind}: {grown:.0f} bytes an entry")
    assert grown <= 400
