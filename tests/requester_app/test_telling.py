"""To the sharing service to say why one asks, and back to the same chart (Grant 3.3.2, 3.3.3)."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from werkzeug.test import TestResponse

from heart_ground.orm import reading
from requester_app.models.key import Key
from requester_app.models.persisted_claims import PersistedClaims
from tests.requester_app.clinic import CEDAR, HARBOR, Clinic
from tests.requester_app.fakes import ISSUER, Ticket

AT = f"{ISSUER}/rqp?id=23"


def wants_why(clinic: Clinic, at: str | None = AT) -> set[str]:
    """From now on every ticket but the ones returned needs that somebody says why."""
    told: set[str] = set()

    def decide(form: dict[str, str], ticket: Ticket) -> tuple[int, dict[str, Any]] | None:
        if form["ticket"] in told:
            return None
        new = clinic.auth.new_ticket(ticket.base, ticket.kinds)
        hint = {"name": "purpose_of_use", "friendly_name": "Why you ask"}
        body = {"error": "need_info", "ticket": new, "required_claims": [hint]}
        return 403, body if at is None else {**body, "redirect_user": at}

    clinic.auth.decide = decide
    return told


def opened(clinic: Clinic, *bases: str) -> TestResponse:
    clinic.share("priya")
    clinic.sign_in()
    return clinic.open_alice(*(bases or (CEDAR,)))


def left(clinic: Clinic, page: TestResponse) -> dict[str, str]:
    """The parameters that the sharing service gets from the browser."""
    page = clinic.send(page.text, to="/tell")
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert found, page.text
    address = unescape(found[1])
    assert address.startswith(f"{AT}&"), "the one that was told, and what is in its query stays"
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def back(clinic: Clinic, **answer: str) -> TestResponse:
    return clinic.get(f"/claims/return?{urlencode(answer)}")


def told(clinic: Clinic, asked: dict[str, str], accepted: set[str]) -> str:
    """The new ticket that the sharing service gives for the one that was brought."""
    before = clinic.auth.tickets[asked["ticket"]]
    before.used = True
    new = clinic.auth.new_ticket(before.base, before.kinds)
    accepted.add(new)
    return new


@pytest.mark.spec("G-17", "G-63", "G-70", "G-75", "G-82", "HU-50")
def test_one_says_why_and_comes_back_to_the_same_chart(clinic: Clinic) -> None:
    accepted = wants_why(clinic)
    page = opened(clinic)
    assert "wants to know why you ask" in page.text
    trades = len(clinic.auth.trades)
    asked = left(clinic, page)
    assert asked.pop("id") == "23"
    assert asked["claims_redirect_uri"] == f"{clinic.app.settings.url}/claims/return"
    assert set(asked) == {"client_id", "ticket", "claims_redirect_uri", "state"}
    assert len(asked["state"]) >= 22 and "priya" not in asked["state"]
    page = back(clinic, ticket=told(clinic, asked, accepted), state=asked["state"], more="x")
    assert page.status_code == 200 and "Metformin" in page.text
    assert clinic.auth.trades[trades]["claim_token"]
    assert len(clinic.auth.trades) == trades + 1


@pytest.mark.spec("G-86")
@pytest.mark.parametrize("error", ["access_denied", "invalid_request"])
def test_an_error_starts_afresh_at_the_record(clinic: Clinic, error: str) -> None:
    accepted = wants_why(clinic)
    asked = left(clinic, opened(clinic))
    ticket = told(clinic, asked, accepted)
    page = back(clinic, error=error, state=asked["state"], ticket=ticket)
    assert page.status_code == 200 and "Say why you ask" in page.text
    assert ticket not in [trade["ticket"] for trade in clinic.auth.trades]
    assert left(clinic, page)["state"] != asked["state"]


@pytest.mark.spec("G-169", "G-170", "G-171", "G-172", "G-173", "G-174", "G-195", "G-196")
@pytest.mark.attack("CLM-08")
def test_an_answer_that_this_browser_did_not_leave_for_is_nothing(clinic: Clinic) -> None:
    accepted = wants_why(clinic)
    asked = left(clinic, opened(clinic))
    ticket = told(clinic, asked, accepted)
    for state in ({}, {"state": ""}, {"state": "x"}, {"state": asked["state"][:-1]}):
        page = back(clinic, ticket=ticket, **state)
        assert page.status_code == 400 and "started somewhere else" in page.text
    # The same person in another browser, or after a new sign-in, did not leave for it either.
    mine = clinic.browser
    clinic.browser = clinic.app.test_client()
    clinic.sign_in()
    assert back(clinic, ticket=ticket, state=asked["state"]).status_code == 400
    clinic.browser = mine
    assert ticket not in [trade["ticket"] for trade in clinic.auth.trades]
    assert "Metformin" in back(clinic, ticket=ticket, state=asked["state"]).text
    assert back(clinic, ticket=ticket, state=asked["state"]).status_code == 400, "it counts once"
    assert [trade["ticket"] for trade in clinic.auth.trades].count(ticket) == 1


@pytest.mark.spec("G-192")
def test_the_ticket_that_was_sent_is_not_taken_back(clinic: Clinic) -> None:
    wants_why(clinic)
    asked = left(clinic, opened(clinic))
    trades = len(clinic.auth.trades)
    back(clinic, ticket=asked["ticket"], state=asked["state"])
    assert asked["ticket"] not in [trade["ticket"] for trade in clinic.auth.trades[trades:]]


@pytest.mark.spec("G-61", "G-62")
@pytest.mark.parametrize(
    "at", [None, "https://elsewhere.example/claims", "javascript:alert(1)", f"{ISSUER}.evil/c", "x"]
)
def test_where_nothing_can_be_told_the_page_says_so(clinic: Clinic, at: str | None) -> None:
    """No address that is not the sharing service's own is gone to: tickets are not mixed up."""
    wants_why(clinic, at)
    page = opened(clinic)
    assert "must know more about you" in page.text and "/tell" not in page.text


