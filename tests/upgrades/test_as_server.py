"""An authorization server's database of the second migration, with what was issued, under today's
code: tokens, tickets and codes work until they end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from as_server.db import make_engine
from as_server.models.client import Client
from heart_ground.migrations import migrate
from heart_ground.orm import writing
from heart_uma.jose import KeySet
from tests.as_server.uma import Uma, keys_of, pid, settings_at
from tests.conftest import Clock
from tests.upgrades.dumped import FOLDER, each_database, raise_to, restore

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
"""Of the codes in the dump (the example of RFC 7636, appendix B)."""
HELD: dict[str, Any] = json.loads((FOLDER / "as_server_0002.json").read_text("utf-8"))["held"]


@pytest.fixture
def older(url: str, tmp_path: Path) -> Iterator[Uma]:
    """Alice, Bob and Sam 20 seconds after the older code issued what they hold."""
    engine = make_engine(url)
    restore(engine, "as_server", "0002")
    engine.dispose()
    clock = Clock()
    clock.now = datetime.fromtimestamp(HELD["at"] + 20, UTC)
    settings = settings_at(tmp_path).model_copy(
        update={"database_url": url, "signing_algorithm": "ES256"}
    )
    uma = Uma(settings, clock, KeySet.generate("ES256"), filled=True)
    uma.pats = {("alice", "rs1"): HELD["pat"], ("alice", "policy"): HELD["policy"]}
    uma.key = {"bob": HELD["bob"], "sam": HELD["sam"]}
    with writing(uma.app.engine) as db:
        for client_id in ("c1", "c2", "rs1", "rs2"):
            row = db.scalars(select(Client).where(Client.client_id == client_id)).one()
            members = row.metadata_members | {"jwks": keys_of(client_id).public_jwks()}
            row.registration = json.dumps(members)
            db.add(row)
    yield uma
    uma.app.engine.dispose()


@each_database
def test_what_was_issued_works_and_says_its_reason(older: Uma) -> None:
    for reason, body in zip(("visit 0", "visit 2"), HELD["visits"], strict=True):
        answer = older.introspect(body["access_token"])
        assert (answer["active"], answer["heart_uma_reason"]) == (True, reason)
        renewed = older.refresh(body["refresh_token"]).json
        assert older.introspect(renewed["access_token"])["heart_uma_reason"] == reason
    answer = older.trade(HELD["ticket"], reason="another")
    assert answer.status_code == 200
    assert older.introspect(answer.json["access_token"])["active"] is True
    older.owner_call("DELETE", f"/policy/{pid('a')}")
    held = [*HELD["visits"], answer.json]
    assert {older.introspect(body["access_token"])["active"] for body in held} == {False}
    assert {older.refresh(body["refresh_token"]).status_code for body in held} == {400}
    assert older.introspect(HELD["renewed"]["access_token"])["active"] is True, "Sam's share stands"


@each_database
def test_a_refresh_token_that_was_exchanged_keeps_its_grace_and_its_end(older: Uma) -> None:
    again = older.refresh(HELD["rotated"]["refresh_token"])
    assert again.json["refresh_token"] == HELD["renewed"]["refresh_token"]
    older.clock.advance(seconds=31)
    assert older.refresh(HELD["rotated"]["refresh_token"]).status_code == 400
    assert older.refresh(HELD["renewed"]["refresh_token"]).status_code == 400


@each_database
def test_a_code_on_its_way_is_redeemed_once(older: Uma) -> None:
    form = {
        "grant_type": "authorization_code",
        "redirect_uri": "https://app.example/callback",
        "code_verifier": VERIFIER,
    }
    answers = [
        older.wire.post("/token", data=form | older.proof() | {"code": code}).status_code
        for code in ("waiting", "waiting", "spent")
    ]
    assert answers == [200, 400, 400]


@each_database
def test_an_upgrade_enables_no_client(url: str) -> None:
    """Who was disabled and who only left the file could not be told apart."""
    engine = make_engine(url)
    raise_to(engine, "as_server", "0002")
    insert = text(
        "INSERT INTO client (client_id, name, auth_method, dynamic, skip_consent, disabled, "
        "registration, created_at) VALUES (:id, 'x', 'none', false, false, :off, '{}', 1)"
    )
    with engine.begin() as connection:
        connection.execute(insert, [{"id": "off", "off": True}, {"id": "on", "off": False}])
    migrate(engine, "as_server")
    with engine.connect() as connection:
        kept = connection.execute(
            text("SELECT client_id, disabled, disabled_by_operator, profile FROM client ORDER BY 1")
        )
        assert list(kept) == [("off", True, True, "heart"), ("on", False, False, "heart")]
    engine.dispose()
