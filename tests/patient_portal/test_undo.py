"""What a change changes is shown before it counts; Undo is such a change, back to how it was."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from patient_portal.policies import difference, reverse
from patient_portal.policies.change import HistoryVersion
from patient_portal.policies.policy import Policy
from patient_portal.policies.row import Row
from patient_portal.policies.terms import Tell, What, When
from patient_portal.policies.view import View
from tests.patient_portal import story
from tests.patient_portal.conftest import Alice

BOB, DANA, SAM = "s-bob-0000000000000000", "s-dana-000000000000000", "s-sam-0000000000000000"
ASKED = "q" * 22
NOW = datetime(2026, 3, 7, tzinfo=UTC)


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


def _draft_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["draft"][0]


def _change(alice: Alice, share: str, **what: Any) -> tuple[str, str]:
    """An edit of a share, taken to its check page: its id, and what the page says."""
    page = alice.sends(f"/share/{share}", to=f"/share/{share}/change")
    edit = _draft_of(page.request.full_path)
    alice.sends(f"/share/new/what?draft={edit}", what)
    return edit, _text(alice.opens(f"/share/new/check?draft={edit}").text)


def test_the_check_page_says_what_was_what_will_be_and_which_records(alice: Alice) -> None:
    kinds = ["about", "conditions", "medicines", "allergies"]
    _edit, said = _change(alice, DANA, kind=kinds)
    assert "Dana Fox, LCSW sees 32 of your 169 records now. After the change it will be 18." in said
    assert "New: Allergies. No longer: Visits and notes and Documents." in said
    assert "Newly seen (2)" in said
    assert "Penicillin: severe" in said.partition("Newly seen")[2].partition("No longer seen")[0]
    assert "No longer seen (16)" in said
    for same in ("Private topics Turned", "How long Now", "Why Now"):
        assert same not in said.partition("Look up a record")[0]


def test_a_change_of_a_paused_share_says_that_it_stays_paused(alice: Alice) -> None:
    _edit, said = _change(alice, SAM, kind=["vitals"])
    assert "It is paused, and stays so: nothing is seen until you turn it on." in said
    assert "Newly seen (104)" in said


def test_a_silent_clinic_makes_no_record_come_or_go(alice: Alice) -> None:
    alice.opens(f"/share/{DANA}")
    alice.service.clinics[story.HARBOR].down = True
    alice.service.now += timedelta(minutes=2)
    _edit, said = _change(alice, DANA, kind=["allergies"])
    changes = said.partition("Look up a record")[0]
    assert "We can not reach Harbor Counseling right now, so we can not say" in changes
    assert "Sertraline" not in changes.partition("What changes")[2]
    assert "Penicillin" in changes


def test_undoing_a_change_is_a_change_with_its_preview(alice: Alice) -> None:
    edit, _said = _change(alice, DANA, kind=["allergies"])
    done = alice.sends(f"/share/new/check?draft={edit}")
    assert "Undo this change" in done.text
    back = alice.sends(done.request.full_path, to=f"/share/{DANA}/undo")
    said = _text(back.text)
    assert "sees 2 of your 169 records now. After the change it will be 32." in said
    assert alice.service.policies[DANA]["what"]["kinds"] == ["allergies"], "nothing is so yet"
    undo = _draft_of(back.request.full_path)
    assert "Your change is saved" in alice.sends(f"/share/new/check?draft={undo}").text
    assert len(alice.service.policies[DANA]["what"]["kinds"]) == 5
    assert alice.service.policies[DANA]["state"] == "on"


def test_undoing_a_pause_shows_what_that_opens_first(alice: Alice) -> None:
    page = alice.sends(f"/share/{DANA}", {"how": "week"}, f"/share/{DANA}/pause")
    back = alice.sends(page.request.full_path, to=f"/share/{DANA}/undo")
    said = _text(back.text)
    assert "sees 0 of your 169 records now. After the change it will be 32." in said
    assert "It is paused now. With this it is on again." in said
    assert alice.service.policies[DANA]["state"] == "paused"
    alice.sends(f"/share/new/check?draft={_draft_of(back.request.full_path)}")
    assert alice.service.policies[DANA]["state"] == "on"
    assert alice.service.policies[DANA]["paused_until"] is None


def test_undoing_a_stop_makes_a_new_share_and_says_so(alice: Alice) -> None:
    page = alice.sends(f"/share/{DANA}/stop")
    assert "Undo makes a new share with the same rules" in page.text
    back = alice.sends(page.request.full_path, to=f"/share/{DANA}/undo")
    said = _text(back.text)
    assert "This is a new share You stopped the share of before, and that stays so" in said
    assert "will see 32 of 169 records" in said
    new = _draft_of(back.request.full_path)
    assert new != DANA
    assert alice.service.policies[new]["state"] == "draft"
    assert "You are now sharing with Dana" in alice.sends(f"/share/new/check?draft={new}").text
    assert alice.service.policies[DANA]["state"] == "ended", "a stop is for good"
    # The page of the stop once more: a second share with her is not begun.
    again = alice.sends(page.request.full_path, to=f"/share/{DANA}/undo")
    assert again.request.full_path.startswith(f"/share/{new}")


def test_any_earlier_version_can_be_gone_back_to_from_the_history(alice: Alice) -> None:
    for kind in ("allergies", "vitals"):
        edit, _said = _change(alice, DANA, kind=[kind])
        alice.sends(f"/share/new/check?draft={edit}")
    history = alice.opens(f"/share/{DANA}/history").text
    assert history.count("Go back to this") == 2
    page = alice.sends(f"/share/{DANA}/history", {"to": "1"}, f"/share/{DANA}/undo")
    assert "sees 104 of your 169 records now. After the change it will be 32." in _text(page.text)


def test_an_old_page_undoes_nothing(alice: Alice) -> None:
    before = set(alice.service.policies)
    form = {"version": "7", "to": "1"}
    page = alice.sends(f"/share/{DANA}/history", form, f"/share/{DANA}/undo")
    assert "in another window" in page.text
    assert set(alice.service.policies) == before


def test_an_undone_no_is_a_share_that_she_checks_first(alice: Alice) -> None:
    done = alice.sends(f"/requests/{ASKED}", {"answer": "no"})
    page = alice.sends(done.request.full_path, to=f"/requests/{ASKED}/undo")
    assert "Dr. Priya Nair will see 140 of 169 records" in _text(page.text)
    begun = alice.service.policies[_draft_of(page.request.full_path)]
    assert begun["state"] == "draft"
    assert begun["what"]["topics"] == [], "PSY was asked for, and is never filled in"
    assert alice.service.asked[ASKED]["answer"]["answer"] == "no"


def test_an_end_that_has_passed_is_asked_for_again() -> None:
    over = Policy(id="s" * 22, version=3, state="ended", why=("TREAT",), when=When(until=NOW))
    begun = reverse.draft_of(over, over.changed(state="on"), NOW)
    assert (begun.why, begun.when, begun.state) == ((), When(), "draft")
    assert begun.id != over.id


def test_the_last_version_in_force_is_the_one_before() -> None:
    share = Policy(id="s" * 22, version=5, state="on")
    states = ("draft", "on", "paused", "draft", "on")
    versions = [
        HistoryVersion(version=n + 1, state=state, policy=share) for n, state in enumerate(states)
    ]
    found = reverse.before_the_last(versions, share)
    assert found is not None
    assert found.version == 3
    unread = [HistoryVersion(version=4, state="on", policy=None)]
    assert reverse.before_the_last(unread, share) is None


@pytest.mark.parametrize(
    ("was", "will", "said"),
    [
        ({"kinds": ("vitals",)}, {"everything": True}, "New: all kinds, and new kinds"),
        ({"everything": True}, {"kinds": ("vitals",)}, "No longer all kinds, but these: Vital"),
        ({"topics": ("PSY",)}, {"topics": ("ETH",)}, "Turned off: Mental health."),
        ({"since": "2020-01-01"}, {}, "After the change: Records from all dates."),
    ],
)
def test_each_answer_that_is_another_is_a_sentence(
    was: dict[str, Any], will: dict[str, Any], said: str
) -> None:
    share = Policy(id="s" * 22, label={"name": "Bob"})  # type: ignore[arg-type]
    before, after = (share.changed(what=What(**one)) for one in (was, will))
    (line,) = difference.lines(before, after, UTC, {})  # type: ignore[arg-type]
    assert said in " ".join(line.words)
    assert difference.lines(after, after, UTC, {}) == []  # type: ignore[arg-type]
    noted = after.changed(tell=Tell(level="neutral", note="Ask me"), why=("TREAT",))
    terms = [line.term for line in difference.lines(after, noted, UTC, {})]  # type: ignore[arg-type]
    assert terms == ["Why", "What Bob is told"]


def test_a_record_that_comes_and_one_that_goes() -> None:
    rows = [Row("r", str(n), "vitals", f"Row {n}") for n in range(3)]
    elsewhere = Row("other", "9", "vitals", "Not known now")
    seen = difference.seen(
        View(shown=(rows[0], rows[1])), View(shown=(rows[1], rows[2], elsewhere)), {"other"}
    )
    assert (seen.was, seen.will) == (2, 3)
    assert (seen.opened, seen.closed) == ((rows[2],), (rows[0],))


def test_one_record_is_held_back_and_released_on_the_check_page(alice: Alice) -> None:
    edit, _said = _change(alice, DANA, kind=["allergies"])
    cedar = alice.service.clinics[story.CEDAR]
    item = next(one for one in cedar.items if one.title.startswith("Latex"))
    name = f"allergies {cedar.record}/{item.id}"
    check = f"/share/new/check?draft={edit}"
    assert f'name="hold" value="{name}"' in alice.opens(check).text
    page = alice.sends(check, {"hold": name}, "/share/new/hold")
    assert "After the change it will be 1." in _text(page.text)
    assert "Held back by name: 0 now, 1 after the change." in _text(page.text)
    assert re.search(rf'name="release" value="{re.escape(name)}"', page.text)
    page = alice.sends(check, {"release": name}, "/share/new/hold")
    assert "After the change it will be 2." in _text(page.text)
    assert alice.service.policies[DANA]["what"]["kinds"] != ["allergies"]
