"""One state per source, and on every page the sentence that is true of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import get_args

import pytest
from sqlalchemy import update

from requester_app.answers import Answer
from requester_app.db import writing
from requester_app.models.ask import WAITING, AskedRecord
from requester_app.reading.after_a_look import state_of
from requester_app.reading.page_state import TAGS, closed_as, first_tag
from requester_app.reading.source_state import (
    NOT_LOADED,
    SENTENCES,
    SERVICE_SILENT,
    SourceState,
    State,
)
from tests.requester_app.clinic import ALL_KINDS, CEDAR, HARBOR, HOME, Clinic

CLAIMS = re.compile(
    r"nothing (is )?shared|not shared|are shared with you|access ended|is paused|Ended or paused|"
    r"No access|Ask for (this|more)|said no",
    re.IGNORECASE,
)
"""What an outage never shows."""


def break_source(name: str) -> Callable[[Clinic, str], None]:
    return lambda clinic, base: setattr(clinic.sources[base], name, True)


OUTAGES: dict[str, tuple[Callable[[Clinic, str], None], str]] = {
    "source": (break_source("down"), "{0} does not answer"),
    "unreadable": (break_source("garbled"), "{0} sent an answer that this app can not read"),
    "service": (break_source("silent_service"), "the sharing service of {0} does not answer"),
}


def opened(clinic: Clinic, kinds: set[str] | None = None) -> str:
    clinic.share("priya", kinds)
    clinic.sign_in()
    clinic.open_alice(purpose="TREAT")
    return f"/chart/{clinic.pointer()}"


def words(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1].split("</main>", 1)[0])


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("page", ["", "/allergies", "/vitals", "/plans"])
def test_an_outage_of_one_source_is_no_word_on_what_is_shared(
    clinic: Clinic, outage: str, page: str
) -> None:
    address = opened(clinic)
    fault, sentence = OUTAGES[outage]
    fault(clinic, CEDAR)
    said = words(clinic.get(address + page).text)
    assert f"Not loaded: {sentence.format('Cedar Valley Family Practice')}" in said
    assert "Try again" in said and "You saw its records last on" in said
    assert not CLAIMS.search(said), CLAIMS.search(said)
    setattr(clinic.sources[CEDAR], {"source": "down", "unreadable": "garbled"}.get(
        outage, "silent_service"), False)  # fmt: skip
    assert "Not loaded" not in clinic.get(address + page).text


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("minutes", [1, 6])
def test_an_outage_of_all_sources_ends_nothing(clinic: Clinic, outage: str, minutes: int) -> None:
    address = opened(clinic)
    for base in clinic.sources:
        OUTAGES[outage][0](clinic, base)
    clinic.clock.advance(minutes=minutes)
    for page in ("", "/conditions"):
        said = words(clinic.get(address + page).text)
        assert "We can not show this record now" in said
        assert not CLAIMS.search(said), said
        assert (SERVICE_SILENT in said) == (outage == "service")
    patients = words(clinic.get("/").text)
    assert "Ended or paused" not in patients and not CLAIMS.search(patients)


def test_a_sharing_service_in_trouble_ends_nothing(clinic: Clinic) -> None:
    address = opened(clinic)
    clinic.clock.advance(minutes=6)
    clinic.auth.fails = True
    said = words(clinic.get(address).text)
    assert "sharing service of Cedar Valley Family Practice" in said
    assert not CLAIMS.search(said), said
    clinic.auth.fails = False
    assert "records from 3 sources" in words(clinic.get(address).text)


def test_while_one_source_is_missing_no_heading_looks_whole(clinic: Clinic) -> None:
    address = opened(clinic)
    clinic.sources[HOME].down = True
    page = clinic.get(address).text
    headings = re.findall(r'<h2 id="s-\w+">(.*?)</h2>', page, re.DOTALL)
    assert headings and all("Not all sources are loaded" in heading for heading in headings)


def test_a_source_that_was_never_opened_is_no_word_on_what_is_shared(clinic: Clinic) -> None:
    clinic.share("priya", {"conditions"})
    clinic.sign_in()
    clinic.open_alice(CEDAR)
    clinic.open_alice(CEDAR, HARBOR, then="ask")
    both = next(
        one
        for one in re.findall(r'/chart/([\w-]+)"', clinic.get("/").text)
        if one != clinic.pointer()
    )
    said = words(clinic.get(f"/chart/{both}/allergies").text)
    assert "has not been opened yet" in said and not CLAIMS.search(said)


def test_what_ended_and_what_is_not_shared_is_said_where_the_service_said_so(
    clinic: Clinic,
) -> None:
    address = opened(clinic)
    clinic.auth.shares.pop(("priya", HARBOR))
    said = words(clinic.get(address).text)
    assert "Harbor Counseling: your access ended or is paused." in said
    assert "Not loaded" not in said and "Nothing shared here" in words(
        clinic.get(address + "/plans").text
    )


def test_a_file_tells_an_outage_from_an_end(clinic: Clinic) -> None:
    address = opened(clinic)
    page = clinic.get(address).text
    link = re.search(r'href="(/chart/[^"]*/file/0/[^"]*)"', page)
    assert link
    clinic.sources[CEDAR].silent_service = True
    answer = clinic.get(link[1])
    assert answer.status_code == 503 and SERVICE_SILENT in answer.text
    clinic.sources[CEDAR].silent_service, clinic.sources[CEDAR].down = False, True
    answer = clinic.get(link[1])
    assert answer.status_code == 503
    assert "Cedar Valley Family Practice does not answer" in answer.text
    clinic.sources[CEDAR].down = False
    clinic.auth.shares.clear()
    assert clinic.get(link[1]).status_code == 403


def test_a_yes_to_an_earlier_request_counts_after_a_no_to_a_later(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.open_alice(then="ask")
    clinic.ask()
    first = clinic.auth.trades[-1]["ask_id"]
    clinic.ask(kind=["results"])
    later = clinic.auth.trades[-1]["ask_id"]
    clinic.auth.answers[later] = "no"
    # Both wait, as two may that were sent before one took the place of the other.
    clinic.auth.withdrawn.clear()
    with writing(clinic.app.engine) as session:
        session.execute(update(AskedRecord).values(state=WAITING))
    clinic.clock.advance(seconds=6)
    address = f"/chart/{clinic.pointer()}"
    assert "Waiting for Alice Moreno" in clinic.get(address).text
    clinic.share("priya", ALL_KINDS)
    clinic.auth.answers[first] = "yes"
    clinic.clock.advance(seconds=6)
    said = words(clinic.get(address).text)
    assert "records from 3 sources" in said and "said no" not in said


def test_each_state_has_its_words() -> None:
    states = set(get_args(State))
    assert set(SENTENCES) == states - {"open"}
    assert set(TAGS) == states - NOT_LOADED
    for state in NOT_LOADED:
        source = SourceState("Cedar Valley", state)
        assert source.sentence.startswith("Not loaded: ") and not source.is_loaded
        assert not CLAIMS.search(source.sentence)
        for other in states - {"open"}:
            assert closed_as({state, other}, "no") == "down"
        assert first_tag({state, "open"}) == TAGS["open"]


@pytest.mark.parametrize("stored", ["new", "try", "open", "waiting", "ended", "no_access", "gone"])
def test_an_answer_counts_before_what_was_known(stored: str) -> None:
    assert state_of(stored, Answer("open")) == "open"
    assert state_of(stored, Answer("down", why="service")) == "service"
    assert state_of(stored, Answer("down", why="source")) == "silent"
