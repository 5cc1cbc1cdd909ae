"""What the token endpoint and a stop ask the database is found by a key, never by reading it all.

Tables that grow with use are looked up: SQLite says so for each statement that the walks below
bring up, and there is one of every kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from as_server.housekeeping import purge
from as_server.models import policies_in_force
from as_server.models import token as tokens
from as_server.policy.model import Party
from heart_ground.orm import writing
from tests.as_server.person import App, Person
from tests.as_server.uma import Uma, pid

GROWING = ("token", "rpt_grant", "permission_ticket", "authorization_code", "used_jti")
READ_WHOLE = re.compile(rf"SCAN ({'|'.join(GROWING)})\b")


@pytest.fixture
def said() -> dict[str, Any]:
    """Each statement that was executed, with the values of its last time."""
    return {}


def listen(engine: Engine, said: dict[str, Any]) -> None:
    def note(_c: Any, _cursor: Any, text: str, values: Any, _context: Any, many: bool) -> None:
        said[text] = values[-1] if many else values

    event.listen(engine, "before_cursor_execute", note)


def plans(engine: Engine, said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    with engine.connect() as connection:
        for text, values in said.items():
            if text.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
                yield text, " / ".join(row.detail for row in rows)


def only_where_plans_are_told(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("SQLite explains its plans; the indexes are the same on PostgreSQL")


def read_whole(engine: Engine, said: dict[str, Any]) -> list[str]:
    """The statements that read a growing table from end to end, each with its plan."""
    only_where_plans_are_told(engine)
    asked = {name for name in GROWING if any(re.search(rf"\b{name}\b", text) for text in said)}
    found = [f"{text}\n-> {plan}" for text, plan in plans(engine, dict(said))
             if READ_WHOLE.search(plan)]  # fmt: skip
    assert asked, "nothing was asked"
    return found


@pytest.mark.fault("2.15")
def test_the_way_of_an_rpt_reads_no_table_whole(uma: Uma, said: dict[str, Any]) -> None:
    listen(uma.app.engine, said)
    condition = uma.register(), "Condition"
    uma.policy()
    ticket = uma.ask(condition)
    body = uma.trade(ticket).json
    uma.introspect(body["access_token"])
    renewed = uma.refresh(body["refresh_token"]).json
    for _ in range(2):
        uma.refresh(body["refresh_token"])
    uma.trade(uma.ask(condition), rpt=renewed["access_token"], purpose_of_use="TREAT")
    uma.trade(uma.ask(condition), "sam")
    uma.trade(ticket)
    uma.wire.post("/revoke", data={"token": body["access_token"], **uma.proof()})
    uma.wire.post("/revoke", data={"token": body["refresh_token"], **uma.proof()})
    uma.policy(what={"kinds": ["conditions"]}, version=1)
    uma.owner_call("DELETE", f"/policy/{pid('a')}")
    uma.introspect(body["access_token"])
    with writing(uma.app.engine) as db:
        purge(db, uma.now)
    assert read_whole(uma.app.engine, said) == []


@pytest.mark.fault("2.15")
def test_the_way_of_a_code_reads_no_table_whole(
    app: App, alice: Person, said: dict[str, Any]
) -> None:
    listen(app.server.engine, said)
    code = app.code_from(alice, scope="openid offline_access")
    body = app.redeem(code).json
    app.refresh(body["refresh_token"])
    app.refresh(body["refresh_token"])
    app.redeem(code)
    alice.get("/apps")
    assert read_whole(app.server.engine, said) == []


@pytest.mark.parametrize("role", [None, "doctor"])
@pytest.mark.parametrize("organization", [None, "Cedar Valley"])
def test_the_rules_about_a_party_are_found_by_their_index_alone(
    uma: Uma, said: dict[str, Any], role: str | None, organization: str | None
) -> None:
    """A thousand rules about others cost a grant nothing."""
    only_where_plans_are_told(uma.app.engine)
    listen(uma.app.engine, said)
    party = Party(key="x", role=role, organization=organization)
    with uma.app.engine.connect() as connection:
        policies_in_force.concerning(connection, "alice", party)
    ((_, plan),) = plans(uma.app.engine, dict(said))
    steps = plan.split(" / ")
    assert steps[0] == "MULTI-INDEX OR"
    arms = [step for step in steps if step.startswith("SEARCH")]
    assert len(arms) == 4
    assert all("USING INDEX policy_party (owner=? AND who_level=?" in arm for arm in arms), plan


def test_the_test_sees_a_table_that_is_read_whole(uma: Uma, said: dict[str, Any]) -> None:
    listen(uma.app.engine, said)
    with uma.app.engine.connect() as connection:
        connection.execute(tokens.TOKEN.select().where(tokens.COLUMNS.scope == "x"))
    assert len(read_whole(uma.app.engine, said)) == 1
