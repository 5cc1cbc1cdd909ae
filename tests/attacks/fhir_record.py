"""Alice's record with traps in it, beside Dora's, as an attacker with an RPT meets them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col
from werkzeug.test import TestResponse

from fhir_rs.db import writing
from fhir_rs.models.resource import Resource
from heart_uma.levels import LEVELS
from tests.conftest import Clock
from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.fake_as import FakeAs
from tests.fhir_rs.protected import RECORD, Protected, add_records, link_record, start
from tests.fhir_rs.store import ALICE, RECORDS, condition, everything, labelled, observation, put

DORA = "DoraRecord--0123456789"
CANARY = "CNRY"
"""In everything that a caller with `conf/N` on all kinds must never receive."""


ANOTHER = {
    "sub": "another-at-rs",
    "name": "Dr. Other",
    "role": "Doctor",
    "organization": "Elsewhere",
}
"""Somebody else than the party that the fake authorization server names by itself."""


def _encounter(id_: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Encounter", "id": id_, "status": "finished",
        "class": {"code": "AMB"}, "subject": ALICE,
    } | more  # fmt: skip


TRAPS: list[dict[str, Any]] = [
    labelled(observation("s1", f"{CANARY} viral load", identifier=[{"value": "lab-77"}]), "HIV"),
    labelled(observation("s2", f"{CANARY} other", 2, effectiveDateTime="2026-02-01"), "NOSUCH"),
    condition("pick", f"{CANARY} only who I pick"),
    condition("hid", f"{CANARY} hidden", "38341003"),
    observation("x1", "Baby", focus=[{"reference": "Patient/dora", "display": f"{CANARY} Dora"}]),
    _encounter("e1", diagnosis=[
        {"condition": {"reference": "Condition/hid", "display": f"{CANARY} named by the visit"}},
        {"condition": {"reference": "Condition/c1", "display": "Diabetes"}},
    ]),
    {
        "resourceType": "Provenance", "id": "p1", "recorded": "2024-01-01T00:00:00Z",
        "target": [{"reference": "Observation/a1"}, {"reference": "Observation/s1"}],
        "agent": [{"who": {"reference": "Practitioner/bob"}}],
    },
    {
        "resourceType": "DocumentReference", "id": "d1", "status": "current", "subject": ALICE,
        "content": [{"attachment": {"contentType": "application/pdf", "url": "Binary/b1"}}],
    },
    {"resourceType": "Binary", "id": "b1", "contentType": "application/pdf", "data": "Q05SWQ=="},
]  # fmt: skip
WITHHELD = ("Observation/a2", "Observation/s1", "Observation/s2", "Condition/c2", "Condition/pick",
            "Condition/hid", "Provenance/p1")  # fmt: skip


def set_level(site: Protected, address: str, level: str) -> None:
    with writing(site.app.engine) as connection:
        connection.execute(
            update(Resource)
            .where(col(Resource.record) == RECORD, col(Resource.address) == address)
            .values(level=LEVELS[level])
        )


def build(site: Protected) -> Record:
    put(site.app.engine, RECORD, [*RECORDS, *TRAPS])
    set_level(site, "Condition/pick", "pick")
    set_level(site, "Condition/hid", "hidden")
    return Record(site)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """A record that tests read and never change, made once."""
    clock = Clock()
    fake = FakeAs(clock)
    app = start(tmp_path_factory.mktemp("rs"), clock, fake, challenges_per_second=10_000)
    add_records(app)
    link_record(app, fake)
    yield build(Protected(app, fake, clock))
    app.engine.dispose()


@pytest.fixture
def record(site: Protected) -> Record:
    """A record that a test may change."""
    return build(site)


def reader(record: Record, *labels: str, **answer: Any) -> str:
    """An RPT that reads every kind, no private topic, and is told nothing of what is held back."""
    tell = {"heart_uma_tell": {"level": "neutral", "note": None}}
    return record.fake.rpt(everything(record.fake, "conf/N", *labels), **(tell | answer))


def writer(record: Record, *labels: str, **answer: Any) -> str:
    """An RPT that also writes every kind."""
    both = everything(record.fake, "conf/N", *labels, action="*")
    return record.fake.rpt(both, heart_uma_tell={"level": "neutral"}, **answer)


def other(record: Record, *labels: str) -> str:
    """An RPT like `reader`'s, in the hands of somebody else."""
    return reader(record, *labels, heart_uma_party=ANOTHER)


def path_of(answer: TestResponse) -> str:
    """The path, below the record's base, of what a write made."""
    assert answer.status_code in (200, 201), answer.get_data(as_text=True)
    return answer.headers["Location"].split(RECORD, 1)[1].partition("/_history")[0]


def following(answer: TestResponse) -> str | None:
    """The path of the next page, below the record's base."""
    links = answer.get_json()["link"]
    found = [each["url"] for each in links if each["relation"] == "next"]
    return str(found[0].split(RECORD, 1)[1]) if found else None


def shape(answer: TestResponse) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """All that a caller can compare of an answer."""
    return answer.status_code, tuple(answer.headers), answer.get_data()


def bundle(*requests: dict[str, Any], kind: str = "batch") -> str:
    entries = [each if "request" in each else {"request": each} for each in requests]
    return json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries})