def test_several_records_are_told_for_one_after_the_other(clinic: Clinic) -> None:
    accepted = wants_why(clinic)
    asked = left(clinic, opened(clinic, CEDAR, HARBOR))
    page = back(clinic, ticket=told(clinic, asked, accepted), state=asked["state"])
    assert "Metformin" in page.text and "say who you are and why you ask first" in page.text
    asked = left(clinic, page)
    assert clinic.auth.tickets[asked["ticket"]].base == HARBOR
    page = back(clinic, ticket=told(clinic, asked, accepted), state=asked["state"])
    assert "records from 2 sources" in page.text


@pytest.mark.spec("G-178")
def test_what_is_under_way_rests_sealed(clinic: Clinic) -> None:
    wants_why(clinic)
    asked = left(clinic, opened(clinic))
    with reading(clinic.app.engine) as session:
        (key,) = session.query(Key)
        assert key.sealed.count(".") == 4
        assert asked["ticket"] not in key.sealed and asked["state"] not in key.sealed


@pytest.mark.spec("G-53", "G-177", "G-178", "G-179", "G-181", "HU-46", "HU-47")
def test_what_a_service_remembers_is_sent_for_its_person_alone(clinic: Clinic) -> None:
    accepted = wants_why(clinic)
    asked = left(clinic, opened(clinic))
    ticket, usual = told(clinic, asked, accepted), clinic.auth._rpt
    clinic.auth._rpt = lambda *held: {**usual(*held), "pct": "pct-of-priya"}  # type: ignore[method-assign]
    page = back(clinic, ticket=ticket, state=asked["state"])
    clinic.auth._rpt = usual  # type: ignore[method-assign]
    clinic.send(page.text, to="/chart/")
    assert clinic.auth.trades[-1]["pct"] == "pct-of-priya"
    with reading(clinic.app.engine) as session:
        (kept,) = session.query(PersistedClaims)
        assert kept.sealed.count(".") == 4 and "pct-of" not in kept.sealed
    clinic.share("vic")
    clinic.sign_in("vic")
    clinic.open_alice(CEDAR)
    assert "pct" not in clinic.auth.trades[-1]
    everything = "\n".join([*clinic.pages, *(str(call.url) for call in clinic.calls)])
    assert "pct-of" not in everything
    shown = [auth for source in clinic.sources.values() for _, auth in source.seen]
    assert shown and not [auth for auth in shown if "pct" in auth]
