"""Who takes part: an authorization server with people and apps, its UMA half, Alice's world."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from as_server.app import create_app
from as_server.models import account
from heart_ground.orm import writing
from heart_uma.jose import KeySet
from tests.as_server.conftest import server_keys
from tests.as_server.uma import PEOPLE, settings_at
from tests.conformance.scene import Scene
from tests.conformance.server import Person, Server, elsewhere
from tests.conftest import Clock
from tests.flows.conftest import seeded_folder
from tests.wire import Stranger
from tests.world import World, copy_of

__all__ = ["server_keys"]

folder_of_alice = seeded_folder


@pytest.fixture
def server(tmp_path: Path, clock: Clock, server_keys: KeySet) -> Server:
    """The server under test: that of the environment, or one of this project."""
    return elsewhere() or own_server(tmp_path, clock, server_keys)


def own_server(folder: Path, clock: Clock, keys: KeySet) -> Server:
    """The project's own, in this process, with the people of the scene."""
    settings = settings_at(folder)
    app = create_app(settings, clock=clock, key_set=keys)
    with writing(app.engine) as db:
        for login, members in PEOPLE.items():
            account.create(
                db,
                login=login,
                password_hash=app.passwords.hash("demo"),
                created_at=int(clock().timestamp()),
                email=f"{login}@example.org",
                email_verified=True,
                **members,  # type: ignore[arg-type]
            )

    def new_client() -> httpx.Client:
        return httpx.Client(transport=httpx.WSGITransport(app=app, remote_addr="127.0.0.1"))

    def allow_scopes(client_id: str, scope: str) -> None:
        arguments = ["set-client-profile", client_id, "heart", "--scope", scope]
        done = app.test_cli_runner().invoke(args=arguments)
        assert done.exit_code == 0, done.output

    search = {"bob": "Bob", "sam": "sam@example.org"}
    people = {login: Person(new_client(), login, search=search.get(login, "")) for login in PEOPLE}
    return Server(settings.issuer, new_client, people, clock, clock.advance, allow_scopes)


@pytest.fixture
def alice(server: Server) -> Person:
    return server.people["alice"]


@pytest.fixture
def app(server: Server) -> Stranger:
    """A confidential client, registered the open way."""
    made = server.app()
    made.register()
    return made


@pytest.fixture
def public_app(server: Server) -> Stranger:
    made = server.app(public=True)
    made.register(grant_types=["authorization_code"])
    return made


@pytest.fixture
def scene(server: Server) -> Iterator[Scene]:
    """The UMA half with its surroundings: owners, resource servers, clients, people."""
    made = Scene(server)
    yield made
    made.close()


@pytest.fixture(scope="module")
def quiet_world(seeded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Alice's world for requests that leave nothing behind."""
    return World(copy_of(seeded_folder, tmp_path_factory.mktemp("quiet") / "world"))
