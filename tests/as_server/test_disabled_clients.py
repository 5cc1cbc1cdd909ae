"""A client that the operator disabled stays disabled until the operator enables it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from as_server import db, schema
from as_server.app import create_app
from as_server.context import AsServer
from as_server.settings import AsSettings
from heart_uma.jose import KeySet
from tests.as_server.person import App, Person
from tests.as_server.test_wiring import PORTAL, with_clients
from tests.conftest import Clock


@pytest.fixture
def start(
    as_app: AsServer, as_settings: AsSettings, clock: Clock, server_keys: KeySet, tmp_path: Path
) -> Any:
    """Start the server with these clients in its file."""

    def started(*clients: Any) -> AsServer:
        settings = with_clients(as_settings, tmp_path, list(clients))
        return create_app(settings, clock=clock, key_set=server_keys)

    return started


def known(server: AsServer, client_id: str = "portal") -> bool:
    query = {"client_id": client_id, "redirect_uri": PORTAL["redirect_uris"][0]}
    return server.test_client().get("/authorize", query_string=query).status_code == 303


def run(server: AsServer, *arguments: str) -> str:
    done = server.test_cli_runner().invoke(args=arguments)
    return str(done.output)


@pytest.mark.fault("2.2")
def test_a_restart_does_not_undo_disable_client(start: Any) -> None:
    server = start(PORTAL)
    assert known(server)
    run(server, "disable-client", "portal")
    assert not known(server)
    again = start(PORTAL)
    assert not known(again), "its key may be in a stranger's hand"
    # Nor do leaving the file and coming back to it.
    start()
    assert not known(start(PORTAL))
    assert "portal is enabled" in run(again, "enable-client", "portal")
    assert known(again)
    assert known(start(PORTAL))


def test_a_client_that_left_the_file_comes_back_with_the_file_only(start: Any) -> None:
    start(PORTAL)
    gone = start()
    assert not known(gone)
    assert "stays out" in run(gone, "enable-client", "portal")
    assert not known(gone)
    assert known(start(PORTAL))
    assert "No client" in run(gone, "enable-client", "nobody")


def test_a_registered_client_is_disabled_and_enabled(start: Any, app: App, alice: Person) -> None:
    token = app.tokens(alice, "openid")["access_token"]
    server = start()
    run(server, "disable-client", app.client_id)
    assert not known(start(), app.client_id)
    run(server, "enable-client", app.client_id)
    assert known(start(), app.client_id)
    header = {"Authorization": f"Bearer {token}"}
    assert app.wire.get("/userinfo", headers=header).status_code == 401, "its tokens stay ended"


def test_an_upgrade_enables_nobody(tmp_path: Path) -> None:
    """Who was disabled and who only left the file could not be told apart."""
    engine = db.make_engine(f"sqlite:///{tmp_path}/older.db")
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for client_id, disabled in (("off", True), ("on", False)):
            row = {"id": client_id, "off": disabled, "at": 1}
            connection.execute(
                text(
                    "INSERT INTO client (client_id, name, auth_method, dynamic, skip_consent, "
                    "disabled, registration, created_at) "
                    "VALUES (:id, 'x', 'none', false, false, :off, '{}', :at)"
                ),
                row,
            )
    schema.migrate(engine)
    with engine.connect() as connection:
        kept = connection.execute(
            text("SELECT client_id, disabled, disabled_by_operator, profile FROM client ORDER BY 1")
        )
        assert list(kept) == [("off", 1, 1, "heart"), ("on", 0, 0, "heart")]
    engine.dispose()
