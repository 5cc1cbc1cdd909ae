"""P5, P6, P8: who looked, people, my records and how private each one is."""

from __future__ import annotations

import copy
import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.patient_portal import story
from tests.patient_portal.conftest import Alice

BOB, SAM = "s-bob-0000000000000000", "s-sam-0000000000000000"


def _page_of(alice: Alice, title: str) -> str:
    for clinic in alice.service.clinics.values():
        for item in clinic.items:
            if item.title == title:
                return f"/records/one/{clinic.record.rpartition('/')[2]}/{item.id}"
    raise AssertionError(title)


def _entry(alice: Alice, **more: Any) -> dict[str, Any]:
    return {
        "at": (alice.service.now - timedelta(days=1)).isoformat(),
        "who": {"name": "Dr. Bob Chen", "role": "Family doctor", "organization": story.CEDAR},
        "client": "Clinic app",
        "actor": "person",
        "what": {"interaction": "search", "kinds": ["vitals"], "count": 104},
        "why": "TREAT",
        "reason": "Yearly visit",
        "policy": BOB,
        "outcome": "shown",
        **more,
    }


def test_who_looked_says_who_what_when_why_and_which_rule(alice: Alice) -> None:
    alice.service.clinics[story.HOME].entries = [_entry(alice)]
    html = alice.opens("/looked").text
    for words in (
        "Dr. Bob Chen",
        "A person looked",
        "Vital signs (104 records)",
        "Why: Caring for me.",
        "Yearly visit",
        "24 November 2025, 10:00 UTC",
        "The rule that allowed it",
    ):
        assert words in html


@pytest.mark.fault("B6")
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (7, "Was told that there are 7 records, and did not open them."),
        (1, "Was told that there is 1 record, and did not open it."),
        (0, "Was told that there are no records."),
    ],
)
def test_a_count_is_not_called_nothing(alice: Alice, number: int, words: str) -> None:
    entry = _entry(alice, outcome="counted", what={"kinds": ["vitals"], "count": number})
    alice.service.clinics[story.HOME].entries = [entry]
    html = alice.opens("/looked").text
    assert words in html and "A person looked" in html
    assert "nothing for them to see" not in html
    assert f"{number} counted" in alice.opens("/looked/list.csv").text


@pytest.mark.fault("B7")
def test_a_check_of_what_they_have_is_called_that(alice: Alice) -> None:
    entry = _entry(alice, outcome="confirmed", what={"kinds": ["vitals"], "count": 1})
    alice.service.clinics[story.HOME].entries = [entry]
    html = alice.opens("/looked").text
    assert "Asked if a record they already have is still the same, and it is." in html


@pytest.mark.fault("B7")
def test_what_was_refused_for_its_form_is_no_key_turned_away(alice: Alice) -> None:
    entry = _entry(alice, outcome="refused", what={"kinds": [], "count": 0}, policy=None)
    alice.service.clinics[story.HOME].entries = [entry]
    html = alice.opens("/looked").text
    assert "Asked for something that was not possible, and saw nothing." in html
    assert "Did not work" in html


def test_a_system_and_a_refusal_are_not_called_a_look(alice: Alice) -> None:
    alice.service.clinics[story.HOME].entries = [_entry(alice, actor="system", who=None)]
    alice.service.clinics[story.CEDAR].entries = [
        _entry(alice, outcome="turned_away", who={"name": "V. Stone"}, policy=None)
    ]
    html = alice.opens("/looked").text
    assert "No one read your records." in html
    assert "Tried to open your records and saw nothing." in html
    assert "V. Stone" not in alice.opens("/looked?outcome=system").text.split("all-looks")[-1]


def test_nobody_looked_yet(alice: Alice) -> None:
    assert "No one has looked yet" in alice.opens("/looked").text


def test_the_file_holds_the_filtered_lines_and_no_formula(alice: Alice) -> None:
    evil = _entry(alice, who={"name": "=HYPERLINK(1)"}, outcome="turned_away")
    alice.service.clinics[story.HOME].entries = [_entry(alice), evil]
    answer = alice.opens("/looked/list.csv?outcome=denied")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert len(rows) == 2
    assert rows[1][1] == "'=HYPERLINK(1)"


def test_kinds_and_sources_are_listed(alice: Alice) -> None:
    html = alice.opens("/records").text
    assert "9 records, 4 private" in html
    assert "Newest: 27 October 2025" in html
    assert "Home devices" in html
    assert "Open the page of the clinic" in html


