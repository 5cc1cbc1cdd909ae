"""One request a patient, taken back, replaced; answers as they were given (UX R4; Grant 3.3.6)."""

from __future__ import annotations

import re

import pytest

from requester_app.db import reading
from requester_app.models.ask import AskedRecord
from tests.requester_app.clinic import Clinic
from tests.requester_app.test_asking import asked


def request_page(clinic: Clinic, number: int = 0) -> str:
    """The page of one request, the newest first."""
    found = re.findall(r'href="(/requests/[\w-]+)"', clinic.get("/requests").text)
    return clinic.get(found[number]).text


@pytest.mark.fault("C7")
def test_a_request_is_taken_back_at_every_record_and_only_once(clinic: Clinic) -> None:
    page = asked(clinic)
    sent = len(clinic.auth.trades)
    after = clinic.send(page, to="/withdraw")
    assert "This request does not wait any more." in after.text
    trades = clinic.auth.trades[sent:]
    assert len(trades) == 3 and {trade["withdraw"] for trade in trades} == {"true"}
    assert "Withdrawn" in clinic.get("/requests").text
    again = clinic.send(page, {"form_id": "another-window-0123"}, to="/withdraw")
    assert "This request does not wait any more." in again.text
    clinic.clock.advance(minutes=2)
    clinic.get("/requests")
    assert len(clinic.auth.trades) == sent + 3


@pytest.mark.fault("C7")
def test_an_answer_that_came_first_is_shown_in_place_of_the_withdrawal(clinic: Clinic) -> None:
    page = asked(clinic)
    clinic.auth.answers["*"] = "yes"
    clinic.share("priya", {"conditions", "medicines"})
    after = clinic.send(page, to="/withdraw").text
    assert "Alice Moreno said yes" in after


def test_what_could_not_be_taken_back_is_not_called_withdrawn(clinic: Clinic) -> None:
    page = asked(clinic)
    clinic.auth.tickets.clear()  # each record has to be asked anew, and none answers
    for source in clinic.sources.values():
        source.down = True
    after = clinic.send(page, to="/withdraw").text
    assert "We could not withdraw it now. Alice Moreno may still see your request." in after
    for source in clinic.sources.values():
        source.down = False
    clinic.clock.advance(minutes=2)
    after = clinic.send(after, to="/withdraw").text
    assert "This request does not wait any more." in after


