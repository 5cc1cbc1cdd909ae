"""Days of a calendar: when a share begins and ends, from when records are; nothing widens."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest

from patient_portal.policies import days, lasting, record_days
from patient_portal.policies.sentences import until_sentence
from patient_portal.policies.terms import What, When
from tests.patient_portal import fakes
from tests.patient_portal.conftest import Alice
from tests.patient_portal.test_wording import _policy

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 7, 3, 30, tzinfo=UTC)
"""Still the 6th in New York, where the clocks change on the 8th."""
WHY = {"why": "TREAT", "tell": "kinds"}


@pytest.mark.parametrize(
    "text", ["2026-02-30", "30.2.2026", "2026-13-01", "tomorrow", "2026-3-7", "2026-03-7٣", "0"]
)
def test_a_day_that_no_calendar_has_is_one_clear_error(text: str) -> None:
    form = {"length": "day", "until_day": text}
    _when, errors = lasting.chosen(form, When(), NOW, NEW_YORK)
    said = "There is no such day. Write it as year, month and day, such as 2026-03-06."
    assert errors == {"until_day": said}


def test_a_share_goes_on_until_the_end_of_the_day_of_its_reader() -> None:
    form = {"length": "day", "until_day": "2026-03-08", "start_day": "2026-03-07"}
    when, errors = lasting.chosen(form, When(), NOW, NEW_YORK)
    assert not errors
    assert when.start == datetime(2026, 3, 7, 5, 0, tzinfo=UTC)
    assert when.until == datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC), "summer time by then"
    said = until_sentence(_policy().changed(when=when), NEW_YORK)
    assert said == "From 7 March 2026 until the end of 8 March 2026."
    shown = lasting.shown(_policy().changed(when=when), NOW, NEW_YORK)
    assert shown == {key: form[key] for key in ("length", "until_day", "start_day")}


def test_today_where_she_lives_is_the_first_day_that_can_be_picked() -> None:
    span = days.ahead(NOW.astimezone(NEW_YORK).date())
    assert (span.first, span.problem("2026-03-06")) == (date(2026, 3, 6), "")
    assert "Choose a day from 6 March 2026" in span.problem("2026-03-05")
    assert span.problem(span.last.isoformat()) == ""
    assert span.problem((span.last + timedelta(days=1)).isoformat())


def test_a_length_counts_from_the_first_day_and_is_told_as_that() -> None:
    form = {"length": "month", "start_day": "2026-04-01"}
    when, errors = lasting.chosen(form, When(), NOW, NEW_YORK)
    assert not errors
    assert when.start
    assert when.until == when.start + timedelta(days=30)
    shown = lasting.shown(_policy().changed(when=when), NOW, NEW_YORK)
    assert (shown["length"], shown["start_day"]) == ("month", "2026-04-01")


def test_it_can_not_end_before_it_begins() -> None:
    begins = {"start_day": "2026-04-02"}
    for length, field in (
        ({"length": "day", "until_day": "2026-04-01"}, "until_day"),
        ({"length": "keep"}, "start_day"),
    ):
        before = When(until=datetime(2026, 3, 20, tzinfo=UTC))
        _when, errors = lasting.chosen({**length, **begins}, before, NOW, NEW_YORK)
        assert list(errors) == [field]


def test_what_a_form_does_not_say_widens_nothing() -> None:
    begun = When(start=NOW - timedelta(days=9), until=NOW + timedelta(days=9))
    later = When(start=NOW + timedelta(days=2), until=NOW + timedelta(days=9))
    for before in (begun, later):
        assert lasting.chosen({"length": "keep"}, before, NOW, NEW_YORK) == (before, {})
    limited = What(kinds=("vitals",), since="2020-01-01", until="2024-01-01")
    assert record_days.chosen({}, limited, NOW.date()) == (limited, {})


def _begin(alice: Alice, **dates: Any) -> str:
    page = alice.sends("/share/new/who?q=priya", {"person": "priya"})
    begun = parse_qs(page.request.query_string.decode())["draft"][0]
    alice.sends(f"/share/new/what?draft={begun}", {"kind": ["results", "medicines"], **dates})
    return begun


def test_records_of_some_days_are_what_the_clinics_show(alice: Alice) -> None:
    begun = _begin(alice, since="2024-03-01", until="2024-05-31")
    alice.sends(f"/share/new/why?draft={begun}", {**WHY, "length": "open"})
    check = alice.opens(f"/share/new/check?draft={begun}").text
    assert "Only records from 1 March 2024 on. Only records up to 31 May 2024." in check
    assert "<strong>3 of 169</strong>" in check
    assert "Outside the dates" in check
    what = alice.opens(f"/share/new/what?draft={begun}").text
    assert re.search(r'name="since" type="date" value="2024-03-01"[^>]* max="2025-11-25"', what)
    page = alice.sends(
        f"/share/new/what?draft={begun}", {"kind": ["results"], "since": "2024-02-31"}
    )
    assert "<title>Error:" in page.text
    assert 'href="#since"' in page.text
    assert re.search(r"<details open>.*2024-02-31", page.text, re.DOTALL)
    assert alice.service.policies[begun]["what"]["since"] == "2024-03-01"
    # A preset asks as well: what is typed is never dropped without a word.
    form = {"preset": "basics", "since": "2031-01-01"}
    assert "<title>Error:" in alice.sends(f"/share/new/what?draft={begun}", form).text
    alice.sends(f"/share/new/what?draft={begun}", {"kind": ["results"], "since": "", "until": ""})
    assert alice.service.policies[begun]["what"]["since"] is None


def test_a_share_that_starts_on_a_day_gives_nothing_before_and_says_so(alice: Alice) -> None:
    begun = _begin(alice)
    why = f"/share/new/why?draft={begun}"
    page = alice.opens(why).text
    assert re.search(r'name="until_day" type="date" value=""[^>]* min="2025-11-25"', page)
    form = {**WHY, "length": "day", "until_day": "2026-01-31", "start_day": "2025-12-01"}
    page = alice.sends(why, {**form, "until_day": "2025-11-24"})
    assert "Choose a day from 25 November 2025 to" in page.text
    assert 'href="#until_day"' in page.text
    assert 'value="2025-12-01"' in page.text
    alice.sends(why, form)
    check = alice.opens(f"/share/new/check?draft={begun}").text
    assert "From 1 December 2025 until the end of 31 January 2026." in check
    done = alice.sends(f"/share/new/check?draft={begun}").text
    assert "Dr. Priya Nair sees nothing before 1 December 2025." in done
    assert '<svg class="qr"' in done, "the link can be handed over before"
    stored = alice.service.policies[begun]["when"]
    assert stored == {"from": "2025-12-01T00:00:00Z", "until": "2026-01-31T23:59:59Z"}
    share = alice.opens(f"/share/{begun}").text
    assert "Starts on 1 December 2025" in share
    assert "Now Dr. Priya Nair sees nothing. On 1 December 2025 sharing starts, and" in share
    home = alice.opens("/").text
    assert "Starts on 1 December 2025" in home
    assert "Dr. Priya Nair, Medicines: nothing shared" in home
    alice.service.now = fakes.NOW + timedelta(days=7)
    alice.signs_in()
    assert "Dr. Priya Nair, Medicines: 7 of 8 shared" in alice.opens("/").text