def test_a_long_kind_has_pages(alice: Alice) -> None:
    html = alice.opens("/records/kind/vitals").text
    assert "Weight, week 1<" in html
    assert "Weight, week 20<" not in html
    assert "Next page" in html
    token = alice.service.clinics[story.HOME].record.rpartition("/")[2]
    second = alice.opens(f"/records/kind/vitals?at={token}&cursor=50").text
    assert "Weight, week 20<" in second
    assert alice.opens("/records/kind/nothing").status_code == 404


def test_labels_and_levels_are_words(alice: Alice) -> None:
    html = alice.opens("/records/kind/conditions").text
    assert "Violence or abuse" in html
    assert "Hidden by you" in html


def test_one_record_says_who_sees_it_and_can_be_hidden(alice: Alice) -> None:
    page = _page_of(alice, "Metformin")
    assert "Dana Fox, LCSW and Dr. Bob Chen" in alice.opens(page).text
    answer = alice.sends(page, {"level": "hidden"}, f"{page}/privacy")
    assert "Saved. No one you share with can see this record now." in answer.text
    assert "No one" in answer.text
    assert "Dr. Bob Chen can see 158 of your 169" in alice.opens(f"/share/{BOB}").text


@pytest.mark.fault("C5")
def test_only_people_i_pick(alice: Alice) -> None:
    page = _page_of(alice, "Metformin")
    answer = alice.sends(page, {"level": "pick", "share": [BOB]}, f"{page}/privacy")
    assert "Saved. Dr. Bob Chen can see this record now." in answer.text
    cedar = alice.service.clinics[story.CEDAR]
    named = alice.service.policies[BOB]["what"]["records"]["include"]
    assert named == [f"{cedar.record}/{page.split('/', 4)[4]}"]
    answer = alice.sends(page, {"level": "pick"}, f"{page}/privacy")
    assert "Saved. No one you share with can see this record now." in answer.text
    assert alice.service.policies[BOB]["what"]["records"]["include"] == []


@pytest.mark.fault("B20")
def test_a_record_named_in_a_second_share_of_a_person_can_be_unticked(alice: Alice) -> None:
    page = _page_of(alice, "Metformin")
    alice.sends(page, {"level": "pick"}, f"{page}/privacy")
    reference = f"{alice.service.clinics[story.CEDAR].record}/{page.split('/', 4)[4]}"
    second = copy.deepcopy(alice.service.policies[BOB]) | {"id": "t-bob-0000000000000000"}
    second["what"] |= {"everything": False, "kinds": [], "topics": []}
    second["what"]["records"] = {"include": [reference], "exclude": []}
    alice.service.policies[second["id"]] = second
    box = re.compile(rf'<input[^>]*value="{BOB}"[^>]*checked')
    assert box.search(alice.opens(page).text)
    alice.sends(page, {"level": "pick", "share": [BOB]}, f"{page}/privacy")
    assert alice.service.policies[BOB]["what"]["records"].get("include", []) == []
    alice.sends(page, {"level": "pick"}, f"{page}/privacy")
    assert alice.service.policies[second["id"]]["what"]["records"]["include"] == []
    assert not box.search(alice.opens(page).text)


@pytest.fixture
def out_west(alice: Alice) -> Alice:
    """Her portal writes times out as they are eight hours behind UTC."""
    settings = alice.portal.settings.model_copy(update={"time_zone": "America/Los_Angeles"})
    alice.portal.settings = settings
    return alice


@pytest.mark.fault("B21")
@pytest.mark.parametrize(
    ("query", "found"),
    [("since=2025-11-24", 0), ("since=2025-11-23", 1), ("until=2025-11-22", 0),
     ("until=2025-11-23", 1)],
)  # fmt: skip
def test_a_day_is_the_one_that_is_shown(out_west: Alice, query: str, found: int) -> None:
    """Three in the morning of a Monday, UTC, is the evening of the Sunday before."""
    entry = _entry(out_west, at="2025-11-24T03:00:00+00:00")
    out_west.service.clinics[story.HOME].entries = [entry]
    assert "23 November 2025, 19:00 PST" in out_west.opens("/looked").text
    file = out_west.opens(f"/looked/list.csv?{query}").text
    assert len(list(csv.reader(io.StringIO(file)))) == 1 + found
    page = out_west.opens(f"/looked?{query}").text
    assert ("Nothing fits these choices." in page) == (not found)


