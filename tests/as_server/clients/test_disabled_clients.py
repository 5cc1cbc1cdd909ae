"""A client that the operator disabled stays disabled until the operator enables it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

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
