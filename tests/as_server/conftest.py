"""An authorization server on a database of its own, with two people and two kinds of client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from as_server.app import create_app
from as_server.context import AsServer
from as_server.models import account
from as_server.settings import AsSettings
from heart_ground.orm import writing
from heart_uma.jose import KeySet
from tests.as_server import seen_statements as seen
from tests.as_server.person import App, Person
from tests.as_server.uma import Uma
from tests.conftest import Clock

ISSUER = "http://localhost:8400"
SECRET = "a secret of the tests, 0123456789 abcdef"


@pytest.fixture(scope="session")
def server_keys() -> KeySet:
    return KeySet.generate("RS256")


@pytest.fixture
def as_settings(tmp_path: Path) -> AsSettings:
    return AsSettings(
        issuer=ISSUER,
        secret=SECRET,
        database_url=f"sqlite:///{tmp_path}/as.db",
        argon2_memory_kib=8,
        argon2_time_cost=1,
        registration_rate_per_hour=0,
    )


@pytest.fixture
def as_app(as_settings: AsSettings, clock: Clock, server_keys: KeySet) -> AsServer:
    app = create_app(as_settings, clock=clock, key_set=server_keys)
    with writing(app.engine) as db:
        for place, (login, name) in enumerate([("alice", "Alice Moreno"), ("bob", "Dr. Bob Chen")]):
            account.create(
                db,
                login=login,
                password_hash=app.passwords.hash("demo"),
                name=name,
                created_at=int(clock().timestamp()) + place,
                email=f"{login}@example.org",
                email_verified=True,
                clinician=login == "bob",
            )
    return app


@pytest.fixture
def alice(as_app: AsServer) -> Person:
    return Person(as_app, "alice")


@pytest.fixture
def bob(as_app: AsServer) -> Person:
    return Person(as_app, "bob")


@pytest.fixture
def app(as_app: AsServer, clock: Clock) -> App:
    """A confidential client, registered the open way."""
    return App(as_app, clock).register()


@pytest.fixture
def public_app(as_app: AsServer, clock: Clock) -> App:
    return App(as_app, clock).register(
        token_endpoint_auth_method="none", jwks=None, grant_types=["authorization_code"]
    )


@pytest.fixture
def uma(as_settings: AsSettings, clock: Clock, server_keys: KeySet) -> Uma:
    """The UMA half with its surroundings: owners, resource servers, clients, people."""
    return Uma(as_settings, clock, server_keys)


@pytest.fixture(autouse=True)
def _one_owner() -> Iterator[None]:
    """No statement that a test brings up asks for rows of more than one owner."""
    yield
    assert seen.taken() == []
