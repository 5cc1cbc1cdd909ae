"""What she saved for later is listed, once for each person; what she only began is not."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from urllib.parse import parse_qs

from patient_portal.errors import Refused
from patient_portal.policies import draft, draft_ids
from patient_portal.policies.policy import Policy
from patient_portal.sharing import drafts
from tests.patient_portal.conftest import Alice

BOB = "s-bob-0000000000000000"
SEARCH = {"priya": "priya", "vic": "stone"}
LISTED = "A share with Dr. Priya Nair is not started yet."


def _begin(alice: Alice, person: str = "priya") -> str:
    page = alice.sends(f"/share/new/who?q={SEARCH[person]}", {"person": person})
    return parse_qs(page.request.query_string.decode())["draft"][0]


def _states(alice: Alice) -> dict[str, str]:
    return {key: one["state"] for key, one in alice.service.policies.items()}


def _saved(alice: Alice) -> list[str]:
    return [k for k, state in _states(alice).items() if state == "draft" and k.startswith("later-")]


def test_leaving_without_saving_leaves_nothing_on_the_first_page(alice: Alice) -> None:
    begun = _begin(alice)
    alice.sends(f"/share/new/what?draft={begun}", {"kind": ["vitals"]})
    assert "Saved for later" not in alice.opens("/").text
    # The steps themselves lose nothing.
    assert re.search(
        r'value="vitals"[^>]* checked', alice.opens(f"/share/new/what?draft={begun}").text
    )


def test_a_saved_draft_tells_its_day_and_step_and_can_be_deleted(alice: Alice) -> None:
    begun = _begin(alice)
    alice.sends(f"/share/new/what?draft={begun}", {"kind": ["vitals"], "later": "1"})
    home = alice.opens("/").text
    assert LISTED in home
    assert "You wrote it on 25 November 2025. Next step: Why and how long." in home
    (kept,) = _saved(alice)
    assert _states(alice)[begun] == "ended"
    alice.sends("/", {"draft": kept}, "/share/new/discard")
    assert LISTED not in alice.opens("/").text
    # Back to a page of it, and the same press once more.
    page = alice.opens(f"/share/new/what?draft={begun}")
    assert (page.status_code, "This draft was deleted" in page.text) == (410, True)


def test_pages_of_before_the_save_go_on_with_what_was_saved(alice: Alice) -> None:
    begun = _begin(alice)
    form = {"kind": ["vitals"], "later": "1"}
    page = f"/share/new/what?draft={begun}"
    fields = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)">', alice.opens(page).text)
    )
    for _press in range(2):
        assert alice.browser.post(page, data={**fields, **form}).location == "/"
    (kept,) = _saved(alice)
    assert f'name="draft" value="{kept}"' in alice.opens(page).text
    alice.sends(f"/share/new/why?draft={begun}", {"why": "TREAT", "length": "open"})
    done = alice.sends(f"/share/new/check?draft={begun}")
    assert "You are now sharing with Dr. Priya Nair" in done.text
    assert _states(alice)[kept] == "on"
    assert alice.opens(page).location == f"/share/{kept}"


def test_there_is_one_for_each_person(alice: Alice) -> None:
    for kind in ("vitals", "results"):
        begun = draft_ids.new_id()
        alice.service._changed(
            {**alice.service.policies[BOB], "id": begun, "state": "draft", "who": {"person": "vic"}}
        )
        alice.sends(f"/share/new/what?draft={begun}", {"kind": [kind], "later": "1"})
    (kept,) = _saved(alice)
    assert alice.service.policies[kept]["what"]["kinds"] == ["results"]
    found = alice.opens("/share/new/who?q=stone").text
    assert "Saved for later" in found
    assert 'name="person"' not in found
    # Whoever sends the form all the same goes on with what was saved.
    page = alice.sends("/share/new/who?q=stone", {"person": "vic"})
    assert f"draft={kept}" in page.request.full_path


def test_saving_from_the_last_step_and_saving_a_change(alice: Alice) -> None:
    begun = _begin(alice)
    alice.sends(f"/share/new/what?draft={begun}", {"kind": ["vitals"]})
    alice.sends(f"/share/new/why?draft={begun}", {"why": "TREAT", "length": "open"})
    alice.sends(f"/share/new/check?draft={begun}", to="/share/new/later")
    assert "Next step: Check." in alice.opens("/").text
    page = alice.sends(f"/share/{BOB}", to=f"/share/{BOB}/change")
    edit = parse_qs(page.request.query_string.decode())["draft"][0]
    alice.sends(f"/share/new/what?draft={edit}", {"kind": ["vitals"], "later": "1"})
    home = alice.opens("/").text
    assert "A change of what Dr. Bob Chen sees is not saved yet." in home
    assert alice.service.policies[BOB]["what"]["everything"]
    # "Change what they see" goes on with it; without a saved one it begins from what is now.
    page = alice.sends(f"/share/{BOB}", to=f"/share/{BOB}/change")
    assert f"draft=later-{edit}" in page.request.full_path
    assert "Your change is saved" in alice.sends(f"/share/new/check?draft=later-{edit}").text
    assert alice.service.policies[BOB]["what"]["kinds"] == ["vitals"]
    assert "A change of what" not in alice.opens("/").text


def test_what_was_left_is_ended_once_nobody_can_be_writing_it(alice: Alice) -> None:
    left, kept = _begin(alice), _begin(alice)
    alice.sends(f"/share/new/what?draft={kept}", {"kind": ["vitals"], "later": "1"})
    alice.service.now += timedelta(hours=7)
    alice.signs_in()
    under_way = _begin(alice, "vic")
    assert _states(alice)[left] == "draft", "a session of that time may still be open"
    alice.service.now += timedelta(hours=2)
    alice.signs_in()
    _begin(alice, "vic")
    assert (_states(alice)[left], _states(alice)[under_way]) == ("ended", "draft")
    assert len(_saved(alice)) == 1


def test_another_person_gets_the_answers_but_no_topic_and_no_named_record(alice: Alice) -> None:
    begun = _begin(alice)
    alice.sends(f"/share/new/what?draft={begun}", {"kind": ["vitals"]})
    alice.sends(f"/share/new/topics?draft={begun}", {"topic": ["PSY"]})
    form = {"why": "TREAT", "length": "open", "tell": "kinds", "note": "Dear Priya"}
    alice.sends(f"/share/new/why?draft={begun}", form)
    page = alice.opens(f"/share/new/what?draft={begun}").text
    who = re.search(r'href="(/share/new/who\?draft=[^"]+)"', page)
    assert who
    assert "Now it is Dr. Priya Nair." in alice.opens(who[1]).text
    page = alice.sends(f"{who[1]}&q=stone", {"person": "vic"})
    assert page.request.full_path == f"/share/new/what?draft={begun}"
    stored = alice.service.policies[begun]
    assert (stored["who"], stored["label"]["name"]) == ({"person": "vic"}, "V. Stone")
    assert (stored["what"]["kinds"], stored["what"]["topics"]) == (["vitals"], [])
    assert (stored["tell"], stored["why"]) == ({"level": "neutral", "note": None}, ["TREAT"])


def test_the_person_of_a_standing_share_stays(alice: Alice) -> None:
    edit = draft.edit(Policy(id=BOB, version=1)).id
    alice.service._changed({**alice.service.policies[BOB], "id": edit, "state": "draft"})
    assert "/share/new/who?draft" not in alice.opens(f"/share/new/what?draft={edit}").text
    assert alice.opens(f"/share/new/who?draft={edit}").status_code == 404


def test_each_step_has_a_way_back_to_the_one_before(alice: Alice) -> None:
    begun = _begin(alice)
    alice.sends(f"/share/new/what?draft={begun}", {"kind": ["vitals"]})
    alice.sends(f"/share/new/why?draft={begun}", {"why": "TREAT", "length": "open"})
    steps = ("who", "what", "topics", "why", "check")
    for before, step in pairwise(steps):
        page = alice.opens(f"/share/new/{step}?draft={begun}").text
        assert f'<a class="back" href="/share/new/{before}?draft={begun}">' in page
    page = alice.sends(f"/share/{BOB}", to=f"/share/{BOB}/change").text
    assert f'<a class="back" href="/share/{BOB}">' in page


def test_a_saved_id_fits_the_service_and_still_says_what_it_is() -> None:
    share = "yes-" + "a" * 32
    for id_ in (draft_ids.new_id(), draft_ids.for_edit(draft_ids.Edit(share, 123456789))):
        kept = draft_ids.for_later(id_)
        assert 22 <= len(kept) <= 64
        assert draft_ids.for_later(kept) == kept
        assert draft_ids.edit_of(kept) == draft_ids.edit_of(id_)
        assert not draft_ids.is_for_later(id_)


def test_what_was_thrown_away_never_was_a_share(alice: Alice) -> None:
    alice.service.happened = [
        {"event": event, "at": alice.service.now.isoformat(), "policy": None, "who": None}
        for event in ("changed", "stopped")
    ]
    begun = _begin(alice)
    alice.sends(f"/share/new/what?draft={begun}", {"kind": ["vitals"]})
    alice.sends(f"/share/new/why?draft={begun}", {"why": "TREAT", "length": "open"})
    alice.sends(f"/share/new/check?draft={begun}", to="/share/new/later")
    (kept,) = _saved(alice)
    alice.sends("/", {"draft": kept}, "/share/new/discard")
    for event, policy in zip(alice.service.happened, (begun, kept), strict=True):
        event["policy"] = policy
    assert "Priya" not in alice.opens("/people").text
    assert "Priya" not in alice.opens("/?show=ended").text.partition("Which to show")[2]
    happened = alice.opens("/looked").text
    assert "your share with" not in happened
    assert "You stopped sharing" not in happened


def test_a_draft_that_was_started_meanwhile_is_not_thrown_away(alice: Alice) -> None:
    begun = _begin(alice)
    alice.sends(f"/share/new/what?draft={begun}", {"kind": ["vitals"]})
    left = Policy.model_validate(alice.service.policies[begun])
    alice.service._changed({**alice.service.policies[begun], "state": "on", "why": ["TREAT"]})
    drafts.throw_away(_Service(alice), left)  # type: ignore[arg-type]
    assert _states(alice)[begun] == "on"


class _Service:
    """The sharing service as far as a draft is thrown away: it compares versions."""

    def __init__(self, alice: Alice) -> None:
        self._kept = alice.service.policies

    def save(self, policy: Policy) -> None:
        if self._kept[policy.id]["version"] != policy.version:
            raise Refused("version_conflict", 409)
        self._kept[policy.id] = policy.to_wire()
