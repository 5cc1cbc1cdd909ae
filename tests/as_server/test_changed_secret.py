"""A service that starts under another secret knows what it issued under the one before."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from as_server.housekeeping import TOKENS_KEPT, purge
from heart_ground.orm import writing
from tests.as_server.uma import Uma

SECRETS = [f"{word} secret of the tests, 0123456789 abcdef" for word in ("another", "a third")]


def under(uma: Uma, secret: str) -> Uma:
    settings = uma.app.settings.model_copy(update={"secret": SecretStr(secret)})
    found = Uma(settings, uma.clock, uma.app.keys._keys, filled=True)
    found.pats, found.key = uma.pats, uma.key
    return found


@pytest.fixture
def issued(uma: Uma) -> dict[str, Any]:
    condition = uma.register(), "Condition"
    uma.policy()
    spent = uma.ask(condition)
    visit = uma.trade(spent).json
    return {"condition": condition, "spent": spent, "visit": visit, "ticket": uma.ask(condition)}


@pytest.mark.parametrize("secrets", [SECRETS[:1], SECRETS])
def test_nothing_ends(uma: Uma, issued: dict[str, Any], secrets: list[str]) -> None:
    pat = uma.refresh_token("alice", "c1", "openid uma_protection")
    later = uma
    for secret in secrets:
        later = under(later, secret)
    visit = issued["visit"]
    assert later.introspect(visit["access_token"])["active"] is True
    assert later.refresh(pat).status_code == 200
    assert later.trade(issued["ticket"]).status_code == 200
    assert later.trade(issued["ticket"]).status_code == 400
    renewed = later.refresh(visit["refresh_token"]).json
    assert later.introspect(renewed["access_token"])["active"] is True


def test_a_ticket_that_comes_twice_still_ends_what_it_gave(
    uma: Uma, issued: dict[str, Any]
) -> None:
    with uma.app.engine.begin() as connection:
        connection.execute(text("DELETE FROM permission_ticket"))
    later = under(uma, SECRETS[0])
    assert later.trade(issued["spent"]).status_code == 400
    assert later.introspect(issued["visit"]["access_token"]) == {"active": False}


def test_values_are_written_down_at_a_change_and_forgotten_with_what_they_are_of(
    uma: Uma, issued: dict[str, Any]
) -> None:
    def known() -> int:
        with uma.app.engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM unsealed_value")).scalar_one())

    assert known() == 0
    later = under(uma, SECRETS[0])
    found = known()
    assert found > 0
    later = under(later, SECRETS[0])
    later.ask(issued["condition"])
    assert known() == found
    later.clock.advance(seconds=86_400 + TOKENS_KEPT + 400)
    with writing(later.app.engine) as db:
        purge(db, later.now)
    assert known() == 0
