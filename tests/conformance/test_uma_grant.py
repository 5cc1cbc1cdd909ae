"""UMA 2.0 Grant: what an authorization server must do, as a client sees it (G, R)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.as_server.person import App
from tests.as_server.uma import ISSUER, Uma
from tests.wire import ID_TOKEN, UMA_GRANT, Stranger, get_rpt, ticket_of, whole_record
from tests.world import World

IMAGE = "https://app.example/claims"


@pytest.fixture
def condition(uma: Uma) -> tuple[str, str]:
    return uma.register(), "Condition"


@pytest.mark.spec("G-12", "G-13", "HU-11")
def test_the_metadata_stands_at_the_issuer_with_the_suffix_appended(uma: Uma) -> None:
    answer = uma.wire.get("/.well-known/uma2-configuration")
    found = answer.json
    assert answer.mimetype == "application/json"
    assert found["issuer"] == ISSUER
    assert {"token_endpoint", "authorization_endpoint", "response_types_supported"} <= set(found)
    for place in ("/.well-known/uma2-configuration/x", "/.well-known/oauth-authorization-server/x"):
        assert uma.wire.get(place).status_code == 404


@pytest.mark.spec("G-20", "HU-14")
def test_claims_redirect_uris_are_stored_and_echoed(app: App) -> None:
    body = app.registration(claims_redirect_uris=[IMAGE])
    answer = app.wire.post("/register", json=body)
    assert (answer.status_code, answer.json["claims_redirect_uris"]) == (201, [IMAGE])


@pytest.mark.spec("G-21")
@pytest.mark.parametrize(
    "uris",
    [IMAGE, [], ["/claims"], [IMAGE + "#a"], ["javascript:alert(1)"], [1], [IMAGE, "http://x.y/"]],
    ids=str,
)
def test_claims_redirect_uris_are_whole_addresses(app: App, uris: Any) -> None:
    answer = app.wire.post("/register", json=app.registration(claims_redirect_uris=uris))
    assert answer.status_code == 400
    assert answer.json["error"] in ("invalid_client_metadata", "invalid_redirect_uri")


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
def test_the_grant_type_is_there_and_known(uma: Uma, condition: Any) -> None:
    form = {"ticket": uma.ask(condition), **uma.proof()}
    assert uma.wire.post("/token", data=form).json["error"] == "invalid_request"
    for other in ("urn:ietf:params:oauth:grant-type:uma-ticket ", "uma-ticket", "password"):
        form = {"grant_type": other, "ticket": uma.ask(condition), **uma.proof()}
        assert uma.wire.post("/token", data=form).json["error"] == "unsupported_grant_type"


@pytest.mark.spec("G-47", "HU-34")
def test_an_id_token_is_pushed_as_it_is_and_another_format_is_none(
    uma: Uma, condition: Any
) -> None:
    uma.policy()
    token = uma.id_token()
    good = {"claim_token": token, "claim_token_format": ID_TOKEN}
    assert uma.trade(uma.ask(condition), None, **good).status_code == 200
    for text, name in ((token, "urn:x"), ("<saml:Assertion/>", ID_TOKEN), (token + "=", ID_TOKEN)):
        form = {"claim_token": text, "claim_token_format": name}
        answer = uma.trade(uma.ask(condition), None, **form)
        assert (answer.status_code, answer.json["error"]) == (403, "need_info")
        (claim,) = answer.json["required_claims"]
        assert claim["claim_token_format"] == [ID_TOKEN]


@pytest.mark.spec("G-10", "G-122", "F-127", "HU-40")
def test_each_error_has_its_form(uma: Uma, condition: Any) -> None:
    """Only what keeps the process open carries a ticket."""
    uma.policy("ask", who={"person": uma.key["sam"]}, ask_me=True)
    spent = uma.ask(condition)
    uma.trade(spent)
    answers = {
        "invalid_grant": (400, uma.trade(spent)),
        "invalid_scope": (400, uma.trade(uma.ask(condition), scope="x")),
        "need_info": (403, uma.trade(uma.ask(condition), None)),
        "request_denied": (403, uma.trade(uma.ask(condition))),
        "request_submitted": (403, uma.trade(uma.ask(condition), "sam", ask_id="q")),
    }
    for error, (status, answer) in answers.items():
        assert (answer.status_code, answer.json["error"]) == (status, error)
        assert answer.mimetype == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert ("ticket" in answer.json) is (error in ("need_info", "request_submitted"))
        assert isinstance(answer.json.get("error_description", ""), str)
        members = {"error", "error_description", "ticket", "required_claims", "interval"}
        assert set(answer.json) <= members


@pytest.mark.spec("G-99")
def test_a_claim_counts_while_it_is_fresh(uma: Uma, condition: Any) -> None:
    uma.policy()
    token = uma.id_token()
    uma.clock.advance(minutes=6)
    form = {"claim_token": token, "claim_token_format": ID_TOKEN}
    assert uma.trade(uma.ask(condition), None, **form).json["error"] == "need_info"


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
def test_a_revocation_needs_no_right_hint_and_is_the_clients_own(uma: Uma, condition: Any) -> None:
    uma.policy()
    assert uma.wire.get("/.well-known/uma2-configuration").json["revocation_endpoint"]
    for hint in ("refresh_token", "pct", "access_token"):
        token = uma.rpt(condition)["access_token"]
        form = {"token": token, "token_type_hint": hint}
        assert uma.wire.post("/revoke", data=form | uma.proof("c2")).status_code == 200
        assert uma.introspect(token)["active"] is True
        assert uma.wire.post("/revoke", data=form | uma.proof()).status_code == 200
        assert uma.introspect(token) == {"active": False}
    assert uma.wire.post("/revoke", data={"token": "unknown", **uma.proof()}).status_code == 200
    assert uma.wire.post("/revoke", data={"token": token}).status_code == 401


@pytest.mark.spec("G-184", "G-107")
def test_a_ticket_cannot_be_guessed(uma: Uma, condition: Any) -> None:
    tickets = [uma.ask(condition) for _ in range(40)]
    assert len(set(tickets)) == 40
    for place in range(40):
        assert len({ticket[place] for ticket in tickets}) > 8, "no part of it stands still"
    assert all(len(ticket) >= 27 for ticket in tickets), "160 bits or more"


@pytest.mark.spec("R-1", "R-5", "R-21")
def test_what_uma_1_had_is_gone(uma: Uma, condition: Any) -> None:
    found = uma.wire.get("/.well-known/uma2-configuration").json
    for gone in ("rpt_endpoint", "requesting_party_claims_endpoint", "aat_profiles_supported"):
        assert gone not in found
    uma.policy(tell={"level": "neutral"})
    body = uma.rpt(condition)
    assert "rpt" not in body
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert UMA_GRANT in found["grant_types_supported"]
