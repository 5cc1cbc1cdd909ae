"""Ending a rule that holds back may open something: she sees what before it does."""

from __future__ import annotations

import pytest

from tests.patient_portal import fakes, story
from tests.patient_portal.conftest import Alice

DANA, BLOCK = "s-dana-000000000000000", "block-dana-00000000000"


def block(alice: Alice, person: str = "dana") -> None:
    blocked = fakes.share(BLOCK, person, "", everything=True)
    alice.service.policies[BLOCK] = {**blocked, "effect": "deny"}


@pytest.mark.fault("6.1")
def test_lifting_a_block_on_a_share_shows_what_it_opens_first(alice: Alice) -> None:
    block(alice)
    page = alice.sends("/people", {"rule": BLOCK}, "/people/unblock")
    assert alice.service.policies[BLOCK]["state"] == "on"
    assert "Lift your block for Dana Fox, LCSW?" in page.text
    assert "more records would be shown at once:" in page.text
    assert "Sertraline 100 mg" in page.text
    done = alice.sends(f"/people/lift/{BLOCK}")
    assert alice.service.policies[BLOCK]["state"] == "ended"
    assert "What it held back can be seen now." in done.text


@pytest.mark.parametrize("away", [{story.CEDAR}, {story.CEDAR, story.HARBOR, story.HOME}])
def test_what_a_silent_place_said_before_hides_nothing_that_is_opened(
    alice: Alice, away: set[str]
) -> None:
    alice.opens("/")  # what Dana sees is known at each place, for a minute
    block(alice)
    for place in away:
        alice.service.clinics[place].down = True
    page = alice.sends("/people", {"rule": BLOCK}, "/people/unblock")
    assert alice.service.policies[BLOCK]["state"] == "on"
    assert "so we can not say what it would show" in page.text
    assert ("Sertraline 100 mg" in page.text) is (story.HARBOR not in away)


def test_a_block_that_holds_nothing_back_is_lifted_at_once(alice: Alice) -> None:
    block(alice, "vic")
    page = alice.sends("/people", {"rule": BLOCK}, "/people/unblock")
    assert alice.service.policies[BLOCK]["state"] == "ended"
    assert "They can ask you again. Nothing is shared by that." in page.text


@pytest.mark.fault("6.1")
def test_to_stop_asking_first_shows_what_it_opens_to_each_person(alice: Alice) -> None:
    alice.sends("/people", {"asking": "on"}, "/people/asking")
    (rule,) = (p for p in alice.service.policies.values() if p["ask_me"])
    # A rule for everyone is in the way of Dana's share.
    alice.service.in_the_way[rule["id"]] = "dana"
    page = alice.sends("/people", {"asking": "off"}, "/people/asking")
    assert alice.service.policies[rule["id"]]["state"] == "on"
    assert "Dana Fox, LCSW" in page.text
    assert "Bob Chen" not in page.text
    alice.service.in_the_way.clear()
    alice.sends("/people", {"asking": "off"}, "/people/asking")
    assert alice.service.policies[rule["id"]]["state"] == "ended"


def test_only_what_holds_back_can_be_lifted(alice: Alice) -> None:
    assert alice.opens(f"/people/lift/{DANA}").status_code == 404
    alice.sends("/people", {}, f"/people/lift/{DANA}")
    assert alice.service.policies[DANA]["state"] == "on"


@pytest.mark.fault("6.1")
@pytest.mark.parametrize(
    ("withheld_by", "words"),
    [
        (BLOCK, "What you said about V. Stone now comes before your share with Dana Fox, LCSW."),
        ("gone", "now comes before your share with Dana Fox, LCSW."),
        (None, "for urgent care counts only when urgent care is given as the reason."),
    ],
)
def test_she_is_told_which_shares_an_update_narrowed_until_she_has_seen_it(
    alice: Alice, withheld_by: str | None, words: str
) -> None:
    block(alice, "vic")
    alice.service.changed_outcomes.append({"policy": DANA, "withheld_by": withheld_by})
    html = alice.opens("/").text
    assert "An update changed what some people see" in html
    assert words in html
    assert "An update changed" not in alice.sends("/", to="/seen").text
    assert "An update changed" not in alice.opens("/").text


def test_a_narrowed_share_that_has_ended_is_no_news(alice: Alice) -> None:
    alice.service.changed_outcomes.append({"policy": DANA, "withheld_by": None})
    alice.service.policies[DANA]["state"] = "ended"
    assert "An update changed" not in alice.opens("/").text
