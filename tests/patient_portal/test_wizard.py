"""P2: a true preview; Back, double submit, two windows and a dead session lose nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from tests.patient_portal import story
from tests.patient_portal.conftest import Alice

KINDS = ["conditions", "medicines", "results", "vitals", "visits"]


def _begin(alice: Alice) -> str:
    """The draft's id after step 1."""
    page = alice.sends("/share/new/who?q=priya", {"person": "priya"})
    return parse_qs(page.request.query_string.decode())["draft"][0]


def _to_check(alice: Alice) -> str:
    begun = _begin(alice)
    alice.sends(f"/share/new/what?draft={begun}", {"kind": KINDS})
    alice.sends(f"/share/new/topics?draft={begun}")
    alice.sends(
        f"/share/new/why?draft={begun}", {"why": "TREAT", "length": "half", "tell": "kinds"}
    )
    return begun


def test_nothing_is_preselected(alice: Alice) -> None:
    begun = _begin(alice)
    for step in ("what", "topics"):
        assert " checked" not in alice.opens(f"/share/new/{step}?draft={begun}").text
    why = alice.opens(f"/share/new/why?draft={begun}").text
    assert re.findall(r'name="(\w+)"[^>]* checked', why) == ["tell"]


def test_an_empty_step_says_what_is_missing(alice: Alice) -> None:
    begun = _begin(alice)
    page = alice.sends(f"/share/new/what?draft={begun}")
    assert "<title>Error:" in page.text
    assert 'href="#kind"' in page.text
    page = alice.sends(f"/share/new/why?draft={begun}")
    assert 'href="#why"' in page.text
    assert 'href="#length"' in page.text


def test_a_preset_fills_visible_ticks(alice: Alice) -> None:
    begun = _begin(alice)
    page = alice.sends(f"/share/new/what?draft={begun}", {"preset": "basics"})
    ticked = re.findall(r'name="kind" value="(\w+)"[^>]* checked', page.text)
    assert ticked == [
        "about",
        "conditions",
        "medicines",
        "allergies",
        "results",
        "vitals",
        "vaccines",
    ]


def test_the_check_page_counts_and_gives_reasons(alice: Alice) -> None:
    begun = _to_check(alice)
    html = alice.opens(f"/share/new/check?draft={begun}").text
    assert "140 of 169" in html
    assert "<strong>29</strong> stay private" in html
    assert "1 record may give a hint" in html
    assert "Revia, stopped 2020" in html
    assert "Whole kinds you are not sharing: About me, Allergies, Vaccines, Procedures" in html
    assert alice.service.policies[begun]["state"] == "draft"


def test_the_check_page_says_that_a_file_could_not_be_read(alice: Alice) -> None:
    cedar = alice.service.clinics[story.CEDAR]
    shown = next(item for item in cedar.items if item.kind == "results")
    cedar.items[cedar.items.index(shown)] = replace(shown, hint="unread")
    begun = _to_check(alice)
    html = alice.opens(f"/share/new/check?draft={begun}").text
    assert "has a file that we could not read" in html
    assert "A label we do not know" not in html


def test_search_narrows_both_lists(alice: Alice) -> None:
    begun = _to_check(alice)
    html = alice.opens(f"/share/new/check?draft={begun}&q=sertraline").text
    assert "Sertraline 100 mg" in html
    assert "Metformin" not in html


def test_hint_held_back_then_shared_is_exactly_what_was_shown(alice: Alice) -> None:
    begun = _to_check(alice)
    cedar = alice.service.clinics[story.CEDAR]
    hint = next(item for item in cedar.items if item.hint)
    page = alice.sends(
        f"/share/new/check?draft={begun}",
        {"hint": "hold", "record": f"{cedar.record}/{hint.id}"},
        "/share/new/hint",
    )
    assert "139 of 169" in page.text
    assert "may give a hint" not in page.text
    done = alice.sends(f"/share/new/check?draft={begun}")
    assert "You are now sharing with Dr. Priya Nair" in done.text
    assert "139 of your 169" in done.text
    stored = alice.service.policies[begun]
    assert stored["state"] == "on"
    assert stored["what"]["records"]["exclude"] == [f"{cedar.record}/{hint.id}"]
    assert stored["why"] == ["TREAT"]


def test_share_anyway_leaves_the_record_in(alice: Alice) -> None:
    begun = _to_check(alice)
    cedar = alice.service.clinics[story.CEDAR]
    hint = next(item for item in cedar.items if item.hint)
    form = {"hint": "share", "record": f"{cedar.record}/{hint.id}"}
    page = alice.sends(f"/share/new/check?draft={begun}", form, "/share/new/hint")
    assert "may give a hint" not in page.text
    assert "140 of 169" in page.text


def test_the_link_points_to_every_record_that_gives_something(alice: Alice) -> None:
    begun = _to_check(alice)
    done = alice.sends(f"/share/new/check?draft={begun}")
    link = re.search(r">(http://localhost:8403/open\?[^<]+)</textarea>", done.text)
    assert link
    query = parse_qs(urlsplit(link[1].replace("&amp;", "&")).query)
    assert query["from"] == ["Alice Moreno"]
    clinics = alice.service.clinics
    assert set(query["at"]) == {clinics[story.CEDAR].record, clinics[story.HOME].record}


