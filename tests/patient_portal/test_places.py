"""A share from some clinics only: chosen by name, told by name, and never widened by a form."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from tests.patient_portal import story
from tests.patient_portal.conftest import Alice

DANA = "s-dana-000000000000000"
KINDS = ["conditions", "medicines"]


def _begin(alice: Alice) -> str:
    page = alice.sends("/share/new/who?q=priya", {"person": "priya"})
    begun = parse_qs(page.request.query_string.decode())["draft"][0]
    alice.sends(f"/share/new/topics?draft={begun}", {"topic": ["PSY", "ETH"]})
    return begun


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


def test_only_the_ticked_clinics_are_seen_and_named(alice: Alice) -> None:
    begun, cedar = _begin(alice), alice.service.clinics[story.CEDAR].record
    what = f"/share/new/what?draft={begun}"
    assert " checked" not in alice.opens(what).text
    page = alice.sends(what, {"kind": KINDS, "some": "yes"})
    assert "<title>Error:" in page.text
    assert 'href="#place"' in page.text
    alice.sends(what, {"kind": KINDS, "some": "yes", "place": [cedar]})
    assert alice.service.policies[begun]["what"]["places"] == [cedar]
    page = alice.opens(what).text
    assert re.search(rf'name="place" value="{cedar}"[^>]* checked', page)
    alice.sends(f"/share/new/why?draft={begun}", {"why": "TREAT", "length": "open"})
    check = alice.opens(f"/share/new/check?draft={begun}").text
    assert f"Only from these clinics: {story.CEDAR}." in check
    assert "Sertraline" not in check.partition('id="will-see"')[2].partition("</section>")[0]
    stays = check.partition('id="stays"')[2].partition("</section>")[0]
    row = stays.partition("Sertraline")[2].partition("</li>")[0]
    assert "Clinic not shared" in row
    done = alice.sends(f"/share/new/check?draft={begun}").text
    assert f"It leads to {story.CEDAR}." in done


def test_a_form_that_does_not_ask_of_clinics_leaves_them(alice: Alice) -> None:
    begun, cedar = _begin(alice), alice.service.clinics[story.CEDAR].record
    what = f"/share/new/what?draft={begun}"
    alice.sends(what, {"kind": KINDS, "some": "yes", "place": [cedar]})
    csrf = re.search(r'name="csrf_token" value="(\w+)"', alice.opens("/people").text)
    assert csrf
    alice.browser.post(what, data={"csrf_token": csrf[1], "draft": begun, "kind": KINDS})
    assert alice.service.policies[begun]["what"]["places"] == [cedar]
    # A place that is not hers is nothing that can be ticked.
    page = alice.sends(what, {"kind": KINDS, "some": "yes", "place": ["https://evil.test/r/x"]})
    assert "<title>Error:" in page.text
    alice.sends(what, {"kind": KINDS})
    assert alice.service.policies[begun]["what"]["places"] == []


def test_a_change_of_clinics_is_a_line_of_the_change(alice: Alice) -> None:
    harbor = alice.service.clinics[story.HARBOR].record
    page = alice.sends(f"/share/{DANA}", to=f"/share/{DANA}/change")
    edit = parse_qs(page.request.query_string.decode())["draft"][0]
    form = {"kind": KINDS, "some": "yes", "place": [harbor]}
    alice.sends(f"/share/new/what?draft={edit}", form)
    said = _text(alice.opens(f"/share/new/check?draft={edit}").text)
    assert "Now: From all your clinics." in said
    assert f"After the change: Only from these clinics: {story.HARBOR}." in said
    alice.sends(f"/share/new/check?draft={edit}")
    alice.service.linked.remove(story.HARBOR)
    rules = _text(alice.opens(f"/share/{DANA}/rules").text)
    assert "Only from some of your clinics." in rules, "an unlinked clinic has no name any more"


def test_one_clinic_alone_is_nothing_to_choose_from(alice: Alice) -> None:
    for name in (story.HARBOR, story.HOME):
        alice.service.linked.remove(name)
    assert (
        "Only from some clinics" not in alice.opens(f"/share/new/what?draft={_begin(alice)}").text
    )
