"""No statement asks for rows of more than one owner, but for a few with a reason.

What SQLAlchemy sends is looked at in every test here (`conftest`); this looks at what is compiled
once, and shows that the look sees what it is for.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest
from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.dialects import sqlite

import as_server.app
from as_server.models import policies_in_force
from as_server.models.account import COLUMNS as ACCOUNT
from as_server.models.owner_epoch import COLUMNS as EPOCH
from as_server.models.rpt_grant import COLUMNS as GRANT
from as_server.models.rpt_grant import GRANT as GRANTS
from as_server.models.token import COLUMNS as TOKEN
from as_server.models.token import TOKEN as TOKENS
from as_server.policy.model import WhoLevel
from heart_ground.statement import Statement
from tests.as_server.one_owner import ALLOWED, REASONS, unkeyed

assert as_server.app, "every module is there"
OWNER = TOKEN.owner == bindparam("owner")
MOST = 4
JOINED = select(TOKEN.hash).join(GRANTS, GRANT.id == TOKEN.rpt_grant)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_what_is_compiled_once_asks_for_one_owner(dialect: str) -> None:
    rooms = [vars(each) for name, each in sys.modules.items() if name.startswith("as_server.")]
    made = {each for room in rooms for each in room.values() if isinstance(each, Statement)}
    assert len(made) > 15
    levels = [WhoLevel.PERSON, WhoLevel.ROLE, WhoLevel.ORGANIZATION]
    made |= {policies_in_force._concerning(frozenset(levels[:many])) for many in range(4)}
    found = {wrong for each in made for wrong in unkeyed(each._build(dialect))}
    assert found <= ALLOWED


def test_few_reasons_are_allowed() -> None:
    assert len(REASONS) <= MOST


@pytest.mark.parametrize(
    "statement",
    [
        select(TOKENS),
        select(TOKENS).where(TOKEN.hash == "x"),
        select(TOKENS).where(TOKEN.owner.in_(["x"])),
        select(TOKENS).where(TOKEN.owner > "x"),
        select(TOKENS).where(or_(OWNER, TOKEN.hash == "x")),
        select(TOKENS).where(OWNER).where(TOKEN.rpt_grant.in_(select(GRANT.id))),
        JOINED.where(OWNER),
        select(TOKENS).join(GRANTS, GRANT.owner == TOKEN.owner),
        select(TOKEN.hash).join(GRANTS, GRANT.owner == TOKEN.client_id).where(OWNER),
        update(TOKENS).where(TOKEN.hash == "x").values(revoked_at=1),
        TOKENS.delete().where(TOKEN.expires_at < 1),
        select(EPOCH.epoch).join(GRANTS, GRANT.owner == ACCOUNT.key).with_for_update(),
        sqlite.insert(GRANTS).on_conflict_do_nothing(index_elements=["fingerprint"]),
    ],
)
def test_the_look_sees_what_asks_for_more(statement: Any) -> None:
    assert unkeyed(statement) != []


@pytest.mark.parametrize(
    "statement",
    [
        select(TOKENS).where(OWNER),
        select(ACCOUNT.key),
        select(TOKENS).where(or_(and_(OWNER, TOKEN.hash == "x"), and_(OWNER, TOKEN.hash == "y"))),
        JOINED.where(OWNER, GRANT.owner == TOKEN.owner),
        JOINED.where(OWNER, GRANT.owner == bindparam("owner")),
        sqlite.insert(GRANTS).on_conflict_do_nothing(index_elements=["owner", "fingerprint"]),
        sqlite.insert(GRANTS).on_conflict_do_nothing(),
    ],
)
def test_the_look_takes_what_asks_for_one(statement: Any) -> None:
    assert unkeyed(statement) == []
