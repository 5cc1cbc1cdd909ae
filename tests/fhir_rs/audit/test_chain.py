"""The audit chain: before the bytes, without a gap, and no change of it goes unseen."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, text, update
from sqlmodel import col

from fhir_rs.audit import chain
from fhir_rs.audit.chain import AuditLog, AuditUnavailable, Draft, StaleProof
from fhir_rs.audit.verification import verify
from fhir_rs.db import make_engine, reading, writing
from fhir_rs.models.audit import Audit, AuditCheckpoint, AuditHead
from fhir_rs.protection import access
from heart_ground.migrations import migrate
from heart_uma.jose import KeySet
from tests.conftest import Clock
from tests.fhir_rs.fake_as import BASE, FakeAs
from tests.fhir_rs.protected import (
    RECORD,
    Protected,
    add_records,
    bare,
    fake,
    link_record,
    site,
    start,
)

__all__ = ["bare", "fake", "site"]
KEYS = KeySet.generate("ES256")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Any:
    if request.param == "sqlite":
        made = make_engine("sqlite://")
    else:
        server = request.getfixturevalue("postgres_server")
        admin = make_engine(f"{server}/postgres").execution_options(isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS audit_test"))
            connection.execute(text("CREATE DATABASE audit_test"))
        admin.dispose()
        made = make_engine(f"{server}/audit_test")
    migrate(made, "fhir_rs")
    yield made
    made.dispose()


@pytest.fixture
def log(engine: Engine, clock: Clock) -> AuditLog:
    return AuditLog(engine, KEYS, BASE, clock)


def draft(number: int = 0, **more: Any) -> Draft:
    values: dict[str, Any] = {
        "record": RECORD, "actor": "person", "outcome": "shown",
        "event": json.dumps({"n": number}), "epoch": None, **more,
    }  # fmt: skip
    return Draft(**values)


def bad(engine: Engine, clock: Clock) -> int | None:
    return verify(engine, KEYS, BASE, clock())


def test_entries_are_chained_without_gaps(log: AuditLog, engine: Engine, clock: Clock) -> None:
    for number in range(5):
        log.append(draft(number))
    with reading(engine) as connection:
        rows = connection.execute(select(col(Audit.seq), col(Audit.hash)).order_by("seq")).all()
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
    assert len({row.hash for row in rows}) == 5
    assert bad(engine, clock) is None


def test_many_threads_and_two_logs_write_one_chain(
    log: AuditLog, engine: Engine, clock: Clock
) -> None:
    other = AuditLog(engine, KEYS, BASE, clock)

    def write(into: AuditLog) -> None:
        for number in range(25):
            into.append(draft(number))

    threads = [threading.Thread(target=write, args=(each,)) for each in (log, other) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as connection:
        seqs = list(connection.scalars(select(col(Audit.seq)).order_by("seq")))
    assert seqs == list(range(1, 201))
    assert bad(engine, clock) is None


def _change(**values: Any) -> Callable[[Any], None]:
    return lambda c: c.execute(update(Audit).where(col(Audit.seq) == 4).values(**values))


def _rehash(connection: Any) -> None:
    """An attacker who recomputes the rest of the chain, but cannot sign."""
    rows = connection.execute(select(Audit.__table__).order_by(col(Audit.seq))).all()  # type: ignore[attr-defined]
    chain_hash = chain.FIRST
    for row in rows:
        values = dict(row._mapping)
        if row.seq == 4:
            values["actor"] = "owner"
        chain_hash = chain.link_hash(chain_hash, values)
        connection.execute(
            update(Audit)
            .where(col(Audit.seq) == row.seq)
            .values(actor=values["actor"], hash=chain_hash)
        )
    connection.execute(update(AuditHead).values(hash=chain_hash))


def _cut_tail_and_head(connection: Any) -> None:
    connection.execute(delete(Audit).where(col(Audit.seq) > 4))
    last = connection.scalar(select(col(Audit.hash)).where(col(Audit.seq) == 4))
    connection.execute(update(AuditHead).values(seq=4, hash=last))


@pytest.mark.attack("F-12")
@pytest.mark.parametrize(
    ("tamper", "first_bad"),
    [
        (_change(event="{}"), 4),
        (_change(actor="owner"), 4),
        (_change(outcome="nothing"), 4),
        (_change(record="other"), 4),
        (_change(at=1), 4),
        (_change(hash="0" * 64), 4),
        (lambda c: c.execute(delete(Audit).where(col(Audit.seq) == 4)), 4),
        (lambda c: c.execute(delete(Audit).where(col(Audit.seq) == 10)), 10),
        (lambda c: c.execute(delete(Audit)), 1),
        (lambda c: c.execute(update(Audit).where(col(Audit.seq) == 10).values(seq=11)), 10),
        (lambda c: c.execute(update(AuditHead).values(hash="0" * 64)), 11),
        (lambda c: c.execute(delete(AuditHead)), 11),
        (lambda c: c.execute(update(AuditCheckpoint).values(signed="x.y.z")), 1),
        (_rehash, 8),
        (_cut_tail_and_head, 5),
    ],
)
def test_every_change_of_the_chain_is_found(
    log: AuditLog, engine: Engine, clock: Clock, tamper: Callable[[Any], None], first_bad: int
) -> None:
    for number in range(10):
        if number == 7:
            clock.advance(seconds=61)
        log.append(draft(number))
    assert bad(engine, clock) is None
    with writing(engine) as connection:
        tamper(connection)
    assert bad(engine, clock) == first_bad


@pytest.mark.attack("F-12")
def test_a_chain_that_lost_its_end_is_not_written_on(
    log: AuditLog, engine: Engine, clock: Clock
) -> None:
    for number in range(3):
        log.append(draft(number))
    with writing(engine) as connection:
        connection.execute(delete(Audit).where(col(Audit.seq) == 3))
    again = AuditLog(engine, KEYS, BASE, clock)
    assert not again.whole
    with pytest.raises(AuditUnavailable):
        again.append(draft())


def test_checkpoints_come_every_thousand_entries(
    log: AuditLog, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "CHECKPOINT_ROWS", 10)
    for number in range(25):
        log.append(draft(number))
    with reading(engine) as connection:
        seqs = list(connection.scalars(select(col(AuditCheckpoint.seq)).order_by("seq")))
    assert seqs == [1, 11, 21]
    assert bad(engine, clock) is None


def test_a_checkpoint_of_another_key_is_found(log: AuditLog, engine: Engine, clock: Clock) -> None:
    log.append(draft())
    assert verify(engine, KeySet.generate("ES256"), BASE, clock()) == 1


def test_a_stale_proof_in_a_batch_spoils_only_itself(site: Protected) -> None:
    log = site.app.audit
    with pytest.raises(StaleProof):
        log.append(draft(epoch=5))
    with pytest.raises(StaleProof):
        log.append(draft(record="gone", epoch=0))
    log.append(draft(epoch=0))
    assert [entry.seq for entry in site.audited()] == [1]


@pytest.mark.attack("P-5")
@pytest.mark.spec("HFU-21")
def test_no_entry_no_data(site: Protected) -> None:
    token = site.grant()
    with writing(site.app.engine) as connection:
        connection.execute(text("ALTER TABLE audit RENAME TO gone"))
    answer = site.probe(token)
    assert answer.status_code == 503 and b"CNRY" not in answer.data
    assert answer.get_json()["resourceType"] == "OperationOutcome"
    # A tokenless challenge discloses nothing and is still answered.
    assert site.probe().status_code == 401
    # The refusal of a token that names somebody is an entry too.
    assert site.probe(site.fake.rpt([])).status_code == 503
    with writing(site.app.engine) as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO audit"))
    assert site.probe(token).status_code == 200
    assert site.audited()[0].seq == 1


def test_everybody_in_a_failed_batch_is_refused(site: Protected) -> None:
    with writing(site.app.engine) as connection:
        connection.execute(text("ALTER TABLE audit RENAME TO gone"))
    refused: list[type[BaseException]] = []

    def write() -> None:
        try:
            site.app.audit.append(draft())
        except AuditUnavailable as error:
            refused.append(type(error))

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 6
    with writing(site.app.engine) as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO audit"))


@pytest.mark.spec("FS-65")
@pytest.mark.spec("FS-70")
@pytest.mark.spec("FS-71")
def test_an_entry_is_a_balp_audit_event(site: Protected) -> None:
    token = site.grant()
    site.fake.answers[token]["permissions"][0]["heart_uma_policy"] = "policy-of-bob"
    site.probe(token, query_string={"code": "x", "access_token": token},
               headers={"X-Request-Id": "req-1"})  # fmt: skip
    (entry,) = site.audited()
    event = json.loads(entry.event)
    assert event["resourceType"] == "AuditEvent" and event["action"] == "E"
    assert event["meta"]["profile"] == [
        "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientQuery"
    ]
    assert event["subtype"][0]["code"] == "search-type" and event["outcome"] == "0"
    client, server, user, organization = event["agent"]
    assert client["type"]["coding"][0]["code"] == "110153"
    assert server["type"]["coding"][0]["code"] == "110152"
    assert user["requestor"] is True and user["who"] == {"display": "Dr. Bob Chen"}
    assert user["purposeOfUse"][0]["coding"][0]["code"] == "TREAT"
    assert "urn:ietf:params:oauth:jti:jti-1" in user["policy"]
    assert "urn:heart-uma:policy:policy-of-bob" in user["policy"]
    assert organization["who"]["display"] == "Cedar Valley"
    query = base64.b64decode(event["entity"][0]["query"]).decode()
    assert "code=x" in query and "access_token=-" in query
    assert event["entity"][1]["role"]["code"] == "1"
    assert event["entity"][2]["what"]["identifier"]["value"] == "req-1"


@pytest.mark.spec("FS-74")
def test_the_chain_holds_no_token_and_no_content(site: Protected) -> None:
    token = site.grant()
    site.probe(token, query_string={"access_token": token})
    for entry in site.audited():
        assert token not in entry.event and token.split(".")[2] not in entry.event
        assert "CNRY" not in entry.event


def test_the_log_switched_off_still_checks_the_epoch(site: Protected, clock: Clock) -> None:
    off = chain.EpochCheckOnly(site.app.engine, KEYS, BASE, clock)
    off.append(draft(epoch=0))
    with pytest.raises(StaleProof):
        off.append(draft(epoch=1))
    assert site.audited() == []


def test_the_log_switched_off_has_no_entry_put_together(
    tmp_path: Path, clock: Clock, fake: FakeAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(tmp_path, clock, fake, audit=False)
    add_records(app)
    link_record(app, fake)
    quiet = Protected(app, fake, clock)
    monkeypatch.setattr(access, "build", lambda *_: pytest.fail("an event was built"))
    assert quiet.probe(quiet.grant()).status_code == 200
    assert quiet.probe("no.token.at-all").status_code == 401
    assert quiet.audited() == []
    app.engine.dispose()
