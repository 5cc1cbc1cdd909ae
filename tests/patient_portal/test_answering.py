"""An answer is never more than the question: kinds, topics, time."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from heart_uma.kinds import KINDS
from heart_uma.topics import TOPICS
from patient_portal.policies import answering
from patient_portal.policies.sharing_request import SharingRequest
from tests.patient_portal import fakes

ASKED = SharingRequest.model_validate(fakes.asked_by_priya())
KEYS = [key for key, _name in KINDS]
CODES = [topic.code for topic in TOPICS]


def test_an_empty_form_is_a_problem_and_nothing_is_chosen() -> None:
    assert answering.problems({}, ASKED, 280) == {"answer": "Choose your answer"}
    assert answering.form_of(None, ASKED) == {}


def test_yes_to_some_needs_a_kind_that_was_asked_for() -> None:
    form = {"answer": ["some"], "kind": ["documents"]}
    assert "kind" in answering.problems(form, ASKED, 280)


def test_yes_to_all_never_includes_a_private_topic_by_itself() -> None:
    begun = answering.draft_of(ASKED, {"answer": ["all"]}, fakes.NOW)
    assert begun.what.kinds == ASKED.kinds
    assert begun.what.topics == ()
    assert not begun.what.everything


@given(
    st.sampled_from(["all", "some"]),
    st.lists(st.sampled_from(KEYS)),
    st.lists(st.sampled_from(CODES)),
    st.sampled_from(["visit", "month", "half", "year", "open", "asked", "", "forever"]),
)
def test_no_form_gives_more_than_was_asked(
    answer: str, kinds: list[str], topics: list[str], length: str
) -> None:
    form = {"answer": [answer], "kind": kinds, "topic": topics, "length": [length]}
    begun = answering.draft_of(ASKED, form, fakes.NOW)
    assert set(begun.what.kinds) <= set(ASKED.kinds)
    assert set(begun.what.topics) <= set(ASKED.topics)
    assert begun.when.until is not None
    assert ASKED.requested_until is not None
    assert begun.when.until <= ASKED.requested_until
    assert begun.who.person == ASKED.who.key


def test_longer_than_asked_is_not_offered() -> None:
    keys = [key for key, _w in answering.lengths(ASKED, fakes.NOW, ZoneInfo("UTC"))]
    assert keys == ["asked", "visit", "month"]


def test_without_an_end_every_length_is_offered() -> None:
    free = ASKED.model_copy(update={"requested_until": None})
    keys = [key for key, _w in answering.lengths(free, fakes.NOW, ZoneInfo("UTC"))]
    assert keys == ["visit", "month", "half", "year", "open"]
    begun = answering.draft_of(free, {"answer": ["all"], "length": ["month"]}, fakes.NOW)
    assert begun.when.until == fakes.NOW + timedelta(days=30)


def test_a_draft_comes_back_as_the_answers_it_was_made_of() -> None:
    form = {"answer": ["some"], "kind": ["vitals"], "topic": ["PSY"], "note": ["Hello"]}
    begun = answering.draft_of(ASKED, form, fakes.NOW)
    assert answering.form_of(begun, ASKED) == form


def test_the_share_of_an_answer_has_one_id() -> None:
    begun = answering.draft_of(ASKED, {"answer": ["all"]}, fakes.NOW)
    share = answering.share_of(begun, ASKED)
    assert share.state == "on"
    assert share.id == answering.share_of(begun, ASKED).id != begun.id
