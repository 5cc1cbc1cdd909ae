"""Databases of the authorization server under today's code: each thing in them goes on working
until it ends. In that of the third migration no key had an owner and no value a seal; in that of
the fourth a refresh token had a row beside its RPT's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from as_server.db import make_engine
from as_server.models.client import UMA_TICKET, Client
from heart_ground.migrations import Migrations
from heart_ground.orm import writing
from heart_uma.jose import KeySet
from tests.as_server.uma import Uma, keys_of, pid, settings_at
from tests.conftest import Clock
from tests.upgrades.dumped import FOLDER, each_database, restore

TABLES = Migrations("as_server").tables().tables
pytestmark = [
    each_database,
    pytest.mark.parametrize("version", ["0003", "0004"]),
]


class Older(Uma):
    """A server on such a database; `held` is what people and programs have of it."""

    dump: dict[str, Any]
    version: str

    @property
    def held(self) -> dict[str, Any]:
        found: dict[str, Any] = self.dump["held"]
        return found


@pytest.fixture
def older(url: str, version: str, tmp_path: Path) -> Iterator[Older]:
    """Everybody 20 seconds after the older code issued what they hold."""
    engine = make_engine(url)
    restore(engine, "as_server", version)
    engine.dispose()
    dump = json.loads((FOLDER / f"as_server_{version}.json").read_text("utf-8"))
    held = dump["held"]
    clock = Clock()
    clock.now = datetime.fromtimestamp(held["at"] + 20, UTC)
    settings = settings_at(tmp_path).model_copy(
        update={"database_url": url, "signing_algorithm": "ES256"}
    )
    uma = Older(settings, clock, KeySet.generate("ES256"), filled=True)
    uma.dump, uma.version = dump, version
    uma.pats = {("alice", "rs1"): held["pat"], ("alice", "policy"): held["policy"]}
    uma.key = {name: held[name] for name in ("alice", "bob", "sam", "dora")}
    grants = ["authorization_code", "refresh_token", UMA_TICKET]
    with writing(uma.app.engine) as db:
        for row in db.scalars(select(Client)):
            keys = {"jwks": keys_of(row.client_id).public_jwks(), "grant_types": grants}
            row.registration = json.dumps(row.metadata_members | keys)
            db.add(row)
    yield uma
    uma.app.engine.dispose()


def test_nothing_is_lost(older: Older) -> None:
    same = set(older.dump) - {"held", "account", "token", "client"}
    with older.app.engine.connect() as connection:
        for table in sorted(same):
            # What later versions added is empty in what was there before.
            before = {name for row in older.dump[table] for name in row}
            rows = [dict(row) for row in connection.execute(select(TABLES[table])).mappings()]
            added = [row.pop(name) for row in rows for name in set(row) - before]
            assert not any(added), table
            found = sorted(json.dumps(row, sort_keys=True) for row in rows)
            assert found == sorted(json.dumps(row, sort_keys=True) for row in older.dump[table]), (
                table
            )
        epochs = dict(connection.execute(text("SELECT owner, epoch FROM owner_epoch")).all())
        whose = text("SELECT jti, owner, account_key, rpt_grant FROM token")
        tokens = connection.execute(whose).all()
    told = older.dump.get("owner_epoch") or older.dump["account"]
    assert epochs == {row.get("owner", row.get("key")): row["epoch"] for row in told}
    assert len(tokens) == len(older.dump["token"])
    for row in tokens:
        assert row.owner == (older.held["alice"] if row.rpt_grant else row.account_key)


def test_shares_and_what_was_issued_from_them_work(older: Older) -> None:
    (visit,) = older.held["visits"]
    answer = older.introspect(visit["access_token"])
    assert (answer["active"], answer["heart_uma_reason"]) == (True, "visit 0")
    assert answer["heart_uma_epoch"] == older.held["epoch"]
    renewed = older.refresh(visit["refresh_token"]).json
    assert older.introspect(renewed["access_token"])["active"] is True
    again = older.refresh(older.held["rotated"]["refresh_token"]).json
    assert again["refresh_token"] == older.held["renewed"]["refresh_token"]


def test_a_ticket_that_waits_is_traded_once(older: Older) -> None:
    assert older.trade(older.held["ticket"], "sam", client_id="c2").status_code == 403
    assert older.trade(older.held["ticket"]).status_code == 400


def test_a_ticket_that_waits_brings_what_it_did(older: Older) -> None:
    body = older.trade(older.held["ticket"], rpt=older.held["renewed"]["access_token"]).json
    assert older.permitted(body["access_token"]) == {older.held["condition"]}
    assert older.introspect(older.held["renewed"]["access_token"]) == {"active": False}, "upgraded"
    assert older.trade(older.held["ticket"]).status_code == 400
    assert older.introspect(body["access_token"]) == {"active": False}, "Grant 5.5"


def test_a_ticket_presented_again_ends_what_it_gave(older: Older) -> None:
    with older.app.engine.begin() as connection:
        connection.execute(text("DELETE FROM permission_ticket"))
    assert older.trade(older.held["spent"]).status_code == 400
    assert older.introspect(older.held["visits"][0]["access_token"]) == {"active": False}
    assert older.introspect(older.held["renewed"]["access_token"])["active"] is True


def test_a_pat_of_eighty_days_ago_is_refreshed(older: Older) -> None:
    body = older.refresh(older.held["old_pat"], "rs1").json
    older.pats["alice", "rs1"] = body["access_token"]
    assert older.introspect(older.held["visits"][0]["access_token"])["active"] is True
    new = older.refresh(body["refresh_token"], "rs1")
    assert new.status_code == 200
    older.clock.advance(seconds=60)
    assert older.refresh(older.held["old_pat"], "rs1").status_code == 400, "a copy is about"
    assert older.refresh(new.json["refresh_token"], "rs1").status_code == 400


def test_an_ordinary_token_is_known_to_its_server(older: Older) -> None:
    plain = {"token": older.held["plain"]}
    answer = older.wire.post("/introspect", data={**plain, **older.proof("rs1")})
    assert answer.json["active"] is True
    assert older.wire.post("/revoke", data={**plain, **older.proof()}).json == {}
    answer = older.wire.post("/introspect", data={**plain, **older.proof("rs1")})
    assert answer.json == {"active": False}


def test_a_stop_stops_what_was_issued_before(older: Older) -> None:
    older.owner_call("DELETE", f"/policy/{pid('a')}")
    held = [older.held["visits"][0], older.held["renewed"]]
    assert [older.introspect(body["access_token"])["active"] for body in held] == [False] * 2
    assert [older.refresh(body["refresh_token"]).status_code for body in held] == [400] * 2
    with older.app.engine.connect() as connection:
        raised = text("SELECT epoch FROM owner_epoch WHERE owner = :owner")
        found = connection.execute(raised, {"owner": older.held["alice"]}).scalar_one()
    assert found == older.held["epoch"] + 1


def test_the_history_goes_on_where_it_was(older: Older) -> None:
    before = older.owner_call("GET", "/activity").json["entries"]
    assert before == older.held["activity"]
    older.owner_call("DELETE", f"/policy/{pid('a')}")
    after = older.owner_call("GET", "/activity").json["entries"]
    assert (after[0]["event"], after[1:]) == ("stopped", before)


def test_the_way_back_keeps_every_row(older: Older) -> None:
    from alembic import command

    older.rpt((older.held["condition"], "Condition"))
    older.owner_call("DELETE", f"/policy/{pid('a')}")
    with older.app.engine.connect() as connection:
        lines = connection.execute(text("SELECT count(*) FROM audit_entry")).scalar_one()
    with older.app.engine.begin() as connection:
        command.downgrade(Migrations("as_server").config(connection), "0003")
    with older.app.engine.connect() as connection:
        found = connection.execute(text("SELECT seq FROM audit_entry ORDER BY seq")).scalars().all()
        assert len(set(found)) == len(found) == lines
        count = connection.execute(text("SELECT count(*) FROM token")).scalar_one()
        assert count == len(older.dump["token"]) + 2
        alice = text("SELECT epoch FROM account WHERE login = 'alice'")
        assert connection.execute(alice).scalar_one() == older.held["epoch"] + 1
