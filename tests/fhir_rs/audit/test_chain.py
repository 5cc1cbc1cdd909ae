"""The audit chains: before the bytes, and without a gap."""

from __future__ import annotations

import base64
import json
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlmodel import col

from fhir_rs.audit.log import AuditLog
from fhir_rs.audit.refused import AuditUnavailable, StaleProof
from fhir_rs.audit.switched_off import EpochCheckOnly
from fhir_rs.db import reading, writing
from fhir_rs.models.audit import INSTALLATION, Audit
from fhir_rs.protection import access
from tests.conftest import Clock
from tests.fhir_rs.audit.drafts import KEYS, A, B, bad, draft, numbers
from tests.fhir_rs.fake_as import BASE, FakeAs
from tests.fhir_rs.protected import (
    Protected,
    add_records,
    bare,
    fake,
    link_record,
    site,
    start,
)

__all__ = ["bare", "fake", "site"]


def test_entries_are_chained_without_gaps(log: AuditLog, engine: Engine, clock: Clock) -> None:
    for number in range(5):
        log.append(draft(number))
    with reading(engine) as connection:
        rows = connection.execute(select(col(Audit.seq), col(Audit.hash)).order_by("seq")).all()
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
    assert len({row.hash for row in rows}) == 5
    assert bad(engine, clock()) == []


def test_each_record_has_a_chain_of_its_own_and_so_has_what_belongs_to_none(
    log: AuditLog, engine: Engine, clock: Clock
) -> None:
    for record in (A, B, A, INSTALLATION, B, A):
        log.append(draft(record=record))
    assert [numbers(engine, each) for each in (A, B, INSTALLATION)] == [[1, 2, 3], [1, 2], [1]]
    assert bad(engine, clock()) == []


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
    assert numbers(engine) == list(range(1, 201))
    assert bad(engine, clock()) == []


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
    off = EpochCheckOnly(site.app.engine, KEYS, BASE, clock)
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
    monkeypatch.setattr(access, "compacted", lambda *_: pytest.fail("an event was built"))
    assert quiet.probe(quiet.grant()).status_code == 200
    assert quiet.probe("no.token.at-all").status_code == 401
    assert quiet.audited() == []
    app.engine.dispose()
