"""Asking and waiting (UX R3, R4; Grant 3.3.6)."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from requester_app import ask_answers
from requester_app.ask_answers import AskAnswers
from requester_app.db import reading
from requester_app.models.ask import AskedRecord
from tests.requester_app.clinic import ALL_KINDS, CEDAR, Clinic


def asked(clinic: Clinic) -> str:
    clinic.sign_in()
    clinic.open_alice(then="ask")
    return clinic.ask().text


def ticked(page: str) -> int:
    return len(re.findall(r"<input[^>]* checked", page))


def test_saving_a_link_to_ask_calls_no_record(clinic: Clinic) -> None:
    clinic.sign_in()
    page = clinic.open_alice(then="ask")
    assert "Ask Alice Moreno to see records" in page.text
    assert all(source.seen == [] for source in clinic.sources.values())


def test_nothing_is_picked_beforehand(clinic: Clinic) -> None:
    clinic.sign_in()
    page = clinic.open_alice(then="ask").text
    assert ticked(page) == 0


def test_a_preset_ticks_visibly(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice(then="ask")
    page = clinic.get(f"/ask/{clinic.pointer()}?for=study").text
    assert ticked(page) == 2


def test_empty_answers_are_named_one_by_one(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice(then="ask")
    page = clinic.ask(kind=[], purpose="", words="", length="").text
    assert "<title>Error:" in page and 'id="problem"' in page
    for field in ("kind", "purpose", "words", "length"):
        assert f'href="#{field}"' in page and f'id="{field}"' in page
    assert clinic.auth.trades == []


def test_words_are_counted_together_with_the_reason_for_a_topic(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice(then="ask")
    page = clinic.ask(words="x" * 200, private="yes", topic=["GDIS"], topicwords="y" * 100).text
    assert "Make your words shorter: take out" in page


def test_one_ask_goes_to_every_record_under_one_id(clinic: Clinic) -> None:
    page = asked(clinic)
    assert "Waiting for Alice Moreno" in page
    trades = clinic.auth.trades
    assert len(trades) == 3 and len({trade["ask_id"] for trade in trades}) == 1
    for trade in trades:
        assert trade["reason"] == "You see me on Friday."
        assert trade["purpose_of_use"] == "TREAT" and "scope" not in trade
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", trade["requested_until"])
    path = clinic.sources[CEDAR].seen[0][0]
    assert "_type=Condition%2CFamilyMemberHistory%2CMedicationRequest" in path
    assert "kind=conditions%2Cmedicines" in path


def test_a_private_topic_is_named_as_a_scope_only_when_the_block_was_opened(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice(then="ask")
    clinic.ask(topic=["PSY"])
    assert "scope" not in clinic.auth.trades[-1]
    clinic.ask(private="yes", topic=["GDIS"], topicwords="Family risk.")
    assert clinic.auth.trades[-1]["scope"] == "sens/GDIS"
    assert clinic.auth.trades[-1]["reason"].endswith("About the private topic: Family risk.")


def test_sending_twice_asks_once(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice(then="ask")
    clinic.ask()
    preview = next(page for page in reversed(clinic.pages) if "What they read" in page)
    again = clinic.send(preview, {"then": "send"}, to="/ask/")
    assert "Waiting for Alice Moreno" in again.text
    assert len(clinic.auth.trades) == 3


@pytest.mark.spec("G-142")
def test_no_check_is_sooner_than_the_interval(clinic: Clinic) -> None:
    clinic.auth.interval = 30
    page = asked(clinic)
    sent = len(clinic.auth.trades)
    page = clinic.send(page, to="/requests/").text
    assert len(clinic.auth.trades) == sent and "The next check is in 30 seconds" in page
    clinic.clock.advance(seconds=29)
    clinic.get("/requests")
    clinic.get("/")
    assert len(clinic.auth.trades) == sent
    clinic.clock.advance(seconds=1)
    clinic.get("/requests")
    assert len(clinic.auth.trades) == sent + 3
    assert len({trade["ticket"] for trade in clinic.auth.trades}) == len(clinic.auth.trades)


@pytest.mark.spec("G-45")
def test_each_check_presents_the_newest_ticket(clinic: Clinic) -> None:
    asked(clinic)
    tickets = set(clinic.auth.tickets)
    clinic.clock.advance(seconds=6)
    clinic.get("/requests")
    polled = {trade["ticket"] for trade in clinic.auth.trades[3:]}
    assert len(polled) == 3 and polled <= tickets
    assert polled.isdisjoint(trade["ticket"] for trade in clinic.auth.trades[:3])


def test_the_answer_waits_for_the_person_to_come_back(clinic: Clinic) -> None:
    asked(clinic)
    clinic.browser.delete_cookie("heart_clinic")
    clinic.share("priya", {"conditions", "medicines"})
    clinic.clock.advance(hours=2)
    page = clinic.sign_in()
    assert "Ready to open" in page.text
    sent = len(clinic.auth.trades)
    chart = clinic.get(f"/chart/{clinic.pointer()}").text
    assert "Metformin" in chart and "You asked for access" not in chart
    assert not [t for t in clinic.auth.trades[sent:] if "ask_id" in t]


def test_an_expired_ticket_is_replaced_by_a_fresh_one(clinic: Clinic) -> None:
    asked(clinic)
    clinic.auth.tickets.clear()
    clinic.share("priya", {"conditions", "medicines"})
    clinic.clock.advance(hours=30)
    clinic.sign_in()
    page = clinic.get("/requests").text
    assert "Shared with you" in page
    assert len({trade["ask_id"] for trade in clinic.auth.trades if "ask_id" in trade}) == 1


def test_a_no_is_said_plainly_and_offers_to_ask_for_less(clinic: Clinic) -> None:
    asked(clinic)
    clinic.auth.answers["*"] = "no"
    clinic.clock.advance(seconds=6)
    page = clinic.get("/requests").text
    page = clinic.get(re.search(r'href="(/requests/[\w-]+)"', page)[1]).text  # type: ignore[index]
    assert "Alice Moreno said no. You can talk to them, or ask for less." in page
    chart = clinic.get(f"/chart/{clinic.pointer()}").text
    assert "Alice Moreno said no" in chart and "Metformin" not in chart


def test_an_unanswered_request_runs_out(clinic: Clinic) -> None:
    asked(clinic)
    clinic.clock.advance(days=15)
    clinic.sign_in()
    sent = len(clinic.auth.trades)
    assert "Expired" in clinic.get("/requests").text
    assert len(clinic.auth.trades) == sent


def test_sources_that_were_down_can_be_asked_again_under_the_same_id(clinic: Clinic) -> None:
    for source in clinic.sources.values():
        source.down = True
    page = asked(clinic)
    assert "We could not reach the sources" in page
    for source in clinic.sources.values():
        source.down = False
    clinic.clock.advance(seconds=6)
    page = clinic.send(page, to="/requests/").text
    assert "Waiting for Alice Moreno" in page
    assert len({trade["ask_id"] for trade in clinic.auth.trades}) == 1


@pytest.mark.spec("G-112")
@pytest.mark.spec("G-118")
def test_an_upgraded_key_replaces_the_old_one_which_is_discarded(clinic: Clinic) -> None:
    clinic.share("priya", ALL_KINDS - {"allergies"})
    clinic.sign_in()
    clinic.open_alice()
    old = set(clinic.auth.rpts)
    clinic.auth.upgrades = True
    clinic.share("priya")
    clinic.ask(kind=["allergies"])
    assert all(trade["rpt"] in old for trade in clinic.auth.trades[3:])
    for source in clinic.sources.values():
        source.seen.clear()
    page = clinic.get(f"/chart/{clinic.pointer()}").text
    assert "Penicillin" in page and "Metformin" in page
    used = {auth.removeprefix("Bearer ") for s in clinic.sources.values() for _, auth in s.seen}
    assert used.isdisjoint(old)


def test_without_an_upgrade_the_chart_asks_for_a_key_to_everything(clinic: Clinic) -> None:
    clinic.share("priya", ALL_KINDS - {"allergies"})
    clinic.sign_in()
    clinic.open_alice()
    clinic.share("priya")
    clinic.ask(kind=["allergies"])
    page = clinic.get(f"/chart/{clinic.pointer()}").text
    assert "Penicillin" in page and "Metformin" in page


def test_answers_survive_a_sign_in_that_ran_out(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice(then="ask")
    page = clinic.get(f"/ask/{clinic.pointer()}").text
    path = re.search(r'name="next" value="(/ask/[\w-]+)"', page)
    assert path
    clinic.clock.advance(minutes=11)
    answer = clinic.send(
        page, {"words": "Kept words", "kind": ["results"], "then": "preview"}, to="/ask/"
    )
    assert answer.status_code == 303 and answer.headers["Location"].startswith(
        "http://localhost:8400"
    )
    page = clinic.sign_in(next_path=path[1]).text
    assert "Your answers were saved" in page and "Kept words" in page
    assert ticked(page) == 1


def test_somebody_elses_request_is_not_found(clinic: Clinic) -> None:
    asked(clinic)
    with reading(clinic.app.engine) as session:
        request_id = session.query(AskedRecord).first().ask  # type: ignore[union-attr]
    clinic.sign_in("vic")
    assert clinic.get(f"/requests/{request_id}").status_code == 404


def said_no(clinic: Clinic) -> str:
    asked(clinic)
    clinic.auth.answers["*"] = "no"
    clinic.clock.advance(seconds=6)
    return f"/chart/{clinic.pointer()}"


@pytest.mark.fault("C10")
def test_after_a_no_a_later_yes_opens_at_once_and_nobody_is_asked_again(clinic: Clinic) -> None:
    address = said_no(clinic)
    assert "Alice Moreno said no" in clinic.get(address).text
    asks = {trade["ask_id"] for trade in clinic.auth.trades}
    assert "Alice Moreno said no" in clinic.get(address).text
    assert {trade["ask_id"] for trade in clinic.auth.trades} == asks and len(asks) == 1
    assert "Open the record" not in clinic.get(address).text
    # She shares of her own accord; the request from before has its answer already.
    clinic.share("priya")
    page = clinic.get(address).text
    assert "records from 3 sources" in page and "said no" not in page


@pytest.mark.fault("C29")
def test_asking_for_less_starts_from_what_was_asked(clinic: Clinic) -> None:
    address = said_no(clinic)
    page = clinic.get(address).text
    link = re.search(r'href="(/ask/[^"]*again=[^"]*)">Ask for less', page)
    assert link
    form = clinic.get(unescape(link[1])).text
    assert "You see me on Friday." in form
    checked = set(re.findall(r'value="(\w+)"[^>]* checked', form))
    assert checked == {"conditions", "medicines", "TREAT", "183"}


def test_asking_for_more_starts_from_what_is_shared(clinic: Clinic) -> None:
    clinic.share("priya", {"conditions", "allergies"})
    clinic.sign_in()
    page = clinic.open_alice(purpose="TREAT").text
    link = re.search(r'href="(/ask/[^"]*)">Ask for more</a>', page)
    assert link
    form = clinic.get(unescape(link[1])).text
    checked = set(re.findall(r'value="(\w+)"[^>]* checked', form))
    assert checked == {"conditions", "allergies", "TREAT"}


def test_somebody_elses_request_fills_in_nothing(clinic: Clinic) -> None:
    asked(clinic)
    with reading(clinic.app.engine) as session:
        request_id = session.query(AskedRecord).first().ask  # type: ignore[union-attr]
    clinic.sign_in("vic")
    clinic.open_alice(then="ask")
    form = clinic.get(f"/ask/{clinic.pointer()}?again={request_id}").text
    assert ticked(form) == 0 and "Friday" not in form


def test_a_reason_for_a_topic_goes_back_to_its_own_field() -> None:
    answers = AskAnswers(("results",), True, ("GDIS",), "Family risk.", "TREAT", "Friday.", "30")
    again = ask_answers.as_asked(
        answers.kinds, answers.topics, answers.purpose, answers.reason, timedelta(days=30)
    )
    assert again == answers


def test_who_was_turned_away_is_not_told_that_the_patient_said_no(clinic: Clinic) -> None:
    clinic.auth.denied.add("priya")
    asked(clinic)
    page = clinic.get(f"/chart/{clinic.pointer()}").text
    assert "said no" not in page and "This record has not been opened yet" in page


@pytest.mark.parametrize("what", ["source", "service"])
def test_a_request_goes_on_to_wait_through_an_outage(clinic: Clinic, what: str) -> None:
    page = asked(clinic)
    address = re.search(r'action="(/requests/[\w-]+)', page)
    assert address
    if what == "service":
        clinic.auth.fails = True
    for source in clinic.sources.values():
        source.down = what == "source"
    clinic.clock.advance(seconds=61)
    page = clinic.get(address[1]).text
    assert "Waiting for Alice Moreno" in page and "Not sent" not in page
    # The answer is fetched at the sharing service: the sources are not called for it.
    told = "got no answer about Cedar Valley Family Practice" in page
    assert told == (what == "service")
    assert "Waiting" in clinic.get("/requests").text
    clinic.auth.fails = False
    for source in clinic.sources.values():
        source.down = False
    clinic.clock.advance(seconds=61)
    page = clinic.get(address[1]).text
    assert "Waiting for Alice Moreno" in page and "got no answer" not in page
    assert len({trade["ask_id"] for trade in clinic.auth.trades}) == 1
