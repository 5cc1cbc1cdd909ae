"""A share of some places only: kinds there alone, a named record wherever it is; nothing widens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from as_server.policy.assessment import assess
from as_server.policy.explain import policy_sentence
from as_server.policy.members import PolicyError
from as_server.policy.model import Granted, NeedInfo
from as_server.policy.narrowing import can_narrow, intersect
from as_server.policy.wire import from_wire, to_wire
from tests.as_server.policy.shorthand import NOW, RECORD, ask, granted, resource, rule, url

ELSEWHERE = "https://other.test/fhir/r/abcdefghijklmnopqrstuv"
HERE = resource()
THERE = resource()._replace(resource_id="there", record=ELSEWHERE)
EVERY = rule("p", kinds=["conditions"])


def _at(*places: str, **members: Any) -> Any:
    return rule("p", **{"kinds": ["conditions"], "places": frozenset(places), **members})


@pytest.mark.parametrize(
    ("places", "reached"),
    [((), {HERE, THERE}), ((RECORD,), {HERE}), ((ELSEWHERE,), {THERE}), ((url("x"),), set())],
)
def test_kinds_are_given_at_these_places_alone(places: tuple[str, ...], reached: set[Any]) -> None:
    for what in ({}, {"kinds": [], "everything": True}):
        given = granted(ask(HERE, THERE), _at(*places, **what))
        assert {resource_id for resource_id, _policy in given} == {r.resource_id for r in reached}


def test_a_record_that_is_named_is_given_wherever_it_is_and_nothing_beside_it() -> None:
    permit = _at(ELSEWHERE, include=(url("Condition/a"),))
    found = assess(ask(HERE), [permit], NOW)
    assert isinstance(found, Granted)
    (entry,) = found.entries
    assert entry.limits is not None
    assert entry.limits.only == {"Condition/a"}


def test_another_rule_goes_on_counting_at_the_other_places() -> None:
    other = replace(EVERY, id="q")
    assert set(granted(ask(HERE, THERE), _at(ELSEWHERE), other)) == {
        (HERE.resource_id, "q"),
        (THERE.resource_id, "p"),
        (THERE.resource_id, "q"),
    }


def test_nobody_is_asked_who_they_are_for_a_place_that_is_left_out() -> None:
    by_role = _at(ELSEWHERE).who
    assert by_role == EVERY.who
    role = rule("r", "role", kinds=["conditions"], places=frozenset({ELSEWHERE}))
    assert not isinstance(assess(ask(HERE, party=None), [role], NOW), NeedInfo)
    assert isinstance(assess(ask(THERE, party=None), [role], NOW), NeedInfo)


@pytest.mark.parametrize(
    ("before", "after", "narrows"),
    [
        ((), (RECORD,), True),
        ((RECORD,), (), False),
        ((RECORD,), (RECORD, ELSEWHERE), False),
        ((RECORD, ELSEWHERE), (RECORD,), True),
        ((RECORD,), (ELSEWHERE,), True),
    ],
)
def test_a_place_less_can_narrow_and_takes_away_what_was_issued(
    before: tuple[str, ...], after: tuple[str, ...], narrows: bool
) -> None:
    assert can_narrow(_at(*before), _at(*after)) is narrows
    issued = assess(ask(HERE, THERE), [_at(*before)], NOW)
    today = assess(ask(HERE, THERE), [_at(*after)], NOW)
    assert isinstance(issued, Granted)
    assert isinstance(today, Granted)
    left = {entry.resource_id for entry in intersect(issued.entries, today.entries)}
    kept = {entry.resource_id for entry in issued.entries}
    assert (left < kept) is narrows


def test_there_and_back_and_a_rule_without_places_is_written_as_it_always_was() -> None:
    wire = to_wire(_at(RECORD, ELSEWHERE)) | {"id": "p" * 22}
    assert wire["what"]["places"] == sorted((RECORD, ELSEWHERE))
    assert to_wire(from_wire(wire)) == wire
    assert "places" not in to_wire(EVERY)["what"]
    assert "from 2 of the places only" in policy_sentence(_at(RECORD, ELSEWHERE))


@pytest.mark.parametrize(
    "places",
    ["x", [1], ["cedar"], ["ftp://a.test/r/x"], ["https://a.test"], ["https://a.test/r?x=1"]],
)
def test_what_is_no_place_is_refused(places: Any) -> None:
    wire = to_wire(EVERY) | {"id": "p" * 22}
    wire["what"] = {**wire["what"], "places": places}
    with pytest.raises(PolicyError, match=r"what\.places"):
        from_wire(wire)


@pytest.mark.parametrize("member", [{"effect": "deny"}, {"ask_me": True}])
def test_places_belong_to_a_permit_that_shares(member: dict[str, Any]) -> None:
    wire = to_wire(_at(RECORD)) | {"id": "p" * 22} | member
    with pytest.raises(PolicyError, match=r"what\.places"):
        from_wire(wire)