@pytest.mark.fault("C7")
def test_a_try_is_taken_back_from_the_list(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice()
    page = clinic.get("/").text
    after = clinic.send(page, to="/withdraw/").text
    assert "Nothing of yours waits for this patient any more." in after
    assert len([trade for trade in clinic.auth.trades if trade.get("withdraw")]) == 3
    assert "/withdraw/" not in clinic.get("/").text


@pytest.mark.attack("WEB-07")
def test_nobody_takes_back_what_another_asked(clinic: Clinic) -> None:
    page = asked(clinic)
    with reading(clinic.app.engine) as session:
        request_id = session.query(AskedRecord).first().ask  # type: ignore[union-attr]
    pointer, sent = clinic.pointer(), len(clinic.auth.trades)
    clinic.sign_in("vic")
    own = clinic.get("/find").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', own)
    assert token and page
    for path in (f"/requests/{request_id}/withdraw", f"/withdraw/{pointer}"):
        form = {"csrf_token": token[1], "form_id": "another-window-0123"}
        assert clinic.browser.post(path, data=form).status_code == 404
    assert len(clinic.auth.trades) == sent


@pytest.mark.fault("C7")
def test_a_second_request_takes_the_place_of_the_first_and_says_so(clinic: Clinic) -> None:
    asked(clinic)
    first = clinic.auth.trades[0]["ask_id"]
    clinic.clock.advance(seconds=1)
    form = clinic.get(f"/ask/{clinic.pointer()}").text
    assert "You asked already" in form
    page = clinic.ask(kind=["vitals"]).text
    assert "This request took the place of the one you sent on" in page
    assert {trade["replaces"] for trade in clinic.auth.trades[3:]} == {first}
    assert "This request does not wait any more." in request_page(clinic, 1)
    listed = clinic.get("/requests").text
    assert (listed.count("Waiting"), listed.count("Withdrawn")) == (1, 1)


@pytest.mark.fault("C9")
def test_the_reason_of_a_no_is_one_line_of_text(clinic: Clinic) -> None:
    asked(clinic)
    clinic.auth.answers["*"] = "no"
    clinic.auth.reason = "<script>alert(1)</script>\nToo\tmuch \u202e " + "x" * 500
    clinic.clock.advance(seconds=6)
    page = request_page(clinic)
    assert "Alice Moreno said no." in page
    assert "“&lt;script&gt;alert(1)&lt;/script&gt; Too much xxx" in page
    assert "x" * 280 not in page and "\u202e" not in page


@pytest.mark.parametrize("reason", ["", 5, ["x"], None])
def test_without_a_reason_none_is_shown(clinic: Clinic, reason: object) -> None:
    asked(clinic)
    clinic.auth.answers["*"] = "no"
    clinic.auth.reason = reason
    clinic.clock.advance(seconds=6)
    page = request_page(clinic)
    assert "Alice Moreno said no." in page and "The reason" not in page


def test_a_refusal_that_is_no_answer_is_not_called_one(clinic: Clinic) -> None:
    asked(clinic)
    clinic.auth.denied.add("priya")
    clinic.clock.advance(seconds=6)
    page = request_page(clinic)
    assert "said no" not in page
    assert "Nothing is shared with you, and your request does not wait for an answer." in page


@pytest.mark.fault("C22")
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"conditions"}, ("said yes to 1 of 2 kinds", "You can see: Conditions. Not: Medicines.")),
        ({"conditions", "medicines"}, ("said yes</h2>", "You can see: Conditions, Medicines.")),
    ],
)
def test_a_yes_says_to_which_kinds_and_until_when(
    clinic: Clinic, given: set[str], words: tuple[str, str]
) -> None:
    asked(clinic)
    clinic.auth.answers["*"] = "some"
    clinic.auth.until = 1_800_000_000
    clinic.share("priya", given)
    clinic.clock.advance(seconds=6)
    page = " ".join(request_page(clinic).split())
    for part in words:
        assert part in page
    assert "Until 15 Jan 2027, 08:00 UTC." in page
    listed = clinic.get("/requests").text
    assert ("Yes to 1 of 2 kinds" in listed) is (len(given) == 1)


def opens_again(page: str) -> str:
    """What a browser without script is told: when, and where to."""
    found = re.search(r'<noscript><meta http-equiv="refresh" content="([^"]+)"></noscript>', page)
    return found[1] if found else ""


@pytest.mark.fault("C19")
def test_the_waiting_page_opens_again_by_itself_unless_told_not_to(clinic: Clinic) -> None:
    clinic.auth.interval = 30
    page = asked(clinic)
    path = re.search(r'action="(/requests/[\w-]+)"', page)
    assert path
    answer = clinic.get(path[1])
    assert opens_again(answer.text) == f"30; url={path[1]}?by=itself"
    assert "The next check is in 30 seconds." in answer.text
    off = clinic.get(f"{path[1]}?checks=off")
    assert opens_again(off.text) == "" and "data-events" not in off.text
    assert "This page does not check by itself." in off.text
    clinic.clock.advance(seconds=30)
    sent = len(clinic.auth.trades)
    assert opens_again(clinic.get(f"{path[1]}?by=itself").text)
    assert len(clinic.auth.trades) == sent + 3


def test_a_page_that_opens_by_itself_keeps_nobody_signed_in(clinic: Clinic) -> None:
    page = asked(clinic)
    path = re.search(r'action="(/requests/[\w-]+)"', page)
    assert path
    for _ in range(12):
        clinic.clock.advance(minutes=1)
        last = clinic.browser.get(f"{path[1]}?by=itself")
    assert last.headers["Location"] == f"/signed-out?next={path[1]}"


def test_an_answered_request_opens_by_itself_no_more(clinic: Clinic) -> None:
    asked(clinic)
    clinic.auth.answers["*"] = "no"
    clinic.clock.advance(seconds=6)
    clinic.get("/requests")
    found = re.search(r'href="(/requests/[\w-]+)"', clinic.get("/requests").text)
    assert found
    page = clinic.get(found[1]).text
    assert opens_again(page) == "" and "data-events" not in page
