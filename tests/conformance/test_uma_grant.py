"""UMA 2.0 Grant: what an authorization server must do, as a client sees it (G, R)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.conformance.scene import Scene
from tests.wire import ID_TOKEN, UMA_GRANT, Stranger, get_rpt, ticket_of, whole_record
from tests.world import World

IMAGE = "https://app.example/claims"


def mimetype(answer: httpx.Response) -> str:
    return answer.headers["Content-Type"].partition(";")[0]


@pytest.fixture
def condition(scene: Scene) -> tuple[str, str]:
    return scene.register(), "Condition"


@pytest.mark.spec("G-12", "G-13", "HU-11")
def test_the_metadata_stands_at_the_issuer_with_the_suffix_appended(scene: Scene) -> None:
    http, issuer = scene.app("c1").http, scene.server.issuer
    answer = http.get(f"{issuer}/.well-known/uma2-configuration")
    found = answer.json()
    assert mimetype(answer) == "application/json"
    assert found["issuer"] == issuer
    assert {"token_endpoint", "authorization_endpoint", "response_types_supported"} <= set(found)
    for place in ("/.well-known/uma2-configuration/x", "/.well-known/oauth-authorization-server/x"):
        assert http.get(issuer + place).status_code == 404


@pytest.mark.spec("G-20", "HU-14")
def test_claims_redirect_uris_are_stored_and_echoed(app: Stranger) -> None:
    answer = app.try_to_register(claims_redirect_uris=[IMAGE])
    assert (answer.status_code, answer.json()["claims_redirect_uris"]) == (201, [IMAGE])


@pytest.mark.spec("G-21")
@pytest.mark.parametrize(
    "uris",
    [IMAGE, [], ["/claims"], [IMAGE + "#a"], ["javascript:alert(1)"], [1], [IMAGE, "http://x.y/"]],
    ids=str,
)
def test_claims_redirect_uris_are_whole_addresses(app: Stranger, uris: Any) -> None:
    answer = app.try_to_register(claims_redirect_uris=uris)
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_client_metadata", "invalid_redirect_uri")


@pytest.mark.spec("G-23", "G-24", "G-25", "G-30")
def test_a_request_without_a_token_is_where_it_begins(quiet_world: World) -> None:
    """Whether any rule exists is decided at the token endpoint: the ticket comes in any case."""
    stranger = quiet_world.stranger()
    tickets = set()
    for base in quiet_world.bases.values():
        for path in (whole_record(base), f"{base}/Observation/1", f"{base}/Condition"):
            issuer, ticket = ticket_of(stranger.http.get(path))
            assert issuer == quiet_world.layout.issuer
            tickets.add(ticket)
    assert len(tickets) == 9, "one ticket of the AS for each challenge"
    bob = stranger.login("vic", "openid")["id_token"]
    outcomes = {stranger.trade(ticket, bob).json()["error"] for ticket in tickets}
    assert outcomes == {"request_denied"}


@pytest.mark.spec("G-42", "HU-32")
def test_the_grant_type_is_there_and_known(scene: Scene, condition: Any) -> None:
    app = scene.app("c1")
    assert app.token(ticket=scene.ask(condition)).json()["error"] == "invalid_request"
    for other in ("urn:ietf:params:oauth:grant-type:uma-ticket ", "uma-ticket", "password"):
        answer = app.token(grant_type=other, ticket=scene.ask(condition))
        assert answer.json()["error"] == "unsupported_grant_type"


@pytest.mark.spec("G-47", "HU-34")
def test_an_id_token_is_pushed_as_it_is_and_another_format_is_none(
    scene: Scene, condition: Any
) -> None:
    scene.policy()
    token = scene.id_token()
    good = {"claim_token": token, "claim_token_format": ID_TOKEN}
    assert scene.trade(scene.ask(condition), None, **good).status_code == 200
    for text, name in ((token, "urn:x"), ("<saml:Assertion/>", ID_TOKEN), (token + "=", ID_TOKEN)):
        form = {"claim_token": text, "claim_token_format": name}
        answer = scene.trade(scene.ask(condition), None, **form)
        assert (answer.status_code, answer.json()["error"]) == (403, "need_info")
        (claim,) = answer.json()["required_claims"]
        assert claim["claim_token_format"] == [ID_TOKEN]


@pytest.mark.spec("G-10", "G-122", "F-127", "HU-40")
def test_each_error_has_its_form(scene: Scene, condition: Any) -> None:
    """Only what keeps the process open carries a ticket."""
    scene.policy("ask", who={"person": scene.person("sam")}, ask_me=True)
    spent = scene.ask(condition)
    scene.trade(spent)
    answers = {
        "invalid_grant": (400, scene.trade(spent)),
        "invalid_scope": (400, scene.trade(scene.ask(condition), scope="x")),
        "need_info": (403, scene.trade(scene.ask(condition), None)),
        "request_denied": (403, scene.trade(scene.ask(condition))),
        "request_submitted": (403, scene.trade(scene.ask(condition), "sam", ask_id="q")),
    }
    for error, (status, answer) in answers.items():
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert mimetype(answer) == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert ("ticket" in answer.json()) is (error in ("need_info", "request_submitted"))
        assert isinstance(answer.json().get("error_description", ""), str)
        members = {"error", "error_description", "ticket", "required_claims", "interval"}
        assert set(answer.json()) <= members


@pytest.mark.spec("G-99")
def test_a_claim_counts_while_it_is_fresh(scene: Scene, condition: Any) -> None:
    scene.policy()
    token = scene.id_token()
    scene.server.wait(minutes=6)
    form = {"claim_token": token, "claim_token_format": ID_TOKEN}
    assert scene.trade(scene.ask(condition), None, **form).json()["error"] == "need_info"


@pytest.mark.spec("G-149", "G-152", "F-98")
def test_an_rpt_is_good_where_it_is_for_and_nowhere_else(quiet_world: World) -> None:
    stranger: Stranger = quiet_world.stranger()
    bob = stranger.login("bob", "openid")["id_token"]
    base, elsewhere = quiet_world.bases["cedar"], quiet_world.bases["harbor"]
    rpt = get_rpt(stranger, base, bob).json()["access_token"]
    good = {"Authorization": f"Bearer {rpt}"}
    assert stranger.http.get(whole_record(base), headers=good).status_code == 200
    ticket_of(stranger.http.get(whole_record(elsewhere), headers=good))
    for bad in (rpt[:-2], rpt + "AA", "x", bob):
        ticket_of(stranger.http.get(whole_record(base), headers={"Authorization": f"Bearer {bad}"}))


@pytest.mark.spec("G-160", "G-161")
def test_a_revocation_needs_no_right_hint_and_is_the_clients_own(
    scene: Scene, condition: Any
) -> None:
    scene.policy()
    assert scene.metadata["revocation_endpoint"]
    for hint in ("refresh_token", "pct", "access_token"):
        token = scene.rpt(condition)["access_token"]
        form = {"token": token, "token_type_hint": hint}
        assert scene.revoke("c2", **form).status_code == 200
        assert scene.introspect(token)["active"] is True
        assert scene.revoke("c1", **form).status_code == 200
        assert scene.introspect(token) == {"active": False}
    assert scene.revoke("c1", token="unknown").status_code == 200
    unproven = scene.call("POST", "revocation", None, data={"token": token})
    assert unproven.status_code == 401


@pytest.mark.spec("G-184", "G-107")
def test_a_ticket_cannot_be_guessed(scene: Scene, condition: Any) -> None:
    tickets = [scene.ask(condition) for _ in range(40)]
    assert len(set(tickets)) == 40
    for place in range(40):
        assert len({ticket[place] for ticket in tickets}) > 8, "no part of it stands still"
    assert all(len(ticket) >= 27 for ticket in tickets), "160 bits or more"


@pytest.mark.spec("R-1", "R-5", "R-21")
def test_what_uma_1_had_is_gone(scene: Scene, condition: Any) -> None:
    found = scene.metadata
    for gone in ("rpt_endpoint", "requesting_party_claims_endpoint", "aat_profiles_supported"):
        assert gone not in found
    scene.policy(tell={"level": "neutral"})
    body = scene.rpt(condition)
    assert "rpt" not in body
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert UMA_GRANT in found["grant_types_supported"]
