"""What a stranger without a token learns: nothing but where to ask (Grant 3.2, DESIGN 7)."""

from __future__ import annotations

import pytest

from tests.wire import ticket_of, whole_record
from tests.world import World


@pytest.mark.spec("G-28")
@pytest.mark.spec("G-29")
@pytest.mark.spec("G-31")
@pytest.mark.spec("HU-31")
@pytest.mark.attack("FH-04")
def test_existing_absent_and_hidden_look_alike(world: World) -> None:
    base = world.bases["cedar"]
    owner_seen = world.seen_by("bob")
    existing = next(u for u in owner_seen if u.startswith(f"{base}/Condition/"))
    http = world.client()
    answers = []
    for url in (existing, f"{base}/Condition/absent", f"{base}/Condition/no-such-id"):
        answer = http.get(url)
        as_uri, ticket = ticket_of(answer)
        assert as_uri == world.layout.issuer
        answers.append(
            (
                answer.status_code,
                answer.text.replace(ticket, "T"),
                {k: v.replace(ticket, "T") for k, v in answer.headers.items()},
            )
        )
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.spec("G-27")
def test_an_unknown_record_is_404(world: World) -> None:
    answer = world.client().get(f"{world.layout.fhir_base('cedar')}/r/{'A' * 22}/Condition/1")
    assert answer.status_code == 404
    assert "www-authenticate" not in answer.headers


@pytest.mark.spec("G-11")
@pytest.mark.spec("F-28")
@pytest.mark.spec("HO-80")
def test_discovery_from_as_uri_finds_every_endpoint(world: World) -> None:
    http = world.client()
    as_uri, _ = ticket_of(http.get(whole_record(world.bases["home"])))
    found = http.get(f"{as_uri}/.well-known/uma2-configuration").json()
    assert found["issuer"] == as_uri
    for name in (
        "token_endpoint",
        "authorization_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "registration_endpoint",
        "resource_registration_endpoint",
        "permission_endpoint",
        "policy_endpoint",
        "jwks_uri",
    ):
        assert found[name].startswith(as_uri + "/"), name
        assert not found[name].endswith("/")
    for other in ("openid-configuration", "oauth-authorization-server"):
        same = http.get(f"{as_uri}/.well-known/{other}").json()
        assert {k: v for k, v in same.items() if k in found and found[k] != v} == {}


@pytest.mark.spec("G-33")
@pytest.mark.spec("G-34")
@pytest.mark.spec("HU-25")
def test_without_its_as_the_source_opens_nothing(world: World) -> None:
    world.down.add("as")
    answer = world.client().get(whole_record(world.bases["cedar"]))
    assert answer.status_code == 403
    assert answer.headers["warning"] == '199 - "UMA Authorization Server Unreachable"'
    assert "www-authenticate" not in answer.headers
