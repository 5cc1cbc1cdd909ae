"""A resource server registered by hand, with a PAT and nothing of ours (FedAuthz 3)."""

from __future__ import annotations

import httpx
import pytest

from tests.e2e.conftest import Visit
from tests.e2e.house import House
from tests.wire import Stranger

pytestmark = [pytest.mark.slow, pytest.mark.e2e]


def register(house: House) -> str:
    """As the tutorial does it; the address of the owner's page for the resource."""
    server = Stranger(lambda: httpx.Client(timeout=20), house.at("service", ""))
    server.register(client_name="My FHIR server")
    pat = server.login("alice", "openid uma_protection")["access_token"]
    made = server.http.post(
        server.metadata["resource_registration_endpoint"],
        json={"name": "Sleep diary", "resource_scopes": ["view"]},
        headers={"Authorization": f"Bearer {pat}"},
    )
    assert made.status_code == 201, made.text
    return str(made.json()["user_access_policy_uri"])


@pytest.mark.fault("C21")
def test_a_foreign_place_is_known_by_name_and_not_called_unreachable(
    fresh: House, visit: Visit
) -> None:
    page = register(fresh)
    alice = visit("alice")
    alice.go("portal")
    assert "can not reach" not in alice.text
    alice.reads("Sleep diary")
    alice.page.goto(page)
    alice.headed("Sleep diary")
    alice.reads("We can not show what is in it")
    alice.reads("My FHIR server")
