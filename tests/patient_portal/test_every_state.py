"""Whatever the state of a share and the length of its pause: every page that shows it is there."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from itertools import product

import pytest

from tests.patient_portal import fakes, story
from tests.patient_portal.conftest import Alice

BOB, DANA, SAM = "s-bob-0000000000000000", "s-dana-000000000000000", "s-sam-0000000000000000"
PAUSES = {"open": None, "day": timedelta(days=1), "week": timedelta(days=7)}
ENDS = {"none": None, "soon": timedelta(days=3), "over": timedelta(days=-1)}
BOUND = (("on", "open"), ("paused", "day"))
"""Those whose end is tried too."""
STATES = [
    (state, pause, end)
    for state, pause, end in product(("draft", "on", "paused", "ended"), PAUSES, ENDS)
    if (state == "paused" or pause == "open") and (end == "none" or (state, pause) in BOUND)
]
PAGES = (
    "/",
    "/?by=kind",
    "/people",
    "/requests",
    "/requests?tab=answered",
    f"/requests/{'q' * 22}",
    f"/requests/{'q' * 22}/done",
    "/looked",
    "/records",
    "/records/kind/medicines",
    "{record}",
    "/share/{share}",
    "/share/{share}?kind=medicines",
    "/share/{share}/rules",
    "/share/{share}/history",
    "/share/{share}/stop",
    "/share/{share}/stopped",
    "/share/new/who?q=bob",
    "/share/new/what?draft={share}",
    "/share/new/topics?draft={share}",
    "/share/new/why?draft={share}",
    "/share/new/check?draft={share}",
    "/share/new/done?share={share}",
    "/share/new/resume?draft={share}",
)


def _put(alice: Alice, share: str, state: str, pause: str, end: str) -> None:
    """The share as the service would keep it, also in its history."""
    now = alice.service.now
    policy = copy.deepcopy(alice.service.policies[share])
    policy["state"], policy["version"] = state, 2
    policy["paused_until"] = _moment(now, PAUSES[pause])
    policy["when"] = {"from": None, "until": _moment(now, ENDS[end])}
    alice.service.policies[share] = policy
    line = {"version": 2, "state": state, "at": now.isoformat(), "by": "you", "policy": policy}
    alice.service.versions[share].append(line)


def _moment(now: datetime, after: timedelta | None) -> str | None:
    return None if after is None else (now + after).isoformat()


def _record(alice: Alice) -> str:
    cedar = alice.service.clinics[story.CEDAR]
    item = next(one for one in cedar.items if one.title == "Metformin")
    return f"/records/one/{cedar.record.rpartition('/')[2]}/{item.id}"


@pytest.mark.fault("C1")
@pytest.mark.parametrize(("state", "pause", "end"), STATES, ids=map("-".join, STATES))
def test_every_page_is_there_in_every_state(alice: Alice, state: str, pause: str, end: str) -> None:
    _put(alice, BOB, state, pause, end)
    asked = alice.service.asked["q" * 22]
    answer = {"answer": "yes", "at": fakes.NOW.isoformat(), "by": "you", "policy": BOB}
    asked.update(state="answered", answer=answer)
    for path in PAGES:
        address = path.format(share=BOB, record=_record(alice))
        page = alice.browser.get(address, follow_redirects=True)
        assert page.status_code == 200, (address, page.text)


@pytest.mark.fault("C1")
@pytest.mark.parametrize(("how", "until"), [("day", "26 November"), ("week", "2 December")])
def test_a_pause_says_until_when_and_is_never_called_ended(
    alice: Alice, how: str, until: str
) -> None:
    page = alice.sends(f"/share/{BOB}", {"how": how}, f"/share/{BOB}/pause").text
    assert f"Dr. Bob Chen can not open your records until {until} 2025, 10:00 UTC, or until" in page
    assert "When you turn it on again, 159 of your 169 records will be shown." in page
    assert f"It goes on by itself on {until} 2025, 10:00 UTC." in page
    for path in ("/", "/people", f"/share/{BOB}"):
        page = alice.opens(path).text
        assert f"Paused until {until} 2025" in page
        assert "has ended" not in page
    assert "Dr. Bob Chen, Medicines: paused" in alice.opens("/").text
