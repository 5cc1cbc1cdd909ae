"""The client's rules of the UMA grant, each seen on the wire (Grant 3 and 5)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from heart_uma.metadata import ID_TOKEN_FORMAT
from requester_app.db import reading, writing
from requester_app.models.key import Key
from requester_app.models.session import BrowserSession
from tests.requester_app.clinic import ALL_KINDS, CEDAR, HARBOR, HOME, Clinic
from tests.requester_app.fakes import ISSUER, Ticket


def opened(clinic: Clinic) -> str:
    clinic.share("priya")
    clinic.sign_in()
    return clinic.open_alice(purpose="TREAT").text


@pytest.mark.spec("G-22")
@pytest.mark.spec("G-147")
def test_tokenless_then_ticket_then_the_same_get_with_the_rpt(clinic: Clinic) -> None:
    opened(clinic)
    first, second = clinic.sources[CEDAR].seen
    assert first[0] == second[0] and first[1] == ""
    assert second[1].startswith("Bearer rpt-")
    paths = {call.url.path for call in clinic.calls if str(call.url).startswith(ISSUER)}
    assert "/.well-known/uma2-configuration" in paths


@pytest.mark.spec("G-44")
@pytest.mark.spec("G-46")
def test_the_trade_pushes_a_live_id_token_in_its_format(clinic: Clinic) -> None:
    opened(clinic)
    for trade in clinic.auth.trades:
        assert trade["claim_token"].count(".") == 2
        assert trade["claim_token_format"] == ID_TOKEN_FORMAT
        assert trade["purpose_of_use"] == "TREAT"
        assert "client_assertion" in trade and "ask_id" not in trade


def test_an_old_id_token_is_refreshed_before_it_is_pushed(clinic: Clinic) -> None:
    clinic.share("priya")
    clinic.sign_in()
    clinic.clock.advance(minutes=6)
    before = clinic.auth.trades[:]
    page = clinic.open_alice()
    assert "records from 3 sources" in page.text
    assert clinic.auth.refreshes == ["session-priya"]
    assert len({trade["claim_token"] for trade in clinic.auth.trades[len(before) :]}) == 1


def test_a_sign_in_that_is_over_at_the_service_leads_to_sign_in(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.clock.advance(minutes=6)
    clinic.auth._signed_in = lambda *_: ({"error": "invalid_grant"}, 400)  # type: ignore[method-assign]
    answer = clinic.open_alice()
    assert answer.status_code == 303 and answer.headers["Location"].startswith(ISSUER)


@pytest.mark.spec("G-35")
def test_without_a_ticket_no_authorization_server_is_called(clinic: Clinic) -> None:
    clinic.sign_in()
    for source in clinic.sources.values():
        source.no_ticket = True
    calls = clinic.auth.calls
    page = clinic.open_alice()
    assert clinic.auth.calls == calls and clinic.auth.trades == []
    assert "sharing service of" in page.text and "Nothing has changed." in page.text


def test_an_untrusted_as_uri_gets_no_call_and_no_token(clinic: Clinic) -> None:
    clinic.share("priya")
    clinic.sources[HARBOR].as_uri = "https://evil.example"
    page = opened(clinic)
    assert "does not trust" in page and "from 2 sources" in page
    assert not any("evil.example" in str(call.url) for call in clinic.calls)


@pytest.mark.spec("G-133")
@pytest.mark.spec("G-136")
def test_need_info_that_an_id_token_satisfies_is_answered_once_with_a_newer_one(
    clinic: Clinic,
) -> None:
    hints: list[dict[str, Any]] = [
        {"claim_token_format": ["urn:x", ID_TOKEN_FORMAT], "issuer": [ISSUER], "name": "sub"}
    ]
    sent: list[dict[str, str]] = []

    def decide(form: dict[str, str], ticket: Ticket) -> tuple[int, dict[str, Any]] | None:
        sent.append(form)
        if ticket.base != CEDAR or len([f for f in sent if f["ticket"] == form["ticket"]]) > 1:
            return None
        if "second" in form["ticket"]:
            return None
        new = clinic.auth.new_ticket(ticket.base, ticket.kinds) + "-second"
        clinic.auth.tickets[new] = Ticket(ticket.base, ticket.kinds)
        return 403, {"error": "need_info", "ticket": new, "required_claims": hints, "x": 1}

    clinic.auth.decide = decide
    page = opened(clinic)
    assert "records from 3 sources" in page
    cedar = [form for form in sent if clinic.auth.tickets[form["ticket"]].base == CEDAR]
    assert len(cedar) == 2 and cedar[0]["claim_token"] != cedar[1]["claim_token"]


@pytest.mark.spec("G-61")
def test_need_info_that_an_id_token_cannot_satisfy_ends_the_process(clinic: Clinic) -> None:
    def decide(form: dict[str, str], ticket: Ticket) -> tuple[int, dict[str, Any]]:
        new = clinic.auth.new_ticket(ticket.base, ticket.kinds)
        hint = {"claim_token_format": ["urn:saml"], "friendly_name": "licence number"}
        return 403, {"error": "need_info", "ticket": new, "required_claims": [hint]}

    clinic.auth.decide = decide
    page = opened(clinic)
    assert "must know more about you" in page
    assert len(clinic.auth.trades) == 3


@pytest.mark.spec("G-192")
def test_a_ticket_that_comes_back_unchanged_stops_the_process(clinic: Clinic) -> None:
    clinic.auth.decide = lambda form, ticket: (
        403,
        {"error": "request_submitted", "ticket": form["ticket"], "interval": 1},
    )
    page = opened(clinic)
    assert "We can not show this record now" in page
    clinic.clock.advance(minutes=1)
    trades = [trade["ticket"] for trade in clinic.auth.trades]
    clinic.get(f"/chart/{clinic.pointer()}")
    assert set(trades).isdisjoint(trade["ticket"] for trade in clinic.auth.trades[len(trades) :])


@pytest.mark.spec("G-187")
def test_no_ticket_is_ever_traded_twice(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice()
    for _ in range(4):
        clinic.clock.advance(seconds=2)
        clinic.get(f"/chart/{clinic.pointer()}")
        clinic.get("/")
    tickets = [trade["ticket"] for trade in clinic.auth.trades]
    assert len(tickets) == len(set(tickets))


def test_a_live_key_is_used_again_without_a_trade(clinic: Clinic) -> None:
    opened(clinic)
    trades = len(clinic.auth.trades)
    clinic.clock.advance(minutes=4)
    assert "records from 3 sources" in clinic.get(f"/chart/{clinic.pointer()}").text
    assert len(clinic.auth.trades) == trades


@pytest.mark.spec("G-153")
def test_an_expired_key_is_refreshed_without_asking_the_patient(clinic: Clinic) -> None:
    opened(clinic)
    trades = len(clinic.auth.trades)
    clinic.clock.advance(minutes=6)
    assert "records from 3 sources" in clinic.get(f"/chart/{clinic.pointer()}").text
    assert len(clinic.auth.trades) == trades
    assert len([token for token in clinic.auth.refreshes if token.startswith("rr-")]) == 3


def test_after_a_stop_no_request_is_filed_with_the_patient(clinic: Clinic) -> None:
    opened(clinic)
    trades = len(clinic.auth.trades)
    clinic.auth.shares.clear()
    assert "Your access ended" in clinic.get(f"/chart/{clinic.pointer()}").text
    clinic.clock.advance(minutes=6)
    assert "Your access ended" in clinic.get(f"/chart/{clinic.pointer()}").text
    assert len(clinic.auth.trades) == trades


def test_after_a_pause_the_next_click_opens_the_record_again(clinic: Clinic) -> None:
    opened(clinic)
    clinic.auth.shares.clear()
    assert "Your access ended" in clinic.get(f"/chart/{clinic.pointer()}").text
    clinic.share("priya")
    assert "records from 3 sources" in clinic.get(f"/chart/{clinic.pointer()}").text


def test_looking_for_newly_shared_records_starts_a_new_process(clinic: Clinic) -> None:
    clinic.share("priya", {"conditions"})
    clinic.sign_in()
    page = clinic.open_alice()
    assert "Metformin" not in page.text
    clinic.share("priya")
    page = clinic.send(page.text, to="/chart/")
    assert "Metformin" in page.text
    assert {t.get("rpt", "")[:4] for t in clinic.auth.trades[3:]} <= {"rpt-", ""}


def test_an_rpt_the_service_no_longer_knows_does_not_stop_a_fresh_start(clinic: Clinic) -> None:
    page = opened(clinic)
    lost = set(clinic.auth.rpts)

    def decide(form: dict[str, str], ticket: Ticket) -> tuple[int, dict[str, Any]] | None:
        return (400, {"error": "invalid_grant"}) if form.get("rpt") in lost else None

    clinic.auth.decide = decide
    assert "records from 3 sources" in clinic.send(page, to="/chart/").text


@pytest.mark.spec("G-53")
@pytest.mark.spec("G-181")
def test_keys_of_one_person_are_never_used_for_the_next(clinic: Clinic) -> None:
    opened(clinic)
    pointer = clinic.pointer()
    held = set(clinic.auth.rpts)
    clinic.auth.names["vic"] = "V. Stone"
    clinic.sign_in("vic")
    for source in clinic.sources.values():
        source.seen.clear()
    assert clinic.get(f"/chart/{pointer}").status_code == 404
    page = clinic.open_alice()
    assert "Metformin" not in page.text
    used = {auth.removeprefix("Bearer ") for s in clinic.sources.values() for _, auth in s.seen}
    assert not used & held


@pytest.mark.spec("G-177")
def test_no_token_reaches_pages_addresses_or_logs(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    opened(clinic)
    clinic.auth.shares.clear()
    clinic.ask()
    clinic.get("/requests")
    secrets_ = [*clinic.auth.rpts, *clinic.auth.refresh_tokens, *clinic.auth.tickets]
    secrets_ += [trade["claim_token"] for trade in clinic.auth.trades]
    everything = "\n".join([*clinic.pages, caplog.text, *(str(call.url) for call in clinic.calls)])
    assert secrets_ and not [secret for secret in secrets_ if secret in everything]
    assert not re.search(r"eyJ[A-Za-z0-9_-]{20,}", everything)


@pytest.mark.spec("G-178")
def test_tokens_rest_sealed(clinic: Clinic) -> None:
    opened(clinic)
    with reading(clinic.app.engine) as session:
        kept = [key.sealed for key in session.query(Key)]
        kept += [row.sealed for row in session.query(BrowserSession)]
        cookies = [row.id_hash for row in session.query(BrowserSession)]
    assert len(kept) == 4 and all(text.count(".") == 4 for text in kept)
    cookie = clinic.browser.get_cookie("heart_clinic")
    assert cookie is not None and cookie.value not in cookies


def test_a_key_sealed_with_another_secret_is_as_good_as_none(clinic: Clinic) -> None:
    opened(clinic)
    with writing(clinic.app.engine) as session:
        for key in session.query(Key):
            key.sealed = "x.y.z"
    assert "records from 3 sources" in clinic.get(f"/chart/{clinic.pointer()}").text


@pytest.mark.spec("G-176")
def test_an_rpt_goes_only_to_the_record_it_was_issued_for(clinic: Clinic) -> None:
    opened(clinic)
    for base, source in clinic.sources.items():
        tokens = {auth.removeprefix("Bearer ") for _, auth in source.seen if auth}
        assert tokens and all(clinic.auth.rpts[token][1] == base for token in tokens)


def test_a_slow_source_does_not_hold_up_the_others(clinic: Clinic) -> None:
    import threading

    wait = threading.Event()
    whole = clinic.sources[HOME]._everything
    clinic.share("priya")
    clinic.sign_in()
    clinic.app.settings.__dict__["fetch_deadline"] = 0.5
    whole_view = next(
        name for name in clinic.mounts["http://localhost:8406"].view_functions if "every" in name
    )

    def slow() -> Any:
        wait.wait(3)
        return whole()

    clinic.mounts["http://localhost:8406"].view_functions[whole_view] = slow
    page = clinic.open_alice().text
    wait.set()
    assert "took too long to answer" in page and "Metformin" in page and ALL_KINDS
