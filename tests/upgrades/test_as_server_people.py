"""People and rules of an authorization server of the second migration, under today's code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from as_server.app import create_app
from as_server.context import AsServer
from as_server.db import make_engine
from heart_ground.migrations import Migrations, SchemaError
from heart_uma.jose import KeySet
from tests.as_server.uma import pid, settings_at
from tests.postgres import create_database
from tests.upgrades.dumped import restore

each_database = pytest.mark.parametrize(
    "url", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
BEFORE: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "as_server_0002_rules.json").read_text(encoding="utf-8")
)
ALICE = next(row for row in BEFORE["account"] if row["login"] == "alice")
schema = Migrations("as_server")


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the rows of the version before."""
    found = f"sqlite:///{tmp_path}/as.db"
    if request.param != "sqlite":
        found = create_database(request.getfixturevalue("postgres_server"))
    engine = make_engine(found)
    restore(engine, "as_server", "0002", "_rules")
    engine.dispose()
    return found


@pytest.fixture
def change(url: str) -> Callable[..., None]:
    """Change a row before the upgrade."""

    def execute(statement: str, **values: Any) -> None:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text(statement), values)
        engine.dispose()

    return execute


@pytest.fixture
def upgraded(url: str, tmp_path: Path, server_keys: KeySet) -> Callable[[], AsServer]:
    settings = settings_at(tmp_path).model_copy(update={"database_url": url})
    return lambda: create_app(settings, key_set=server_keys)


@pytest.fixture(scope="session")
def server_keys() -> KeySet:
    return KeySet.generate("RS256")


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@each_database
def test_every_policy_and_every_person_is_there(upgraded: Callable[[], AsServer]) -> None:
    engine = upgraded().engine
    assert schema.version(engine) == schema.head
    for table, key in (("policy", "id"), ("account", "key"), ("policy_version", "body")):
        before = sorted(row[key] for row in BEFORE[table])
        assert sorted(row[0] for row in rows(engine, f"SELECT {key} FROM {table}")) == before
    folded = rows(engine, "SELECT login, login_folded, email_folded FROM account")
    assert {login: (name, email) for login, name, email in folded} == {
        row["login"]: (row["login"], row["email"]) for row in BEFORE["account"]
    }


@each_database
def test_every_epoch_rises_once(upgraded: Callable[[], AsServer]) -> None:
    found = dict(rows(upgraded().engine, "SELECT owner, epoch FROM owner_epoch"))  # type: ignore[arg-type]
    assert found == {row["key"]: row["epoch"] + 1 for row in BEFORE["account"]}


@each_database
def test_shares_whose_outcome_changed_are_listed_to_their_owner(
    upgraded: Callable[[], AsServer],
) -> None:
    found = rows(upgraded().engine, "SELECT owner, policy, withheld_by FROM outcome_change")
    assert found == [(ALICE["key"], pid("role-vitals"), pid("not-cedar"))]


@each_database
def test_names_that_become_one_stop_the_upgrade_and_are_listed(
    upgraded: Callable[[], AsServer], change: Callable[..., None], url: str
) -> None:
    change("UPDATE account SET login = 'jos\u00e9' WHERE login = 'bob'")
    change("UPDATE account SET login = 'Jose\u0301 ' WHERE login = 'sam'")
    with pytest.raises(SchemaError) as refused:
        upgraded()
    # Spelt out, since the two look the same on a screen.
    assert r"'Jose\u0301 ' and 'jos\xe9'" in str(refused.value)
    assert "alice" not in str(refused.value)
    engine = make_engine(url)
    assert schema.version(engine) == "0002"
    assert rows(engine, "SELECT login FROM account WHERE login = 'Jose\u0301 '")
    engine.dispose()
    change("UPDATE account SET login = 'Sam' WHERE login = 'Jose\u0301 '")
    assert rows(upgraded().engine, "SELECT login_folded FROM account WHERE login = 'Sam'") == [
        ("sam",)
    ]
