"""deploy-with-containers.md followed: ready, an import, a link, a share, a read, a restart.

The steps stand in the order in which an operator takes them; each builds on those before.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from demo.rules import standing_policies
from operator_tools.browser import Browser
from operator_tools.linking import link_record
from tests.deploy.containers import SERVICES, Deployment, why_not
from tests.wire import Stranger, seen_by

pytestmark = [pytest.mark.compose, pytest.mark.slow, pytest.mark.xdist_group("compose")]

PASSWORD = "a pass phrase for this trial"


@dataclass
class House:
    """The deployment and what the steps found out."""

    deployment: Deployment
    code: str = ""
    base: str = ""
    seen: set[str] = field(default_factory=set)

    def stranger(self) -> Stranger:
        found = Stranger(self.deployment.client, self.deployment.address("as"))
        found.register()
        return found


@pytest.fixture(scope="module")
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    if "compose" not in str(request.config.getoption("-m")):
        pytest.skip("takes minutes and an engine; asked for with: pytest -m compose tests/deploy")
    if reason := why_not():
        pytest.skip(f"no engine for containers here ({reason}); HEART_UMA_COMPOSE names another")
    deployment = Deployment(tmp_path_factory.mktemp("deployment"))
    deployment.lay_out()
    try:
        yield House(deployment)
    finally:
        deployment.compose("--profile", "operator", "down", "--volumes")
        for name, seconds in deployment.figures.items():
            print(f"{name}: {seconds:.1f} s")


def timed(house: House, name: str, act: Callable[[], Any]) -> Any:
    began = time.monotonic()
    found = act()
    house.deployment.figures[name] = time.monotonic() - began
    return found


def test_all_services_become_ready(house: House) -> None:
    def start() -> None:
        house.deployment.up()
        house.deployment.wait_ready()

    timed(house, "up until all four are ready", start)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_started_before_the_database_said_so_in_lines(
    house: House, service: str
) -> None:
    assert "Traceback" not in house.deployment.log(service)


def test_people_are_added(house: House) -> None:
    said = house.deployment.operator("account add alice", typed=f"{PASSWORD}\n")
    assert "Alice Moreno can now sign in as alice" in said
    bob = ("account", "add", "bob", "--name", "Dr. Bob Okafor", "--clinician")
    database = ("--database", "@/run/secrets/as_database_url")
    said = house.deployment.run_operator(*bob, *database, typed=f"{PASSWORD}\n")
    assert "Bob Okafor can now sign in as bob" in said


def test_records_are_imported(house: House) -> None:
    said = timed(house, "import of a bundle", lambda: house.deployment.operator("import"))
    given = json.loads((house.deployment.folder / "deploy/import/bundle.json").read_text())
    assert f"Accepted {len(given['entry'])}, refused 0." in said
    found = re.search(r"record (\S+), claim code (\S+)", said)
    assert found is not None, said
    house.base = f"{house.deployment.address('rs')}/fhir/r/{found[1]}"
    house.code = found[2]


def test_the_patient_links_her_record(house: House) -> None:
    rs, issuer = house.deployment.address("rs"), house.deployment.address("as")
    with Browser(house.deployment.client()) as browser:
        timed(
            house,
            "link",
            lambda: link_record(browser, rs, issuer, house.code, "alice", PASSWORD),
        )


def test_she_shares_and_he_reads(house: House) -> None:
    stranger = house.stranger()
    token = stranger.login("alice", "openid uma_policy owner offline_access", PASSWORD)
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    people = stranger.http.get(
        stranger.metadata["people_endpoint"], params={"q": "Okafor"}, headers=headers
    ).json()["people"]
    keys = dict.fromkeys(("bob", "dana", "sam", "vic"), people[0]["key"])
    rule = standing_policies(keys, datetime.now(UTC))[0]
    address = f"{stranger.metadata['policy_endpoint']}/{rule['id']}"
    assert stranger.http.put(address, json=rule, headers=headers).status_code in (200, 201)
    house.seen = timed(house, "sign-in, grant and read of all", lambda: read(house))
    assert len(house.seen) > 20


def read(house: House) -> set[str]:
    return seen_by(house.stranger(), [house.base], "bob", PASSWORD)


def test_nothing_is_lost_over_a_restart(house: House) -> None:
    def restart() -> None:
        house.deployment.compose("restart")
        house.deployment.wait_ready()

    timed(house, "restart until all four are ready", restart)
    assert read(house) == house.seen


def test_containers_that_are_made_anew_lose_nothing(house: House) -> None:
    house.deployment.compose("down")
    house.deployment.up()
    house.deployment.wait_ready()
    assert read(house) == house.seen


def test_a_service_waits_for_its_database_with_a_line_a_try(house: House) -> None:
    """Its server is told to make its workers anew (SIGHUP) while there is no database."""
    began = time.monotonic()
    house.deployment.compose("stop", "postgres")
    house.deployment.compose("exec", "-T", "as", "sh", "-c", "kill -HUP 1")
    time.sleep(15)
    house.deployment.compose("start", "postgres")
    timed(house, "ready after the database", house.deployment.wait_ready)
    log = house.deployment.log("as")
    away, workers = time.monotonic() - began, 2
    assert 2 <= log.count("the database does not answer") <= workers * away, log[-3000:]
    assert "Traceback" not in log
    assert read(house) == house.seen


def test_the_audit_holds(house: House) -> None:
    assert "every entry holds" in house.deployment.operator("audit verify")
