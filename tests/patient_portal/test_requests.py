"""P4: yes to all, yes to some, no; never more than asked; a stale answer changes nothing."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from as_server.policy.wire import from_wire
from heart_uma.kinds import KIND_NAMES
from tests.patient_portal.conftest import Alice

PAGE = f"/requests/{'q' * 22}"


def _asked(alice: Alice) -> dict[str, object]:
    return alice.service.asked["q" * 22]


def test_facts_come_first_and_nothing_is_picked(alice: Alice) -> None:
    html = alice.opens(PAGE).text
    assert "Dr. Priya Nair wants to see some of your records" in html
    assert "Checked by Board" in html
    assert "You are booked to see me." in html
    assert " checked" not in html
    assert html.index("Asked on") < html.index("Your answer")


def test_no_answer_is_an_error_that_leads_to_the_field(alice: Alice) -> None:
    page = alice.sends(PAGE)
    assert "<title>Error:" in page.text
    assert 'href="#answer"' in page.text


def test_yes_to_all_keeps_the_private_topic_private(alice: Alice) -> None:
    page = alice.sends(PAGE, {"answer": "all", "length": "asked"})
    assert "140 of 169" in page.text
    page = alice.sends(f"{PAGE}/check")
    assert "You said yes" in page.text
    assert "Dr. Priya Nair can see 140 of your 169 records" in page.text
    sent = alice.service.answers[0]
    assert sent["answer"] == "yes"
    assert sent["policy"]["what"]["topics"] == []
    assert sent["policy"]["state"] == "on"
    assert _asked(alice)["state"] == "answered"


def test_yes_to_some_with_the_topic(alice: Alice) -> None:
    form = {"answer": "some", "kind": ["medicines"], "topic": ["PSY"], "length": "month"}
    page = alice.sends(PAGE, form)
    assert "<strong>8 of 169</strong>" in page.text
    alice.sends(f"{PAGE}/check")
    sent = alice.service.answers[0]
    assert sent["answer"] == "some"
    assert sent["policy"]["what"]["kinds"] == ["medicines"]
    assert sent["policy"]["what"]["topics"] == ["PSY"]
    assert sent["policy"]["when"]["until"].startswith("2025-12-25")


def test_the_hint_can_be_held_back(alice: Alice) -> None:
    page = alice.sends(PAGE, {"answer": "all"})
    record = re.search(r'name="record" value="([^"]+)"', page.text)
    assert record
    form = {"hint": "hold", "record": record[1]}
    page = alice.sends(f"{PAGE}/check", form, f"{PAGE}/hint")
    assert "139 of 169" in page.text
    alice.sends(f"{PAGE}/check")
    assert alice.service.answers[0]["policy"]["what"]["records"]["exclude"] == [record[1]]


def test_answers_are_kept_when_she_comes_back(alice: Alice) -> None:
    alice.sends(PAGE, {"answer": "some", "kind": ["vitals"]})
    html = alice.opens(PAGE).text
    assert re.search(r'name="answer" value="some"[^>]* checked', html)
    assert re.findall(r'name="kind" value="(\w+)"[^>]* checked', html) == ["vitals"]
    alice.sends(PAGE, {"answer": "some", "kind": ["results"]})
    draft = next(p for p in alice.service.policies.values() if p["state"] == "draft")
    assert draft["what"]["kinds"] == ["results"]


def test_a_draft_answer_is_not_a_share_saved_for_later(alice: Alice) -> None:
    alice.sends(PAGE, {"answer": "all"})
    assert "is not started yet" not in alice.opens("/").text


def test_no_with_a_reason_kept_private_and_a_block(alice: Alice) -> None:
    page = alice.sends(PAGE, {"answer": "no", "reason": "unknown", "block": "yes"})
    assert "You said no" in page.text
    assert "Dr. Priya Nair can not ask again." in page.text
    assert alice.service.answers == [
        {"answer": "no", "policy": None, "tell_reason": None, "block": True}
    ]


def test_no_with_a_reason_told(alice: Alice) -> None:
    alice.sends(PAGE, {"answer": "no", "reason": "much", "tell_reason": "yes"})
    assert alice.service.answers[0]["tell_reason"] == "They ask for too much"


def test_answered_in_another_window_changes_nothing(alice: Alice) -> None:
    alice.sends(PAGE, {"answer": "all"})
    check = alice.opens(f"{PAGE}/check").text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', check))
    _asked(alice)["state"] = "answered"
    _asked(alice)["answer"] = {"answer": "no", "at": "2025-11-25T09:14:00+00:00", "policy": None}
    page = alice.browser.post(f"{PAGE}/check", data=fields, follow_redirects=True)
    assert "You already said no on 25 November 2025 at 09:14 UTC." in page.text
    assert "Nothing was changed now." in page.text
    assert alice.service.answers == []


def test_old_requests_say_how_they_ended(alice: Alice) -> None:
    _asked(alice)["state"] = "ran_out"
    assert "This request expired." in alice.opens(PAGE).text
    assert "Dr. Priya Nair" in alice.opens("/requests?tab=ran_out").text
    assert "No one is waiting" in alice.opens("/requests").text
    _asked(alice)["state"] = "withdrawn"
    assert "Dr. Priya Nair took this request back." in alice.opens(PAGE).text


def test_an_unchecked_asker_is_warned_about_before_the_answer(alice: Alice) -> None:
    _asked(alice)["who"] = {"key": "vic", "name": "V. Stone", "organization": "QuickMed Offers"}
    html = alice.opens(PAGE).text
    assert "Call the clinic with a number you trust" in html
    assert html.index("We could not check who this is") < html.index("Your answer")


ANSWERED = {
    "answer": "some",
    "at": "2025-11-25T09:14:00+00:00",
    "policy": None,
    "kinds": ["medicines", "vitals"],
    "until": "2025-12-25T09:14:00+00:00",
}


@pytest.mark.fault("C22")
def test_an_answer_is_shown_as_it_was_given(alice: Alice) -> None:
    _asked(alice)["state"], _asked(alice)["answer"] = "answered", ANSWERED
    total = len(_asked(alice)["kinds"])  # type: ignore[arg-type]
    said = (
        f"You said yes on 25 November 2025 to 2 of {total} kinds: Medicines and Vital signs. "
        "Until 25 December 2025."
    )
    assert said in alice.opens("/requests?tab=answered").text
    assert said in alice.opens(PAGE).text
    _asked(alice)["answer"] = {**ANSWERED, "answer": "no", "told_reason": "Not now", "kinds": []}
    told = "You said no on 25 November 2025. You told the reason: Not now."
    assert told in alice.opens("/requests?tab=answered").text


@pytest.mark.fault("C7")
def test_a_try_is_told_as_one_and_can_be_left_alone(alice: Alice) -> None:
    _asked(alice)["is_a_try"], _asked(alice)["reason"] = True, None
    words = "tried to open your records, without giving a reason"
    for path in ("/", "/requests", PAGE):
        html = alice.opens(path).text
        assert words in html
        assert "asked to see" not in html and "is waiting for you" not in html
        assert "Requests (1)" not in html
    assert "You do not have to answer." in alice.opens(PAGE).text
    alice.sends(PAGE, {"answer": "some", "kind": ["vitals"], "length": "month"})
    alice.sends(f"{PAGE}/check")
    assert alice.service.answers[0]["policy"]["what"]["kinds"] == ["vitals"]


@pytest.mark.fault("C7")
def test_requests_of_one_person_stand_together(alice: Alice) -> None:
    other = {**_asked(alice), "id": "r" * 22, "kinds": ["bills"]}
    alice.service.asked["r" * 22] = other
    html = alice.opens("/requests").text
    assert html.count("<h2>Dr. Priya Nair</h2>") == 1
    assert html.count("Look at this one") == 2


@pytest.mark.fault("C8")
@pytest.mark.parametrize(
    "kinds",
    [
        *([kind] for kind in KIND_NAMES),
        *([kind, "other"] for kind in KIND_NAMES if kind != "other"),
        list(KIND_NAMES),
    ],
    ids="+".join,
)
def test_every_request_that_can_be_made_can_be_answered_yes(alice: Alice, kinds: list[str]) -> None:
    _asked(alice)["kinds"], _asked(alice)["topics"] = kinds, []
    html = alice.opens(PAGE).text
    offered = re.findall(r'name="answer" value="(\w+)"', html)
    whole = "everything" if kinds == ["other"] else "all"
    assert offered == (["everything", "no"] if kinds == ["other"] else ["all", "some", "no"])
    page = alice.sends(PAGE, {"answer": whole, "length": "month"})
    assert "Start sharing" in page.text
    sent = alice.service.saves[-1]
    from_wire({**sent, "id": "a" * 22})  # the service takes it
    alice.sends(f"{PAGE}/check")
    answered = alice.service.answers[0]
    what = from_wire(answered["policy"]).what
    assert answered["answer"] == "yes"
    assert what.kinds == set(kinds) - {"other"}
    assert what.everything is (kinds == ["other"])


def test_everything_is_no_answer_to_a_request_for_less(alice: Alice) -> None:
    page = alice.sends(PAGE, {"answer": "everything"})
    assert "<title>Error:" in page.text


def test_a_yes_can_end_on_a_day_but_never_after_what_was_asked_for(alice: Alice) -> None:
    assert re.search(
        r'name="until_day" type="date" value=""[^>]* min="2025-11-25"', alice.opens(PAGE).text
    )
    some = {"answer": "some", "kind": ["vitals"], "length": "month"}
    for wrong in ("2026-02-30", "2025-11-24", "2027-01-01"):
        sent = alice.sends(PAGE, {**some, "until_day": wrong}).text
        assert "<title>Error:" in sent
        assert 'href="#until_day"' in sent
    check = alice.sends(PAGE, {**some, "until_day": "2026-01-31"}).text
    assert "Until the end of 31 January 2026." in check
    again = alice.opens(PAGE).text
    assert 'value="2026-01-31"' in again, "a change of the answer keeps the day"
    # The last day that was asked for ends when it was asked to end.
    asked = alice.service.asked["q" * 22]["requested_until"]
    alice.sends(PAGE, {**some, "until_day": asked[:10]})
    kept = next(one for key, one in alice.service.policies.items() if key.startswith("ask-"))
    assert datetime.fromisoformat(kept["when"]["until"]) == datetime.fromisoformat(asked)
    # A no says nothing of days or messages.
    no = alice.sends(PAGE, {"answer": "no", "until_day": "2026-02-30", "note": "x" * 999})
    assert "You said no" in no.text