def test_double_submit_lands_on_the_same_page_and_shares_once(alice: Alice) -> None:
    begun = _to_check(alice)
    page = f"/share/new/check?draft={begun}"
    fields = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)">', alice.opens(page).text)
    )
    first = alice.browser.post(page, data=fields, follow_redirects=True)
    again = alice.browser.post(page, data=fields, follow_redirects=True)
    assert again.request.full_path == first.request.full_path
    assert [one["state"] for one in alice.service.saves].count("on") == 1


def test_back_after_start_leads_to_the_share(alice: Alice) -> None:
    begun = _to_check(alice)
    alice.sends(f"/share/new/check?draft={begun}")
    assert alice.opens(f"/share/new/what?draft={begun}").location == f"/share/{begun}"


def test_nothing_to_see_can_not_be_started(alice: Alice) -> None:
    begun = _begin(alice)
    for clinic in alice.service.clinics.values():
        for item in clinic.items:
            item.level = "hidden"
    alice.sends(f"/share/new/what?draft={begun}", {"kind": ["vaccines"]})
    alice.sends(f"/share/new/why?draft={begun}", {"why": "TREAT", "length": "open"})
    html = alice.opens(f"/share/new/check?draft={begun}").text
    assert "Dr. Priya Nair would see nothing" in html
    assert ">Start sharing</button>" not in html


def test_back_keeps_answers(alice: Alice) -> None:
    begun = _to_check(alice)
    what = alice.opens(f"/share/new/what?draft={begun}").text
    assert re.findall(r'name="kind" value="(\w+)"[^>]* checked', what) == KINDS
    why = alice.opens(f"/share/new/why?draft={begun}").text
    assert re.search(r'value="half"[^>]* checked', why)
    assert re.search(r'value="TREAT"[^>]* checked', why)


def test_a_session_that_ends_mid_step_brings_back_the_step_with_its_answers(alice: Alice) -> None:
    begun = _begin(alice)
    page = f"/share/new/what?draft={begun}"
    csrf = _csrf(alice)
    alice.service.now += timedelta(minutes=16)
    sent = alice.browser.post(page, data={"csrf_token": csrf, "kind": ["vitals", "results"]})
    assert sent.location == "/login?over=1"
    assert "draft" not in sent.location
    signed_out = alice.opens(sent.location).text
    assert "You were signed out" in signed_out
    assert "vitals" not in signed_out
    back = alice.signs_in()
    assert back.request.full_path == page
    ticked = re.findall(r'name="kind" value="(\w+)"[^>]* checked', back.text)
    assert ticked == ["results", "vitals"]
    assert alice.service.policies[begun]["what"]["kinds"] == []


def test_editing_uses_the_same_steps_and_replaces_the_share(alice: Alice) -> None:
    share = "s-bob-0000000000000000"
    page = alice.sends(f"/share/{share}", to=f"/share/{share}/change")
    begun = parse_qs(page.request.query_string.decode())["draft"][0]
    assert re.search(r'name="everything"[^>]* checked', page.text)
    alice.sends(f"/share/new/what?draft={begun}", {"kind": ["vitals"]})
    assert alice.service.policies[share]["what"]["everything"]
    done = alice.sends(f"/share/new/check?draft={begun}")
    assert "Your change is saved" in done.text
    assert alice.service.policies[share]["what"]["kinds"] == ["vitals"]
    assert alice.service.policies[begun]["state"] == "ended"


def test_two_windows_the_second_edit_says_so_and_changes_nothing(alice: Alice) -> None:
    share = "s-bob-0000000000000000"
    page = alice.sends(f"/share/{share}", to=f"/share/{share}/change")
    begun = parse_qs(page.request.query_string.decode())["draft"][0]
    alice.service.policies[share]["version"] = 9
    answer = alice.sends(f"/share/new/check?draft={begun}")
    assert answer.status_code == 409
    assert "This changed in another window" in answer.text
    assert alice.service.policies[share]["what"]["everything"]


def test_someone_she_shares_with_already_is_not_offered_again(alice: Alice) -> None:
    html = alice.opens("/share/new/who?q=bob").text
    assert "You already share with them" in html
    assert 'name="person"' not in html


def test_a_key_that_was_not_found_is_not_taken(alice: Alice) -> None:
    before = set(alice.service.policies)
    page = alice.sends("/share/new/who?q=priya", {"person": "vic"})
    assert "Choose who you want to share with" in page.text
    assert set(alice.service.policies) == before


def test_saved_for_later_waits_on_the_first_page(alice: Alice) -> None:
    begun = _begin(alice)
    alice.sends(f"/share/new/what?draft={begun}", {"kind": ["vitals"], "later": "1"})
    html = alice.opens("/").text
    assert "A share with Dr. Priya Nair is not started yet." in html
    assert alice.opens(f"/share/new/resume?draft={begun}").location.startswith("/share/new/why")
    alice.sends(f"/share/new/what?draft={begun}", to="/share/new/discard")
    assert "not started yet" not in alice.opens("/").text


def _csrf(alice: Alice) -> str:
    found = re.search(r'name="csrf_token" value="(\w+)"', alice.opens("/people").text)
    assert found
    return found[1]