@pytest.mark.fault("B21")
def test_a_week_is_the_one_that_is_shown(out_west: Alice) -> None:
    entry = _entry(out_west, at="2025-11-24T03:00:00+00:00")
    out_west.service.clinics[story.HOME].entries = [entry]
    page = out_west.opens("/looked").text
    weeks = re.findall(r"<tr><t[dh][^>]*>(\d+ \w{3})</t[dh]><td[^>]*>(\d+)</td></tr>", page)
    assert dict(weeks)["17 Nov"] == "1"
    assert dict(weeks)["24 Nov"] == "0"


@pytest.mark.fault("B21")
def test_this_week_is_the_one_it_is_for_her(out_west: Alice) -> None:
    out_west.service.now = datetime(2025, 12, 1, 3, tzinfo=UTC)
    entry = _entry(out_west, at="2025-11-30T20:00:00+00:00")
    out_west.service.clinics[story.HOME].entries = [entry]
    out_west.signs_in()
    page = out_west.opens("/looked").text
    weeks = re.findall(r"<tr><t[dh][^>]*>(\d+ \w{3})</t[dh]><td[^>]*>(\d+)</td></tr>", page)
    assert weeks[-1] == ("24 Nov", "1")


def test_a_level_that_is_not_one_is_refused(alice: Alice) -> None:
    page = _page_of(alice, "Metformin")
    assert alice.sends(page, {"level": "public"}, f"{page}/privacy").status_code == 400


def test_a_record_that_is_not_hers_is_not_found(alice: Alice) -> None:
    assert alice.opens("/records/one/nobodys-record/Condition/r1").status_code == 404
    page = _page_of(alice, "Metformin").rpartition("/")[0] + "/nothing"
    assert alice.opens(page).status_code == 404


def test_unlinking_asks_first(alice: Alice) -> None:
    token = alice.service.clinics[story.HARBOR].record.rpartition("/")[2]
    assert "you need a new code" in alice.opens(f"/records/unlink/{token}").text
    page = alice.sends(f"/records/unlink/{token}")
    assert "The clinic is not linked any more." in page.text
    assert story.HARBOR not in alice.service.linked


def test_people_blocked_ended_and_asking(alice: Alice) -> None:
    html = alice.opens("/people").text
    assert "No one new may ask." in html
    page = alice.sends("/people", {"asking": "on"}, "/people/asking")
    assert "You always decide." in page.text
    rule = next(p for p in alice.service.policies.values() if p["ask_me"])
    assert rule["who"] == {"anyone": True}
    page = alice.sends("/people", {"asking": "off"}, "/people/asking")
    assert "No one new may ask." in page.text


def test_a_block_can_be_lifted_and_that_shares_nothing(alice: Alice) -> None:
    block = {**alice.service.policies[SAM], "id": "d" * 22, "effect": "deny", "state": "on"}
    alice.service.policies[block["id"]] = {**block, "who": {"person": "vic"}}
    assert "People you blocked" in alice.opens("/people").text
    page = alice.sends("/people", {"rule": block["id"]}, "/people/unblock")
    assert "They can ask you again." in page.text
    assert alice.service.policies[block["id"]]["state"] == "ended"


def test_a_share_is_not_lifted_by_the_unblock_form(alice: Alice) -> None:
    alice.sends("/people", {"rule": BOB}, "/people/unblock")
    assert alice.service.policies[BOB]["state"] == "on"


@pytest.mark.fault("C5")
def test_a_record_changed_in_another_window_is_shown_and_saved_only_when_pressed_again(
    alice: Alice,
) -> None:
    page = _page_of(alice, "Metformin")
    old = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', alice.opens(page).text)
    )
    alice.sends(page, {"level": "hidden"}, f"{page}/privacy")
    cedar = alice.service.clinics[story.CEDAR]
    metformin = next(one for one in cedar.items if one.title == "Metformin")
    sent = {**old, "level": "pick", "share": [BOB]}
    answer = alice.browser.post(f"{page}/privacy", data=sent, follow_redirects=True)
    assert "Nothing is saved by your press." in answer.text
    assert re.search(r'value="pick"[^>]* checked', answer.text)
    assert re.search(rf'value="{BOB}"[^>]* checked', answer.text)
    assert metformin.level == "hidden"
    alice.sends(page, {"level": "pick", "share": [BOB]}, f"{page}/privacy")
    assert metformin.level == "pick"
