"""The chart: counts, notices, closed pages, files (UX R5)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from requester_app.page_words import day_of, moment
from tests.conftest import Clock
from tests.requester_app import alice
from tests.requester_app.clinic import ALL_KINDS, CEDAR, HARBOR, HOME, Clinic
from tests.requester_app.fakes import suppressed


def opened(clinic: Clinic, kinds: set[str] | None = None) -> str:
    clinic.share("priya", kinds)
    clinic.sign_in()
    return clinic.open_alice(purpose="TREAT").text


def test_counts_equal_the_entries_of_all_bundles(clinic: Clinic) -> None:
    page = opened(clinic)
    expected = sum(len(source.entries) for source in clinic.sources.values())
    assert f"{expected} records from 3 sources" in page
    counts = [int(n) for n in re.findall(r'<span class="muted small">(\d+)</span>', page)]
    assert sum(counts) == expected


def test_a_page_of_one_kind_shows_every_record_of_it(clinic: Clinic) -> None:
    opened(clinic)
    page = clinic.get(f"/chart/{clinic.pointer()}/vitals").text
    assert "78 records from 3 sources" in page
    rows = page.count("<tr>") - page.count("<thead>")
    assert rows == 78
    assert 'class="l1"' in page and 'class="l2"' in page
    assert "26 readings" in page and re.search(r"Systolic \d+ to \d+, last \d+ mmHg\.", page)


def test_one_kind_reads_nothing_but_that_kind_and_whose_it_is(clinic: Clinic) -> None:
    opened(clinic)
    clinic.sources[CEDAR].seen.clear()
    clinic.get(f"/chart/{clinic.pointer()}/medicines")
    paths = [path for path, _ in clinic.sources[CEDAR].seen]
    assert len(paths) == 1 and paths[0].endswith("/Patient/$everything?kind=medicines%2Cabout")


def test_name_and_birth_date_come_from_the_record(clinic: Clinic) -> None:
    page = opened(clinic)
    assert "Alice Moreno" in page and "born 14 Mar 1979" in page


def test_severe_allergies_come_first(clinic: Clinic) -> None:
    page = opened(clinic)
    assert page.index("Penicillin") < page.index("Latex")
    assert re.search(r"Penicillin.{0,60}Severe", page, re.DOTALL)


def marked(page: str, words: str) -> set[str]:
    """The kinds whose heading bears these words."""
    headings = re.findall(r'<h2 id="s-(\w+)">(.*?)</h2>', page, re.DOTALL)
    return {kind for kind, heading in headings if words in heading}


def test_kinds_that_may_not_be_all_are_named_and_marked_without_counts(clinic: Clinic) -> None:
    clinic.sources[CEDAR].held = suppressed(["medicines", "procedures"], "Ask me about this")
    page = opened(clinic, ALL_KINDS - {"procedures"})
    words = re.sub(r"<[^>]+>", "", page)
    assert (
        "What Alice Moreno shares of these kinds may not be all of it: Medicines, Procedures."
        in words
    )
    assert marked(page, "May not be all") == {"medicines"}
    assert marked(page, "Other places are not included") == set()
    assert "Note from Alice Moreno: Ask me about this" in page
    # That something is held back is not known, so it is not said.
    assert "held back" not in page and "hold records back" not in page


def test_what_the_sharing_service_tells_is_told_over_all_sources(clinic: Clinic) -> None:
    clinic.auth.tells = {
        CEDAR: {"heart_uma_incomplete": ["conditions", "nonsense", 7]},
        HOME: {"heart_uma_incomplete": ["vitals"], "heart_uma_other_places": ["medicines"]},
    }
    page = opened(clinic)
    words = re.sub(r"<[^>]+>", "", page)
    assert "may not be all of it: Conditions, Vital signs." in words
    assert "Other places are not included for these kinds: Medicines." in words
    assert "nonsense" not in page
    assert marked(page, "May not be all") == {"conditions", "vitals"}
    assert marked(page, "Other places are not included") == {"medicines"}
    assert "There may be other medicines." in page
    one = clinic.get(f"/chart/{clinic.pointer()}/medicines").text
    assert marked(one, "Other places are not included") == {"medicines"}
    assert "Conditions, Vital signs" not in one


def test_what_was_told_is_kept_with_the_key_until_another_key_comes(clinic: Clinic) -> None:
    clinic.auth.tells = {CEDAR: {"heart_uma_incomplete": ["conditions"]}}
    opened(clinic)
    address, trades = f"/chart/{clinic.pointer()}", len(clinic.auth.trades)
    assert marked(clinic.get(address).text, "May not be all") == {"conditions"}
    # A refresh tells nothing, so what was said stands.
    clinic.clock.advance(minutes=6)
    assert marked(clinic.get(address).text, "May not be all") == {"conditions"}
    assert len(clinic.auth.trades) == trades and clinic.auth.refreshes
    clinic.auth.tells = {}
    page = clinic.send(clinic.get(address).text, to="/chart/").text
    assert "records from 3 sources" in page
    assert marked(page, "May not be all") == set()


@pytest.mark.fault("6.2")
def test_the_end_of_access_is_shown(clinic: Clinic) -> None:
    end = int(clinic.clock().timestamp()) + 40 * 86_400
    words = moment(end)
    clinic.auth.tells = {CEDAR: {"heart_uma_until": end}}
    assert f"Access at {clinic.sources[CEDAR].name} until {words}." in opened(clinic)
    # It stands for as long as the key that it came with.
    clinic.clock.advance(minutes=6)
    assert words in clinic.get(f"/chart/{clinic.pointer()}").text


def test_a_refresh_brings_the_end_that_was_moved_closer(clinic: Clinic) -> None:
    end = int(clinic.clock().timestamp()) + 40 * 86_400
    clinic.auth.tells = {base: {"heart_uma_until": end} for base in clinic.sources}
    assert f"Access until {day_of(end)}" in opened(clinic)
    sooner = end - 30 * 86_400
    clinic.auth.tells_at_refresh = {base: {"heart_uma_until": sooner} for base in clinic.sources}
    clinic.clock.advance(minutes=6)
    page = clinic.get(f"/chart/{clinic.pointer()}").text
    assert f"Access until {day_of(sooner)}" in page and day_of(end) not in page


@pytest.mark.fault("6.2")
def test_one_end_for_all_sources_is_said_once(clinic: Clinic) -> None:
    end = int(clinic.clock().timestamp()) + 40 * 86_400
    clinic.auth.tells = {base: {"heart_uma_until": end} for base in clinic.sources}
    assert f"Access ends {moment(end)}." in opened(clinic)


@pytest.mark.parametrize("value", [None, 0, -1, True, "soon", 1e12, 10**15, [1]])
def test_an_end_that_is_no_moment_is_passed_over(clinic: Clinic, value: Any) -> None:
    clinic.auth.tells = {CEDAR: {"heart_uma_until": value}}
    assert "Access ends" not in opened(clinic)


def test_what_an_answered_ask_tells_is_kept_with_its_key(clinic: Clinic) -> None:
    clinic.auth.upgrades = True
    clinic.share("priya", {"about"})
    clinic.sign_in()
    clinic.open_alice(CEDAR, purpose="TREAT")
    clinic.auth.tells = {CEDAR: {"heart_uma_other_places": ["conditions", "medicines"]}}
    clinic.share("priya")
    clinic.auth.answers["*"] = "yes"
    clinic.ask()
    trades = len(clinic.auth.trades)
    page = clinic.get(f"/chart/{clinic.pointer()}").text
    assert len(clinic.auth.trades) == trades, "the key of the ask opens the chart"
    assert marked(page, "Other places are not included") >= {"conditions", "medicines"}


@pytest.mark.parametrize("told", [None, suppressed([]), suppressed([], "Call me")])
def test_without_kinds_the_line_is_neutral(clinic: Clinic, told: dict[str, Any] | None) -> None:
    clinic.sources[CEDAR].held = told
    page = opened(clinic)
    assert ("Note from Alice Moreno: Call me" in page) == ("Call me" in str(told))
    assert "Do not assume a list is complete" in page
    assert "may not be all" not in page and "Other places" not in page


def test_kinds_that_are_not_shared_offer_to_ask(clinic: Clinic) -> None:
    page = opened(clinic, {"conditions"})
    assert "That does not mean there is nothing" in page
    assert "kind=allergies" in page


def test_one_source_down_is_said_and_the_rest_is_shown(clinic: Clinic) -> None:
    opened(clinic)
    clinic.sources[HOME].down = True
    page = clinic.get(f"/chart/{clinic.pointer()}").text
    assert "Not loaded: Home devices does not answer." in page
    assert "Metformin" in page and "from 2 sources" in page


def test_all_sources_stopped_shows_no_record_data(clinic: Clinic) -> None:
    opened(clinic)
    clinic.auth.shares.clear()
    answer = clinic.get(f"/chart/{clinic.pointer()}")
    assert "Your access ended" in answer.text
    assert "Metformin" not in answer.text and "1979" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_records_of_two_people_are_never_shown_without_a_warning(clinic: Clinic) -> None:
    clinic.sources[HOME].includes = [alice.patient("Rosa Moreno", "1948-01-02")]
    page = opened(clinic)
    assert "These sources speak of different people" in page
    assert "Rosa Moreno" in page


def test_pages_of_a_bundle_are_followed_to_the_end(clinic: Clinic) -> None:
    clinic.sources[HOME].page_size = 25
    page = opened(clinic)
    expected = sum(len(source.entries) for source in clinic.sources.values())
    assert f"{expected} records from 3 sources" in page


def test_a_next_link_that_leaves_the_record_is_refused(clinic: Clinic) -> None:
    clinic.sources[HOME].page_size = 25
    clinic.sources[HOME].base = "http://localhost:8406/fhir/r/other"
    clinic.auth.shares[("priya", "http://localhost:8406/fhir/r/other")] = set(ALL_KINDS)
    clinic.share("priya")
    page = opened(clinic)
    assert "Heart rate" not in page and "can not read" in page
    assert not any("/r/other" in str(call.url) for call in clinic.calls)


def test_text_is_shown_as_text_and_other_files_are_handed_over(clinic: Clinic) -> None:
    clinic.sources[CEDAR].entries.append(
        (
            "documents",
            {
                "resourceType": "DocumentReference",
                "id": "bad",
                "status": "current",
                "description": "<script>alert(1)</script>",
                "content": [{"attachment": {"contentType": "text/html", "data": "PGI+"}}],
            },
        )
    )
    page = opened(clinic)
    assert "Seen today." in page and "<script>alert" not in page
    link = re.search(r'href="(/chart/[^"]*/file/[^"]*/bad/0)"', page)
    assert link
    answer = clinic.browser.get(link[1])
    assert answer.data == b"<b>"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_file_kept_outside_the_record_is_not_fetched(clinic: Clinic) -> None:
    clinic.sources[HARBOR].entries.append(
        (
            "documents",
            {
                "resourceType": "DocumentReference",
                "id": "away",
                "status": "current",
                "content": [
                    {
                        "attachment": {
                            "contentType": "application/pdf",
                            "url": "http://localhost:8400/x",
                        }
                    }
                ],
            },
        )
    )
    opened(clinic)
    before = len(clinic.calls)
    answer = clinic.get(f"/chart/{clinic.pointer()}/file/1/DocumentReference/away/0")
    assert answer.status_code == 404
    assert all(":8405" in str(call.url) for call in clinic.calls[before:])


@pytest.mark.parametrize("path", ["/chart/unknown", "/chart/unknown/vitals", "/ask/unknown"])
def test_unknown_pointers_are_plain_404(clinic: Clinic, path: str) -> None:
    clinic.sign_in()
    answer = clinic.get(path)
    assert answer.status_code == 404 and "We can not find that page" in answer.text


def test_all_times_are_in_one_zone_which_is_told_once(clock: Clock, tmp_path: Path) -> None:
    clinic = Clinic(clock, tmp_path, {"time_zone": "America/Los_Angeles"})
    zone = ZoneInfo("America/Los_Angeles")
    # Half past six in the evening there is the next day in UTC.
    clock.now = datetime(2026, 1, 16, 2, 30, tzinfo=UTC)
    end = int(clock().timestamp()) + 10 * 86_400
    clinic.auth.tells = {base: {"heart_uma_until": end} for base in clinic.sources}
    page = opened(clinic)
    assert page.count("Dates and times are in America/Los Angeles.") == 1
    assert "Loaded 15 Jan 2026, 18:30 PST." in page
    assert f"Access until {day_of(end, zone)}" in page and "UTC" not in page
