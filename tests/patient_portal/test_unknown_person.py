"""A look can be asked about, and what lets in somebody she does not know is paused at once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from patient_portal.errors import SharingServiceDown
from patient_portal.sharing.as_api import SharingService
from tests.patient_portal import story
from tests.patient_portal.conftest import Alice
from tests.patient_portal.fakes import NOW


def entry(alice: Alice, minutes: int = 0, number: str = "41", **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "at": (NOW - timedelta(minutes=minutes)).isoformat(),
        "who": {"name": "Dr. Bob Chen", "role": "Family doctor", "organization": "Cedar"},
        "client": {"name": "Clinic app"},
        "actor": "person",
        "what": {"interaction": "search-type", "kinds": ["vitals"], "count": 2},
        "why": "TREAT",
        "reason": None,
        "policy": bobs(alice)["id"],
        "outcome": "shown",
        **more,
    }


def bobs(alice: Alice) -> dict[str, Any]:
    found = alice.service.policies.values()
    return next(one for one in found if one["label"]["name"] == "Dr. Bob Chen")


def way(html: str, page: str) -> str:
    found = re.search(rf'href="(/looked/{page}\?call=\w+)"', html)
    assert found
    return found[1]


@pytest.fixture
def looked(alice: Alice) -> Alice:
    alice.service.clinics[story.HOME].entries = [entry(alice, 1, "42"), entry(alice, 2, "41")]
    return alice


@pytest.mark.fault("C13")
def test_a_visit_is_one_line_with_its_calls_behind_it(looked: Alice) -> None:
    entries = looked.service.clinics[story.HOME].entries
    entries.insert(0, entry(looked, 0, "43", client={"name": "Another app"}))
    html = looked.opens("/looked").text
    assert "2 looks" in html, "two calls through one app, and one through another"
    for number in ("41", "42", "43"):
        assert f"Number in the list: {number}" in html
    file = looked.opens("/looked/list.csv").text.splitlines()
    assert [line.rsplit(",", 1)[1] for line in file] == ["Entry", "41", "42", "43"]


@pytest.mark.fault("C13")
def test_who_is_not_known_is_paused_after_one_page(looked: Alice) -> None:
    before = {one["id"]: one["state"] for one in looked.service.policies.values()}
    ask = way(looked.opens("/looked").text, "unknown")
    html = looked.opens(ask).text
    assert "You do not know Dr. Bob Chen?" in html and "Pause now" in html
    assert bobs(looked)["state"] == "on", "a page that is opened changes nothing"
    done = looked.sends(ask, to="/looked/unknown").text
    after = {one["id"]: one["state"] for one in looked.service.policies.values()}
    assert after == before | {bobs(looked)["id"]: "paused"}
    assert "You paused what Dr. Bob Chen sees" in done
    assert "is paused already" in looked.opens(ask).text


@pytest.mark.fault("C13")
def test_a_clinic_that_has_not_heard_of_the_pause_is_named(looked: Alice) -> None:
    looked.service.pending = [story.HARBOR]
    ask = way(looked.opens("/looked").text, "unknown")
    html = looked.sends(ask, to="/looked/unknown").text
    assert "Not done everywhere yet" in html
    assert f"No answer yet from: {story.HARBOR}" in html


@pytest.mark.fault("C13")
@pytest.mark.parametrize(
    ("where", "words"),
    [("policies", "Nothing is paused yet"), ("save", "We do not know if this is paused")],
)
def test_a_silent_sharing_service_is_no_pause(
    looked: Alice, monkeypatch: pytest.MonkeyPatch, where: str, words: str
) -> None:
    ask = way(looked.opens("/looked").text, "unknown")
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', looked.opens(ask).text)

    def silent(*_: Any, **__: Any) -> None:
        raise SharingServiceDown("no answer")

    monkeypatch.setattr(SharingService, where, silent)
    html = looked.browser.post("/looked/unknown", data=dict(fields), follow_redirects=True).text
    assert words in html and "You paused" not in html
    assert bobs(looked)["state"] == "on"


def test_a_call_that_is_not_hers_leads_nowhere(looked: Alice) -> None:
    for page in ("unknown", "question"):
        assert looked.opens(f"/looked/{page}?call={'0' * 24}").status_code == 404
        assert looked.opens(f"/looked/{page}").status_code == 404
    sent = looked.sends("/people", {"call": "0" * 24}, to="/looked/unknown")
    assert sent.status_code == 404
    assert bobs(looked)["state"] == "on"


@pytest.mark.fault("C13")
def test_who_was_turned_away_without_a_share_has_nothing_to_pause(alice: Alice) -> None:
    stranger = {"key": "stranger", "name": "Mallory", "role": "", "organization": ""}
    alice.service.happened = [
        {"event": "tried", "at": NOW.isoformat(), "who": stranger, "rs": "Cedar", "seq": 7}
    ]
    html = alice.opens(way(alice.opens("/looked").text, "unknown")).text
    assert "there is nothing to pause" in html and "Pause now" not in html


@pytest.mark.fault("C13")
def test_a_question_is_a_letter_that_says_nothing_of_her_records(looked: Alice) -> None:
    looked.portal.settings = looked.portal.settings.model_copy(
        update={"clinic_contacts": ((story.HOME, "privacy@home.example"),)}
    )
    html = looked.opens(way(looked.opens("/looked").text, "question")).text
    assert "We can not send your question for you" in html
    assert "The numbers of this look in the list are: 41, 42." in html
    mail = httpx.URL(re.search(r'href="(mailto:[^"]+)"', html)[1].replace("&amp;", "&"))  # type: ignore[index]
    assert mail.path == "privacy@home.example"
    assert "Vital" not in html.split("<main")[1]


@pytest.mark.parametrize("contact", ["a@b.c?bcc=x@y.z", "a@b.c,x@y.z", "a@b.c\r\nBcc: x@y.z"])
def test_a_contact_adds_no_reader(looked: Alice, contact: str) -> None:
    looked.portal.settings = looked.portal.settings.model_copy(
        update={"clinic_contacts": ((story.HOME, contact),)}
    )
    html = looked.opens(way(looked.opens("/looked").text, "question")).text
    for link in re.findall(r'href="mailto:([^"?]*)\?([^"]*)"', html):
        assert "bcc" not in link[1].lower().split("&amp;body")[0]
        assert "," not in link[0]


@pytest.mark.fault("C13")
def test_the_pictures_follow_every_choice(looked: Alice) -> None:
    old = entry(looked, 60 * 24 * 7 * 10, "9")
    looked.service.clinics[story.HOME].entries.append(old)
    html = looked.opens("/looked").text
    assert "<dt>Dr. Bob Chen</dt><dd>2</dd>" in html
    html = looked.opens("/looked?since=2025-09-01&until=2025-09-30").text
    assert "<dt>Dr. Bob Chen</dt><dd>1</dd>" in html
    assert "how often in each week of the days you picked" in html
    assert "Looks at your records per week" in html
    assert "Nothing fits" in looked.opens("/looked?kind=conditions").text
