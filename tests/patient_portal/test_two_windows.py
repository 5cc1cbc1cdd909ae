"""Every form of the portal pressed twice, and from a page made before another window's change.

The routes come from the application: a form that is added has no case yet, and fails here.
"""

from __future__ import annotations

import copy
import re
from typing import Any, NamedTuple

import pytest

from tests.patient_portal.conftest import Alice
from tests.patient_portal.test_every_state import BOB, _record

ASKED = "q" * 22
EDIT = f"edit-1-{BOB}-abcdef"


class Case(NamedTuple):
    page: str
    data: dict[str, Any]
    to: str = ""


CASES = {
    "home.seen": Case("/", {}, "/seen"),
    "home.stay": Case("/people", {}, "/stay"),
    "my_settings.sign_out": Case("/settings", {"place": "0" * 64}, "/settings/sign-out"),
    "login.start": Case("/people", {}, "/login"),
    "login.sign_out": Case("/people", {}, "/logout"),
    "notices.mark": Case("/notices", {"line": "1", "at": "2025-11-25T10:00:00Z"}, "/notices/read"),
    "invitation.renew": Case("/people", {}, f"/invitation/{BOB}/renew"),
    "invitation.say_yes": Case("/people", {"version": "1", "who": "x"}, f"/invitation/{BOB}/yes"),
    "invitation.stop": Case("/people", {}, f"/invitation/{BOB}/stop"),
    "invitation_handover.has_it": Case("/people", {}, f"/invitation/{BOB}/passcode"),
    "share_invite.choose": Case("/share/new/who/invite", {"name": "Maria"}),
    "notice_settings.save": Case(
        "/settings/notices",
        {"requests": "on", "decisions": "off", "looks": "each", "refused": "on"},
    ),
    "unknown_person.pause": Case("/people", {"call": "0" * 24}, "/looked/unknown"),
    "people.set_asking": Case("/people", {"asking": "on"}, "/people/asking"),
    "people.unblock": Case("/people", {"rule": BOB}, "/people/unblock"),
    "people.lift": Case("/people", {}, f"/people/lift/{BOB}"),
    "record.set_privacy": Case("{record}", {"level": "hidden"}, "{record}/privacy"),
    "record_label.report": Case("{record}/topics", {"topic": "HIV", "wanted": "add"}),
    "unlink.unlink": Case("/records/unlink/{token}", {}),
    "requests.choose": Case(f"/requests/{ASKED}", {"answer": "no"}),
    "requests.answer_hint": Case("/people", {"hint": "share"}, f"/requests/{ASKED}/hint"),
    "requests.start": Case("/people", {}, f"/requests/{ASKED}/check"),
    "share.change": Case(f"/share/{BOB}", {}, f"/share/{BOB}/change"),
    "share.pause": Case(f"/share/{BOB}", {"how": "day"}, f"/share/{BOB}/pause"),
    "share.resume": Case(f"/share/{BOB}", {}, f"/share/{BOB}/resume"),
    "share_undo.undo": Case(f"/share/{BOB}", {"to": "1"}, f"/share/{BOB}/undo"),
    "share_undo.undo_no": Case(f"/share/{BOB}", {}, f"/requests/{ASKED}/undo"),
    "share_check.hold": Case("/people", {"draft": EDIT, "hold": "vitals x"}, "/share/new/hold"),
    "share_stop.stop": Case(f"/share/{BOB}/stop", {}),
    "share_stop.check_again": Case(f"/share/{BOB}/stop", {}, f"/share/{BOB}/stopped"),
    "share_check.answer_hint": Case("/people", {"draft": EDIT, "record": "x"}, "/share/new/hint"),
    "share_check.start": Case(f"/share/new/check?draft={EDIT}", {}),
    "share_who.choose": Case("/share/new/who?q=priya", {"person": "priya"}),
    "share_what.choose": Case(f"/share/new/what?draft={EDIT}", {"kind": ["vitals"]}),
    "share_topics.choose": Case(f"/share/new/topics?draft={EDIT}", {"topic": ["PSY"]}),
    "share_why.choose": Case(f"/share/new/why?draft={EDIT}", {"why": "TREAT", "length": "open"}),
    "share_wizard.save_for_later": Case("/people", {"draft": EDIT}, "/share/new/later"),
    "share_wizard.discard": Case("/people", {"draft": EDIT}, "/share/new/discard"),
}


def _begin(alice: Alice) -> None:
    """An edit of Bob's share under way."""
    begun = copy.deepcopy(alice.service.policies[BOB]) | {"id": EDIT, "state": "draft"}
    alice.service.policies[EDIT] = begun
    alice.service.versions[EDIT] = []


def _of(alice: Alice, case: Case) -> tuple[str, dict[str, Any]]:
    """Where the form of a page that is open goes, and what it sends."""
    record = _record(alice)
    names = {"record": record, "token": record.split("/")[3]}
    page = case.page.format(**names)
    fields = re.findall(
        r'<input type="hidden" name="(\w+)" value="([^"]*)">', alice.opens(page).text
    )
    return (case.to or page).format(**names), dict(fields) | case.data


def _presses(alice: Alice, form: tuple[str, dict[str, Any]]) -> None:
    page = alice.browser.post(form[0], data=form[1])
    for _hop in range(5):
        if not (page.location or "").startswith("/"):
            break
        page = alice.opens(page.location)
    assert page.status_code not in (405, 500, 502, 503), page.text
    plain = page.location is not None or page.status_code == 204 or "<h1" in page.text
    assert plain, page.text


def _rules(alice: Alice) -> list[tuple[Any, ...]]:
    """What is shared, whatever the versions."""
    return sorted(
        (one["state"], str(one["who"]), str(one["what"]), str(one["paused_until"]))
        for one in alice.service.policies.values()
    )


def test_every_form_has_a_case(visitor: Alice) -> None:
    rules = visitor.portal.url_map.iter_rules()
    posts = {rule.endpoint for rule in rules if "POST" in (rule.methods or ())}
    # The one changes how pages look, the other is a file to take along.
    assert posts - {"heart_ui.choose", "export.records"} == set(CASES)


@pytest.mark.fault("C4")
@pytest.mark.parametrize("name", CASES)
def test_a_second_press_does_nothing_more(alice: Alice, name: str) -> None:
    _begin(alice)
    form = _of(alice, CASES[name])
    _presses(alice, form)
    once = _rules(alice)
    _presses(alice, form)
    assert _rules(alice) == once


@pytest.mark.fault("C4")
@pytest.mark.parametrize("name", CASES)
def test_a_page_from_before_a_stop_brings_nothing_back(alice: Alice, name: str) -> None:
    _begin(alice)
    form = _of(alice, CASES[name])
    alice.sends(f"/share/{BOB}/stop")
    _presses(alice, form)
    assert alice.service.policies[BOB]["state"] == "ended"


@pytest.mark.fault("C4")
def test_deleting_a_draft_that_was_started_ends_no_share(alice: Alice) -> None:
    begun = alice.service.policies[BOB]
    page = alice.sends("/people", {"draft": begun["id"]}, "/share/new/discard")
    assert begun["state"] == "on"
    assert "What you just chose in this window was not saved." in page.text
