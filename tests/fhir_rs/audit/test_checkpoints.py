"""Checkpoints: when they are made, by whom, and what they stand for."""

from __future__ import annotations

import hashlib
import json
import logging

import pytest
from sqlalchemy import Engine, delete, select
from sqlmodel import col

from fhir_rs.audit import checkpointing, merkle
from fhir_rs.audit.checkpoint import Checkpoint, ends_of
from fhir_rs.audit.log import AuditLog
from fhir_rs.db import reading, writing
from fhir_rs.models.audit import INSTALLATION, Audit, AuditCheckpoint, AuditHead
from heart_uma.jose import decode_jwt
from tests.conftest import Clock
from tests.fhir_rs.audit.drafts import KEYS, A, B, bad, draft
from tests.fhir_rs.fake_as import BASE


def kept(engine: Engine) -> list[Checkpoint]:
    table = AuditCheckpoint.__table__  # type: ignore[attr-defined]
    rows = select(*(table.c[name] for name in Checkpoint._fields)).order_by(table.c.number)
    with reading(engine) as connection:
        return [Checkpoint(*row) for row in connection.execute(rows)]


def covered(engine: Engine) -> list[dict[str, int]]:
    """Which entry of which record each checkpoint signs."""
    return [{end.record: end.seq for end in ends_of(each.ends)} for each in kept(engine)]


def test_one_comes_with_the_first_entry_after_a_minute_and_covers_all_that_moved(
    log: AuditLog, engine: Engine, clock: Clock
) -> None:
    for seconds, record in ((0, A), (30, A), (29, B), (2, A), (10, A), (61, B)):
        clock.advance(seconds=seconds)
        log.append(draft(record=record))
    assert covered(engine) == [{INSTALLATION: 0, A: 1}, {A: 3, B: 1}, {A: 4, B: 2}]
    assert bad(engine, clock()) == []


def test_one_comes_after_so_many_entries(
    log: AuditLog, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (checkpointing.ROWS, checkpointing.SECONDS) == (1_000, 60)
    monkeypatch.setattr(checkpointing, "ROWS", 10)
    for number in range(25):
        log.append(draft(number))
    assert covered(engine) == [{INSTALLATION: 0, A: 1}, {A: 11}, {A: 21}]
    assert bad(engine, clock()) == []


def test_what_a_process_left_behind_is_signed_by_the_next(
    log: AuditLog, engine: Engine, clock: Clock
) -> None:
    log.append(draft())
    log.append(draft(record=B))
    again = AuditLog(engine, KEYS, BASE, clock)
    clock.advance(seconds=61)
    again.append(draft())
    assert covered(engine)[1:] == [{A: 2, B: 1}]


def test_an_entry_in_a_transaction_of_another_counts_once_it_is_there(
    log: AuditLog, engine: Engine, clock: Clock
) -> None:
    log.append(draft())
    clock.advance(seconds=61)
    with pytest.raises(KeyError), writing(engine) as connection:
        log.append_in(connection, draft())
        raise KeyError
    log.sign_if_due()
    assert len(kept(engine)) == 1
    with writing(engine) as connection:
        log.append_in(connection, draft())
    clock.advance(seconds=61)
    log.sign_if_due()
    assert covered(engine)[1:] == [{A: 2}]
    assert bad(engine, clock()) == []


def test_two_processes_make_one_chain_of_checkpoints(
    log: AuditLog, engine: Engine, clock: Clock
) -> None:
    other = AuditLog(engine, KEYS, BASE, clock)
    for _ in range(4):
        clock.advance(seconds=61)
        log.append(draft())
        other.append(draft(record=B))
    assert [each.number for each in kept(engine)] == [1, 2, 3, 4]
    clock.advance(seconds=61)
    other.append(draft())
    assert covered(engine)[-1] == {A: 5, B: 4}
    assert bad(engine, clock()) == []


def test_it_signs_a_merkle_root_and_the_one_before(
    log: AuditLog, engine: Engine, clock: Clock
) -> None:
    log.append(draft())
    clock.advance(seconds=61)
    log.append(draft(record=B))
    first, second = kept(engine)
    said = decode_jwt(
        "audit_checkpoint", second.signed, KEYS, issuer=BASE, audience=None, now=clock()
    )
    (b,) = ends_of(second.ends)
    leaf = json.dumps(list(b), separators=(",", ":")).encode()
    assert said["root"] == merkle.root([leaf]).hex() and said["number"] == 2
    assert said["before"] == hashlib.sha256(first.signed.encode()).hexdigest()


def test_a_merkle_root_is_that_of_the_standard() -> None:
    """The tree of certificate transparency: known answers, for 0 to 8 leaves (RFC 6962 2.1)."""
    leaves = [bytes.fromhex(each) for each in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )]  # fmt: skip
    roots = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    for many, root in roots.items():
        assert merkle.root(leaves[:many]).hex() == root, many


@pytest.mark.attack("F-12")
@pytest.mark.parametrize("table", [Audit, AuditHead])
def test_what_lost_its_end_is_not_signed(
    log: AuditLog,
    engine: Engine,
    clock: Clock,
    table: type[Audit],
    caplog: pytest.LogCaptureFixture,
) -> None:
    log.append(draft())
    log.append(draft())
    with writing(engine) as connection:
        connection.execute(delete(table).where(col(table.record) == A))
    clock.advance(seconds=61)
    with caplog.at_level(logging.ERROR):
        log.append(draft(record=B))
    assert covered(engine)[1:] == [{B: 1}]
    assert f"record {A} is not whole" in caplog.text
    assert A in {chain for chain, _ in bad(engine, clock())}


def test_an_entry_does_not_wait_for_a_signature_that_cannot_be_kept(
    log: AuditLog, engine: Engine, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("ALTER TABLE audit_checkpoint RENAME TO gone")
    log.append(draft())
    assert "cannot be signed" in caplog.text
    with writing(engine) as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO audit_checkpoint")
    clock.advance(seconds=61)
    log.append(draft())
    assert covered(engine) == [{INSTALLATION: 0, A: 2}]
