"""The inbox: what happened in sentences, new ones in words, read when she says so, as she chose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from patient_portal.sharing.as_api import SharingService
from tests.patient_portal.conftest import Alice
from tests.patient_portal.fakes import NOW


def notice(event: str, about: str, minutes: int = 0, **more: Any) -> dict[str, Any]:
    at = (NOW - timedelta(minutes=minutes)).isoformat()
    return {
        "about": about,
        "event": event,
        "at": at,
        "first_at": at,
        "times": 1,
        "who": {"key": "bob", "name": "Dr. Bob Chen"},
        "client": "Clinic app",
        "rs": "Cedar",
        "policy": None,
        "label": "",
        "gives": True,
        "reason": None,
        "until": None,
        "unread": True,
        **more,
    }


@pytest.fixture
def told(alice: Alice) -> Alice:
    share = {"who": None, "policy": "p1", "label": "Sam Carter"}
    alice.service.notices = [
        notice("asked", "requests", reason="For your visit"),
        notice("denied", "refused", 5, times=7),
        notice("issued", "looks", 9),
        notice("ending", "decisions", 10, until=(NOW + timedelta(days=7)).isoformat(), **share),
        notice("ended", "decisions", 11, unread=False, **share),
        notice("shared", "decisions", 12, gives=False, unread=False, **share),
        notice("something new", "decisions", 13),
    ]
    return alice


def test_what_happened_is_said_in_sentences_that_lead_on(told: Alice) -> None:
    html = told.opens("/notices").text
    for words in (
        "Dr. Bob Chen sent you a request",
        "“For your visit”",
        "Dr. Bob Chen tried to open your records and was turned away. How often: 7",
        "Dr. Bob Chen was let in to your records",
        "What you share with Sam Carter will end on 2 December 2025",
        "What you shared with Sam Carter has ended",
        "You made a rule about Sam Carter",
        'href="/looked?who=Dr.+Bob+Chen&amp;outcome=denied&amp;since=2025-11-25&amp;until=2025-11-25"',
        'href="/share/p1/rules"',
        "for three years at least",
    ):
        assert words in html, words
    assert "something new" not in html


def test_new_ones_are_counted_in_words_until_she_has_read_them(told: Alice) -> None:
    assert "5 new notices" in told.opens("/").text
    assert "Notices (5)" in told.opens("/people").text
    html = told.sends("/notices", to="/notices/read").text
    assert told.service.marks == [{"line": 7, "at": NOW.isoformat().replace("+00:00", "Z")}]
    assert "You have read all of them" in html and "new notice" not in html
    assert "Notices (" not in told.opens("/").text


def test_a_page_that_is_opened_marks_nothing(told: Alice) -> None:
    told.opens("/notices")
    assert told.service.marks == []


@pytest.mark.parametrize(
    "sent", [{"line": "x", "at": NOW.isoformat()}, {"line": "1", "at": "noon"}, {"line": "9" * 30}]
)
def test_a_bad_mark_is_refused(told: Alice, sent: dict[str, str]) -> None:
    assert told.sends("/notices", sent, to="/notices/read").status_code == 400
    assert told.service.marks == []


def test_older_ones_are_on_further_pages(alice: Alice) -> None:
    alice.service.notices = [notice("asked", "requests", n, unread=False) for n in range(30)]
    html = alice.opens("/notices").text
    assert 'href="/notices?before=25"' in html
    assert "Show older notices" not in alice.opens("/notices?before=25").text


def test_she_chooses_what_she_is_told(alice: Alice) -> None:
    assert "No notices yet" in alice.opens("/notices").text
    html = alice.opens("/settings/notices").text
    assert "You are told here only" in html
    chosen = {"requests": "on", "decisions": "off", "looks": "each", "refused": "on"}
    html = alice.sends("/settings/notices", chosen).text
    assert "Saved." in html and alice.service.choices == {**chosen, "by_mail": False}
    wrong = alice.sends("/settings/notices", {**chosen, "looks": "hourly"})
    assert wrong.status_code == 400 and alice.service.choices["looks"] == "each"


def test_mail_is_offered_where_it_can_be_sent(alice: Alice) -> None:
    chosen = {"requests": "on", "decisions": "on", "looks": "daily", "refused": "on"}
    alice.service.choices["mail"] = {"is_set": True, "address": None}
    assert "We have no checked mail address" in alice.opens("/settings/notices").text
    alice.service.choices["mail"]["address"] = "alice@example.org"
    html = alice.opens("/settings/notices").text
    assert "Send mail to alice@example.org" in html and "and never what" in html
    alice.sends("/settings/notices", {**chosen, "by_mail": "on"})
    assert alice.service.choices["by_mail"] is True


def test_words_of_strangers_are_words(alice: Alice) -> None:
    evil = {"key": "x", "name": "<script>alert(1)</script>"}
    alice.service.notices = [notice("asked", "requests", who=evil, reason="<b>x</b>")]
    html = alice.opens("/notices").text
    assert "<script>alert" not in html and "<b>x</b>" not in html


def test_each_page_asks_once_for_requests_and_notices(
    told: Alice, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    before = SharingService._call

    def count(self: SharingService, method: str, address: str, **more: Any) -> Any:
        asked.append(address)
        return before(self, method, address, **more)

    monkeypatch.setattr(SharingService, "_call", count)
    told.opens("/requests")
    assert len([one for one in asked if one.endswith("/requests")]) == 1
    assert not [one for one in asked if "/notices" in one]
