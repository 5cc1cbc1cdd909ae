"""A default realm of Keycloak as the authorization server of the clinic app and a clinic.

Run by hand where there is one: `KEYCLOAK_HOME=FOLDER pytest -m keycloak tests/interoperation`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.peers import keycloak
from bench.peers.keycloak import Keycloak
from fhir_rs.db import make_engine
from fhir_rs.protection.authorization_server import AuthorizationServers
from fhir_rs.settings import Settings
from heart_ground.migrations import migrate
from heart_uma.errors import UmaError
from heart_uma.jose import KeySet
from heart_uma.metadata import discover
from heart_uma.published_keys import fetch_keys
from operator_tools.browser import Browser
from operator_tools.html_page import Page
from requester_app.app import create_app
from requester_app.db import reading
from requester_app.identity import Identity
from requester_app.models.session import BrowserSession
from requester_app.settings import RequesterSettings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.keycloak,
    pytest.mark.skipif(bool(keycloak.why_not()), reason=keycloak.why_not() or "there is one"),
]
SECRET = "a secret of the tests, 0123456789 abcdef"
CLINIC = "http://localhost:8403"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keycloak]:
    with keycloak.running(tmp_path_factory.mktemp("keycloak")) as running:
        running.add_person("priya", "Priya Nair")
        yield running


@pytest.fixture
def clinic_app(server: Keycloak, tmp_path: Path) -> Any:
    keys, client_id = KeySet.generate("ES256"), f"clinic-{tmp_path.name}"
    keys.save(tmp_path / "keys.json")
    server.add_client(client_id, keys, f"{CLINIC}/login/return")
    settings = RequesterSettings(
        url=CLINIC,
        as_issuer=server.issuer,
        client_id=client_id,
        key_file=tmp_path / "keys.json",
        secret=SECRET,
        database_url=f"sqlite:///{tmp_path}/requester.db",
    )
    return create_app(settings)


class Loopback(httpx.HTTPTransport):
    """Keeps `Secure` cookies of http://localhost, as browsers do: it is a trustworthy origin."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        secure = re.compile(rb";\s*secure", re.IGNORECASE)
        raw = [(k, secure.sub(b"", v) if k.lower() == b"set-cookie" else v)
               for k, v in answer.headers.raw]  # fmt: skip
        answer.headers = httpx.Headers(raw)
        return answer


def signed_in(app: Any) -> Page:
    """Priya signs in at Keycloak's own page, in a new browser."""
    mounts = {CLINIC: httpx.WSGITransport(app)}
    client = httpx.Client(transport=Loopback(), mounts=mounts, timeout=60)
    with Browser(client) as browser:
        page = browser.get(f"{CLINIC}/login?next=/find")
        form = page.form("username", "password")
        return browser.submit(page, form, {"username": "priya", "password": "demo"})


def test_the_keys_of_a_default_realm_are_read(server: Keycloak) -> None:
    """It publishes a key for encryption beside the one for signatures (RFC 7517 5)."""
    published = server.http.get(f"{server.issuer}/protocol/openid-connect/certs").json()["keys"]
    assert {key["use"] for key in published} == {"sig", "enc"}
    metadata = discover(server.http, server.issuer)
    assert [key.algorithms for key in fetch_keys(server.http, metadata).keys] == [("RS256",)]


def test_a_person_signs_in_at_the_clinic_app_before_and_after_a_rotation(
    server: Keycloak, clinic_app: Any
) -> None:
    for _ in range(2):
        page = signed_in(clinic_app)
        assert (page.url, page.status) == (f"{CLINIC}/find", 200)
        assert "Priya Nair" in page.text
        server.rotate_keys()


def test_her_id_token_is_renewed_under_a_new_key(server: Keycloak, clinic_app: Any) -> None:
    signed_in(clinic_app)
    with reading(clinic_app.engine) as session:
        row = session.query(BrowserSession).first()
    means = clinic_app.means
    identity = Identity(means.servers, row, means.secret, means.now)
    first = identity.token()
    server.rotate_keys()
    assert identity.renewed(first) != first
    assert identity.claims["name"] == "Priya Nair"


def test_a_clinic_reads_the_server_and_registers_where_that_is_allowed(
    server: Keycloak, tmp_path: Path
) -> None:
    keys = KeySet.generate("ES256")
    keys.save(tmp_path / "keys.json")
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/rs.db",
        key_file=tmp_path / "keys.json",
        secret=SECRET,
        trusted_as=server.issuer,
    )
    engine = make_engine(settings.database_url)
    migrate(engine, "fhir_rs")
    servers = AuthorizationServers(settings, engine, server.http, keys, lambda: datetime.now(UTC))
    # A default realm lets nobody register from outside; it says so, and the page says it on.
    with pytest.raises(UmaError) as caught:
        servers.ensure(server.issuer)
    assert caught.value.code == "refused"
    server.let_anybody_register()
    known = servers.ensure(server.issuer)
    assert known.client_id
    assert known.metadata["resource_registration_endpoint"].startswith(server.issuer)
