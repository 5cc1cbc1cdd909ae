"""The logs of real services after a whole flow: checkpoints are there, no secret and no record."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from demo import keys
from tests.faults.site import Site
from tests.wire import get_rpt, ticket_of, whole_record

pytestmark = pytest.mark.slow
SHORT = 12
"""Words of a record that are shorter prove nothing: they are words of the protocol too."""


def _words(found: Any) -> set[str]:
    """Every text of a record."""
    if isinstance(found, dict):
        return set().union(*(_words(value) for value in found.values())) if found else set()
    if isinstance(found, list):
        return set().union(*map(_words, found)) if found else set()
    return {found} if isinstance(found, str) and len(found) >= SHORT else set()


@pytest.mark.fault("A5")
def test_a_log_holds_its_promise_and_nothing_of_anybody(site: Site, base: str) -> None:
    stranger = site.stranger()
    tokens = stranger.login("bob", "openid profile offline_access")
    ticket = ticket_of(stranger.http.get(whole_record(base)))[1]
    rpt = get_rpt(stranger, base, tokens["id_token"]).json()
    bearer = {"Authorization": f"Bearer {rpt['access_token']}"}
    shown = httpx.get(f"{base}/Condition?_count=20", headers=bearer, timeout=10)
    assert shown.status_code == 200
    resources = [one["resource"] for one in shown.json().get("entry", [])]
    # And what a service says about requests that it cannot serve.
    for path in ("/Condition/absent", "/Condition?code=%00", "/Nonsense"):
        httpx.get(f"{base}{path}", headers=bearer, timeout=10)
    stranger.http.post(stranger.metadata["token_endpoint"], data={"refresh_token": ticket})
    logs = {service: site.log(service).read_text() for service in ("as", "cedar")}
    assert "audit checkpoint " in logs["cedar"]
    _, secrets = keys.prepare(site.layout)
    secret = {ticket, *secrets.values()}
    secret |= {value for value in (*tokens.values(), *rpt.values()) if isinstance(value, str)}
    words = _words([{**one, "meta": {}, "resourceType": ""} for one in resources])
    told = "\n".join(logs.values())
    assert words and {word for word in words if word in told} == set()
    assert {word for word in secret if len(word) >= SHORT and word in told} == set()
