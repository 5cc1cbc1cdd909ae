"""A resource server's database of the third migration: one chain for all records, under today's
code, which has one for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, text, update

from fhir_rs.audit.origin import origin
from fhir_rs.db import reading, writing
from fhir_rs.models.audit import Audit
from fhir_rs.models.former_audit import FormerAudit, FormerAuditCheckpoint, FormerAuditHead
from fhir_rs.verification.audit import verify
from heart_ground.migrations import Migrations
from heart_uma.jose import KeySet
from tests.attacks.fhir_record import reader
from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.fake_as import BASE
from tests.upgrades.dumped import FOLDER, each_database
from tests.upgrades.older_record import older_record

DUMP: dict[str, Any] = json.loads((FOLDER / "fhir_rs_0003.json").read_text(encoding="utf-8"))
ELSEWHERE: dict[str, Any] = DUMP["_elsewhere"][0]
"""What the authorization server held then, the public keys of the checkpoints, and what the owner
was shown of her audit."""
END = len(DUMP["audit"])
READ = "/Observation/v1"


@pytest.fixture
def older(url: str, tmp_path: Path) -> Record:
    """Alice's record as the code before kept it; nobody used it for a day."""
    return older_record(url, tmp_path, "0003", ELSEWHERE, days=1)


def found(older: Record) -> list[tuple[str, int]]:
    """Where the audit does not hold."""
    today = older.site.app.keys.public_jwks()["keys"]
    keys = KeySet.from_jwks({"keys": [*ELSEWHERE["audit_keys"]["keys"], *today]})
    engine, now = older.site.app.engine, older.site.clock()
    return [(each.chain, each.number) for each in verify(engine, keys, BASE, now)]


@each_database
def test_the_chain_of_before_holds_and_those_of_today_begin_at_its_end(older: Record) -> None:
    engine = older.site.app.engine
    assert found(older) == []
    for _ in range(3):
        assert older.get(READ, reader(older)).status_code == 200
    assert [entry.seq for entry in older.site.audited()] == [END + 1, END + 2, END + 3]
    with reading(engine) as connection:
        assert origin(connection).hash.hex() == DUMP["audit_head"][0]["hash"]
        assert connection.scalar(select(func.count()).select_from(FormerAudit)) == END
    assert found(older) == []


@each_database
def test_the_owner_reads_on_where_one_chain_ends_and_the_other_begins(older: Record) -> None:
    older.get(READ, reader(older))
    path, entries = "/$activity?_count=2", []
    while path:
        page = older.get(path, older.fake.owner_token()).get_json()
        entries += page["entries"]
        path = page["next"] and page["next"][page["next"].index("/$activity") :]
    # Each page that was read is an entry too, above where the next one goes on.
    assert [each["what"]["interaction"] for each in entries[: -len(ELSEWHERE["activity"])]] == [
        "read"
    ]
    # Each has a number since, by which it can be asked about.
    assert all(each.pop("id") for each in entries)
    assert entries[-len(ELSEWHERE["activity"]) :] == ELSEWHERE["activity"]
    only = older.get("/$activity?actor=owner&_count=200", older.fake.owner_token()).get_json()
    assert {each["actor"] for each in only["entries"]} == {"owner"}


@pytest.mark.attack("F-12")
@each_database
@pytest.mark.parametrize(
    ("change", "where"),
    [
        (update(FormerAudit).where(FormerAudit.seq == 5).values(actor="x"), ("former chain", 5)),  # type: ignore[arg-type]
        (delete(FormerAudit).where(FormerAudit.seq == 5), ("former chain", 5)),  # type: ignore[arg-type]
        (delete(FormerAudit).where(FormerAudit.seq == END), ("former chain", END)),  # type: ignore[arg-type]
        (update(FormerAudit).where(FormerAudit.seq == END).values(seq=END + 1),  # type: ignore[arg-type]
         ("former chain", END)),
        (update(FormerAuditHead).values(hash="0" * 64), ("installation", END)),
        (delete(FormerAuditHead), ("installation", END)),
        (update(FormerAuditCheckpoint).values(signed="x.y.z"), ("former chain", 1)),
    ],
)  # fmt: skip
def test_a_change_of_what_was_before_is_found(
    older: Record, change: Any, where: tuple[str, int]
) -> None:
    older.get(READ, reader(older))
    assert found(older) == []
    with writing(older.site.app.engine) as connection:
        connection.execute(change)
    assert where in found(older)


@each_database
def test_the_way_back_is_open_until_something_was_entered(older: Record) -> None:
    from alembic import command

    engine: Engine = older.site.app.engine
    with engine.begin() as connection:
        command.downgrade(Migrations("fhir_rs").config(connection), "0003")
        entries = connection.execute(text("SELECT seq, hash FROM audit ORDER BY seq")).all()
        head = connection.execute(text("SELECT seq, hash FROM audit_head")).one()
    kept = sorted((row["seq"], row["hash"]) for row in DUMP["audit"])
    assert [tuple(row) for row in entries] == kept and tuple(head) == kept[-1]
    Migrations("fhir_rs").migrate(engine)
    assert older.get(READ, reader(older)).status_code == 200
    with pytest.raises(RuntimeError, match="entered in the audit"), engine.begin() as connection:
        command.downgrade(Migrations("fhir_rs").config(connection), "0003")
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(Audit)) == 1
