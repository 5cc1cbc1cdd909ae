"""An RPT and the refresh token that came with it share a row until something happens to one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from as_server.housekeeping import TOKENS_KEPT, purge
from as_server.models import refresh_rotation, rpt_refresh
from as_server.models import token as tokens
from as_server.models.token import COLUMNS, TOKEN, Token
from as_server.models.token_revocation import revoke_family
from as_server.sharing.ending import end_token
from heart_ground.orm import reading, writing
from tests.as_server.uma import Uma

LASTS = 86_400


@pytest.fixture
def issued(uma: Uma) -> dict[str, Any]:
    uma.policy()
    return uma.rpt((uma.register(), "Condition"))


def rows(uma: Uma) -> int:
    """Of RPTs and of what came with them."""
    with uma.app.engine.connect() as connection:
        query = select(func.count()).select_from(TOKEN).where(COLUMNS.rpt_grant.is_not(None))
        return int(connection.execute(query).scalar_one())


def held(uma: Uma, value: str) -> Token:
    with reading(uma.app.engine) as db:
        found = rpt_refresh.find(db, uma.key["alice"], value)
    assert found is not None
    return found


def revoke(uma: Uma, token: str) -> None:
    assert uma.wire.post("/revoke", data={"token": token, **uma.proof()}).status_code == 200


def is_active(uma: Uma, body: dict[str, Any]) -> bool:
    return bool(uma.introspect(body["access_token"])["active"])


def test_a_grant_is_one_row(uma: Uma, issued: dict[str, Any]) -> None:
    assert rows(uma) == 1
    renewed = uma.refresh(issued["refresh_token"]).json
    assert is_active(uma, issued) and is_active(uma, renewed)
    assert uma.refresh(renewed["refresh_token"]).status_code == 200


def test_an_rpt_that_is_given_back_leaves_its_refresh_token(
    uma: Uma, issued: dict[str, Any]
) -> None:
    revoke(uma, issued["access_token"])
    assert not is_active(uma, issued)
    renewed = uma.refresh(issued["refresh_token"]).json
    assert is_active(uma, renewed)
    revoke(uma, renewed["refresh_token"])
    assert not is_active(uma, renewed)


@pytest.mark.parametrize("given_back_first", [False, True])
def test_a_refresh_token_that_is_given_back_takes_its_rpt_along(
    uma: Uma, issued: dict[str, Any], given_back_first: bool
) -> None:
    if given_back_first:
        revoke(uma, issued["access_token"])
    revoke(uma, issued["refresh_token"])
    assert not is_active(uma, issued)
    assert uma.refresh(issued["refresh_token"]).status_code == 400


def test_the_second_of_two_exchanges_finds_nothing(uma: Uma, issued: dict[str, Any]) -> None:
    row = held(uma, issued["refresh_token"])
    with uma.app.engine.begin() as connection:
        assert refresh_rotation.rotate(connection, row, uma.now) is True
        assert refresh_rotation.rotate(connection, row, uma.now) is False


def test_one_that_ended_meanwhile_is_not_exchanged(uma: Uma, issued: dict[str, Any]) -> None:
    """It was live when the request looked; another process ended its family since."""
    row = held(uma, issued["refresh_token"])
    with uma.app.engine.begin() as connection:
        assert len(revoke_family(connection, row.owner, row.family, uma.now)) == 1
        assert refresh_rotation.rotate(connection, row, uma.now) is False
    assert uma.refresh(issued["refresh_token"]).status_code == 400


def test_one_whose_rpt_was_given_back_meanwhile_is_exchanged_once(
    uma: Uma, issued: dict[str, Any]
) -> None:
    row = held(uma, issued["refresh_token"])
    revoke(uma, issued["access_token"])
    with uma.app.engine.begin() as connection:
        assert refresh_rotation.rotate(connection, row, uma.now) is True
        assert refresh_rotation.rotate(connection, row, uma.now) is False


def test_an_rpt_that_is_given_back_while_it_is_refreshed(uma: Uma, issued: dict[str, Any]) -> None:
    with reading(uma.app.engine) as db:
        seen = tokens.by_string(db, uma.key["alice"], issued["access_token"])
    assert seen is not None
    renewed = uma.refresh(issued["refresh_token"]).json
    made = uma.app.new_work()
    end_token(made, seen)
    made.commit()
    assert not is_active(uma, issued) and is_active(uma, renewed)
    assert uma.refresh(renewed["refresh_token"]).status_code == 200


def test_the_row_is_kept_for_as_long_as_either_counts(uma: Uma, issued: dict[str, Any]) -> None:
    uma.clock.advance(seconds=LASTS - 60)
    with writing(uma.app.engine) as db:
        purge(db, uma.now)
    uma.pats.clear()
    assert not is_active(uma, issued)
    assert is_active(uma, uma.refresh(issued["refresh_token"]).json)
    uma.clock.advance(seconds=LASTS + TOKENS_KEPT + 400)
    with writing(uma.app.engine) as db:
        purge(db, uma.now)
    assert rows(uma) == 0


def test_one_that_ends_before_its_rpt_has_a_row_of_its_own(uma: Uma) -> None:
    short = {"refresh_token_lifetime": 100}
    uma.app.issuer.settings = uma.app.settings.model_copy(update=short)
    uma.policy()
    body = uma.rpt((uma.register(), "Condition"))
    assert rows(uma) == 2
    uma.clock.advance(seconds=150)
    assert is_active(uma, body)
    assert uma.refresh(body["refresh_token"]).status_code == 400


def test_an_rpt_that_ended_by_itself_is_upgraded_though_its_family_ended(uma: Uma) -> None:
    """Grant 3.3.1: what has expired may be presented, what was revoked may not."""
    condition = uma.register(), "Condition"
    uma.policy()
    old = uma.rpt(condition)
    uma.clock.advance(seconds=400)
    revoke(uma, old["refresh_token"])
    body = uma.rpt(condition, rpt=old["access_token"])
    assert body["upgraded"] is True
    revoke(uma, body["refresh_token"])
    answer = uma.trade(uma.ask(condition), rpt=body["access_token"])
    assert answer.json["error"] == "invalid_grant"
