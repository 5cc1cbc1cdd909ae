"""Who looked: kinds of looks are told apart, visits are one line, the file is harmless."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest

from patient_portal.policies import look, look_entries, looks, outcomes, spreadsheet
from tests.patient_portal.fakes import NOW


def _entry(minutes: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "at": (NOW + timedelta(minutes=minutes)).isoformat(),
        "who": {"name": "Dr. Bob Chen", "role": "Family doctor", "organization": "Cedar"},
        "client": {"name": "Clinic app"},
        "actor": "person",
        "what": {"interaction": "search", "kinds": ["vitals"], "count": 2},
        "why": "TREAT",
        "reason": None,
        "policy": "p1",
        "outcome": "shown",
        **more,
    }


def _look(minutes: int = 0, **more: Any) -> look.Look:
    found = look_entries.read("Cedar", _entry(minutes, **more))
    assert found
    return found


@pytest.mark.parametrize(
    ("entry", "outcome"),
    [
        ({}, outcomes.PERSON),
        ({"actor": "system"}, outcomes.SYSTEM),
        ({"outcome": "turned_away"}, outcomes.DENIED),
        ({"actor": "system", "outcome": "turned_away"}, outcomes.DENIED),
        ({"outcome": "something new"}, outcomes.DENIED),
        ({"outcome": "counted"}, outcomes.PERSON),
        ({"outcome": "confirmed"}, outcomes.PERSON),
        ({"outcome": "refused"}, "refused"),
        ({"actor": "system", "outcome": "refused"}, "refused"),
        ({"actor": "owner"}, outcomes.OWN),
    ],
)
def test_a_person_a_system_and_a_refusal_are_told_apart(
    entry: dict[str, Any], outcome: str
) -> None:
    assert _look(**entry).outcome == outcome


def test_an_entry_without_a_time_is_left_out() -> None:
    assert look_entries.read("Cedar", {"at": "noon"}) is None


def test_calls_of_one_visit_are_one_line() -> None:
    many = [
        _look(n, what={"kinds": [kind], "count": 1}) for n, kind in ((0, "vitals"), (8, "results"))
    ]
    visit = looks.visits(reversed(many))
    assert len(visit) == 1
    assert visit[0].kinds == ("vitals", "results")
    assert (visit[0].calls, visit[0].count) == (2, 2)
    assert (visit[0].at, visit[0].until) == (many[0].at, many[1].at)


def test_a_refusal_in_a_visit_stays_its_own_line() -> None:
    assert len(looks.visits([_look(0), _look(1, outcome="turned_away")])) == 2


@pytest.mark.fault("B6")
def test_a_count_is_told_as_one_and_stays_its_own_line() -> None:
    counted = _look(0, outcome="counted", what={"kinds": ["vitals"], "count": 3})
    assert (counted.count, counted.told, counted.manner) == (0, 3, outcomes.COUNTED)
    more = _look(2, outcome="counted", what={"kinds": ["results"], "count": 0})
    found = looks.visits([counted, _look(1), more])
    assert [(one.count, one.told) for one in found] == [(0, 3), (2, 0)]


def test_a_later_visit_is_another_line_and_comes_first() -> None:
    found = looks.visits([_look(0), _look(60)])
    assert [one.at for one in found] == [NOW + timedelta(minutes=60), NOW]


def test_her_own_looks_are_left_out_unless_asked_for() -> None:
    many = [_look(), _look(actor="owner")]
    assert len(looks.chosen(many)) == 1
    assert looks.chosen(many, outcome=outcomes.OWN)[0].outcome == outcomes.OWN


def test_filters_join() -> None:
    many = [_look(), _look(who={"name": "Vic"}), _look(what={"kinds": ["bills"]})]
    assert len(looks.chosen(many, who="Dr. Bob Chen", kind="vitals")) == 1
    assert looks.chosen(many, since=date(2030, 1, 1)) == []
    assert looks.chosen(many, until=date(2020, 1, 1)) == []


def test_weeks_without_a_look_are_there() -> None:
    weeks = looks.by_week([_look(), _look(actor="system")], NOW.date())
    assert len(weeks) == 8
    assert [count for _start, count in weeks] == [0] * 7 + [1]


@pytest.mark.parametrize("cell", ["=cmd()", "+1", "-1", "@x", "\t=1", "  =1", "\r=1", "|x", "%x"])
def test_a_cell_never_starts_a_formula(cell: str) -> None:
    text = spreadsheet.as_csv(["Who"], [[cell]])
    assert list(csv.reader(io.StringIO(text)))[1][0].startswith("'")


def test_plain_cells_are_left_alone() -> None:
    assert "Dr. Bob Chen" in spreadsheet.as_csv(["Who"], [["Dr. Bob Chen"]])


BOTH, HALF = {"kinds": ["vitals", "results"], "count": 140}, {"kinds": ["results"], "count": 60}


@pytest.mark.fault("C13")
@pytest.mark.parametrize(
    ("calls", "count", "times", "exact"),
    [
        ([BOTH, BOTH, BOTH, BOTH], 140, 4, True),
        ([BOTH, HALF], 140, 2, True),
        ([HALF, {"kinds": ["vitals"], "count": 80}], 140, 2, True),
        ([HALF, {"kinds": ["results"], "count": 30}], 60, 2, False),
        ([HALF, {"kinds": ["results", "bills"], "count": 90}, BOTH], 140, 3, False),
    ],
)
def test_what_is_opened_again_is_not_more_records(
    calls: list[dict[str, Any]], count: int, times: int, exact: bool
) -> None:
    (visit,) = looks.visits(_look(n, what=what) for n, what in enumerate(calls))
    assert (visit.count, visit.times, visit.is_exact) == (count, times, exact)


@pytest.mark.fault("C13")
@pytest.mark.parametrize("event", outcomes.AT_THE_SERVICE)
def test_who_was_turned_away_at_the_service_is_a_look_that_showed_nothing(event: str) -> None:
    entry = {"event": event, "at": NOW.isoformat(), "who": {"name": "Dr. Bob Chen"}, "rs": "Cedar"}
    look = look_entries.at_the_service(entry)
    assert look is not None
    assert (look.who, look.outcome, look.manner) == ("Dr. Bob Chen", outcomes.DENIED, event)
    assert (look.count, look.clinic, look.at) == (0, "Cedar", NOW)
    assert look_entries.at_the_service({**entry, "event": "issued"}) is None
    assert look_entries.at_the_service({**entry, "who": None}) is None
    assert look_entries.at_the_service({**entry, "at": "noon"}) is None


def test_weeks_count_what_the_list_shows() -> None:
    many = [_look(), _look(outcome="turned_away"), _look(1, outcome="turned_away")]
    assert looks.by_week(many, NOW.date(), outcome=outcomes.DENIED)[-1][1] == 2
