"""run-one-service.md: an authorization server and a resource server, from nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.demo.conftest import free_port_base
from tests.how_to.pages import Shell, blocks
from tests.wire import Stranger

pytestmark = pytest.mark.slow


@pytest.fixture
def ports() -> tuple[str, str]:
    first = free_port_base()
    return str(first), str(first + 1)


@pytest.fixture
def shell(tmp_path: Path, ports: tuple[str, str]) -> Iterator[Shell]:
    found = Shell(tmp_path, variables={"AS_ISSUER": f"http://localhost:{ports[0]}"})
    yield found
    found.close()


def test_the_page_can_be_followed(shell: Shell, ports: tuple[str, str]) -> None:
    start, ask, people, profile, clinic, describe = blocks("run-one-service", "sh")
    moved = {"8400": ports[0], "8401": ports[1]}
    shell.run(start, moved)
    told = shell.run(ask, moved)
    assert told.count('{"status":"ok"}') == 2 and f"http://localhost:{ports[0]}/token" in told

    known = Stranger(lambda: httpx.Client(trust_env=False), f"http://localhost:{ports[0]}")
    changes = {**moved, "CLIENT_ID": str(known.register()["client_id"])}
    shell.run(people, changes)
    shell.variables["AS_CLIENT_PROFILES"] = "smart,oidc"
    assert shell.run(profile, changes).strip()

    shell.run(clinic, moved)
    metadata = httpx.get(f"http://localhost:{ports[1]}/fhir/metadata", trust_env=False).json()
    assert metadata["resourceType"] == "CapabilityStatement"
    assert "nothing to do" in shell.run(describe, moved)


def test_the_example_of_a_client_is_one(tmp_path: Path) -> None:
    (example,) = blocks("run-one-service", "json")
    client = json.loads(example)
    assert client["profile"] == "smart" and client["grant_types"] == ["client_credentials"]
