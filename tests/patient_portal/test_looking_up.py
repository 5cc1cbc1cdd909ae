"""Looking for a record by any of its names, and hints that say why, wherever a share is shown."""

from __future__ import annotations

import re

import pytest

from patient_portal.policies import held_words, row
from tests.patient_portal import story
from tests.patient_portal.conftest import Alice

BOB = "s-bob-0000000000000000"
WHY = "Why: Revia is naltrexone, often used against drinking."


def _check_page(alice: Alice) -> str:
    """The check page of a draft for Dr. Nair: conditions and medicines."""
    found = alice.sends("/share/new/who?q=Nair", {"person": "priya"}, "/share/new/who")
    draft = found.request.args["draft"]
    alice.sends(f"/share/new/what?draft={draft}", {"kind": ["conditions", "medicines"]})
    alice.sends(f"/share/new/topics?draft={draft}")
    alice.sends(f"/share/new/why?draft={draft}", {"why": "TREAT", "length": "half"})
    return f"/share/new/check?draft={draft}"


@pytest.mark.fault("C14")
@pytest.mark.parametrize(("wanted", "title"), [("naltrexone", "Revia"), ("LDL", "Cholesterol")])
def test_my_records_are_found_by_what_they_are_made_of(
    alice: Alice, wanted: str, title: str
) -> None:
    html = alice.opens(f"/records?q={wanted}").text
    found = html.split("found</h2>")[1].split("</section>")[0]
    assert title in found and f"found by “{wanted}”" in found


@pytest.mark.fault("C14")
def test_the_check_page_finds_what_they_will_see_and_what_stays_private(alice: Alice) -> None:
    page = _check_page(alice)
    will_see, stays = alice.opens(f"{page}&q=naltrexone").text.split('id="stays"')
    assert "Revia, stopped 2020" in will_see and "found by “naltrexone”" in will_see
    assert "Revia" not in stays
    assert "Cholesterol panel" in alice.opens(f"{page}&q=LDL").text.split('id="stays"')[1]


@pytest.mark.fault("C14")
def test_what_nobody_knows_is_not_called_nothing(alice: Alice) -> None:
    for page in (f"{_check_page(alice)}&q=zebra", "/records?q=zebra"):
        html = alice.opens(page).text
        assert "No record of yours matches “zebra”." in html
        assert "Names are searched as the clinics wrote them." in html
        assert "Nothing." not in html


def test_a_clinic_that_knows_titles_only_is_searched_by_them(alice: Alice) -> None:
    alice.service.clinics[story.CEDAR].looks_into_records = False
    assert "No record of yours matches" in alice.opens("/records?q=naltrexone").text
    assert "Revia, stopped 2020" in alice.opens("/records?q=revia").text


def test_one_search_is_not_the_answer_of_the_next(alice: Alice) -> None:
    alice.opens("/records?q=naltrexone")
    alice.service.clinics[story.CEDAR].down = True
    alice.portal.settings = alice.portal.settings.model_copy(update={"counts_max_age": 0})
    html = alice.opens("/records?q=LDL").text
    assert "We can not reach Cedar Valley" in html
    assert "We found no match for “LDL”, but we could not ask: Cedar Valley" in html
    assert "No record of yours matches" not in html


@pytest.mark.fault("C27")
def test_no_page_says_that_nothing_is_private(alice: Alice) -> None:
    for clinic in alice.service.clinics.values():
        for item in clinic.items:
            item.topics = ()
    page = _check_page(alice).replace("check", "topics")
    for address in ("/", page):
        html = alice.opens(address).text
        assert "None of your records has a private topic" not in html
        assert "We found none; lists are never complete." in html
        assert WHY in html


@pytest.mark.fault("C27")
def test_hints_are_named_for_shares_that_stand_too(alice: Alice) -> None:
    home = alice.opens("/").text
    assert WHY in home
    assert "Dr. Bob Chen can see 1 record that can reveal a topic you keep private." in home
    assert "Sam Carter can see 1 record" not in home, "a paused share shows nothing"
    theirs = alice.opens(f"/share/{BOB}").text
    assert "can reveal a topic you keep private: Alcohol and drug use." in theirs and WHY in theirs


def test_a_topic_that_is_turned_on_gives_no_hint_on_its_step(alice: Alice) -> None:
    page = _check_page(alice).replace("check", "topics")
    assert "can still reveal a topic" in alice.opens(page).text
    alice.sends(page, {"topic": "ETH"})
    html = alice.opens(page).text
    assert "can still reveal a topic" not in html


@pytest.mark.parametrize(
    ("because", "words"),
    [
        (("Revia", "naltrexone", "used against x"), "Revia is naltrexone, used against x."),
        (("naltrexone", "", "used against x"), "Naltrexone is used against x."),
        (("", "sertraline", "used against x"), "Sertraline is used against x."),
        (("Revia", "naltrexone", ""), ""),
    ],
)
def test_a_reason_is_a_sentence(because: tuple[str, str, str], words: str) -> None:
    assert held_words.because_words(row.Because(*because)) == words


def test_a_reason_that_cannot_be_read_is_none(alice: Alice) -> None:
    items = alice.service.clinics[story.CEDAR].items
    revia = next(item for item in items if item.hint)
    revia.because = {"use": "<b>x</b>" * 200}
    html = alice.opens(f"/share/{BOB}").text
    assert not re.search(r"<b>x", html)
