"""Which kinds a party may be told are incomplete: a function of the share's shape alone."""

from __future__ import annotations

from typing import Any

import pytest

from as_server.policy.incomplete import incomplete_kinds, missing_at, readable_kinds
from as_server.policy.model import Entry, RequestedResource
from heart_uma.resources import Limits
from heart_uma.topics import label_scopes
from tests.as_server.policy.shorthand import resource

EVERY = frozenset(label_scopes())
CONDITION = resource()
FAMILY = resource("FamilyMemberHistory", "conditions")
ALLERGY = resource("AllergyIntolerance")
RESULTS, VITALS = resource("Observation", "results"), resource("Observation", "vitals")
RECORD = (CONDITION, FAMILY, ALLERGY, RESULTS, VITALS)


def entry(of: RequestedResource, labels: frozenset[str] = EVERY, **more: Any) -> Entry:
    scopes = labels | {f"patient/{of.fhir_type}.read"}
    return Entry(of.resource_id, scopes, more.pop("policy", "a"), **more)


def whole(*of: RequestedResource) -> list[Entry]:
    return [entry(each) for each in of]


def test_a_share_that_leaves_nothing_out_is_complete() -> None:
    assert incomplete_kinds(whole(*RECORD), RECORD) == set()
    assert readable_kinds(whole(*RECORD), RECORD) == {
        "conditions", "allergies", "results", "vitals",
    }  # fmt: skip


@pytest.mark.parametrize("scope", sorted(EVERY - {"conf/N", "conf/R"}))
def test_each_topic_that_is_not_lifted_leaves_its_kind_incomplete(scope: str) -> None:
    entries = [entry(CONDITION, EVERY - {scope}), *whole(FAMILY, ALLERGY)]
    assert incomplete_kinds(entries, RECORD[:3]) == {"conditions"}


def test_marked_secret_reaches_marked_private() -> None:
    assert incomplete_kinds([entry(ALLERGY, EVERY - {"conf/R"})], [ALLERGY]) == set()
    assert incomplete_kinds([entry(ALLERGY, EVERY - {"conf/V"})], [ALLERGY]) == {"allergies"}


def test_only_topics_that_are_offered_count() -> None:
    plain = ALLERGY._replace(registered=frozenset({"patient/AllergyIntolerance.read"}))
    assert incomplete_kinds([entry(plain, frozenset())], [plain]) == set()


@pytest.mark.parametrize(
    ("limits", "incomplete"),
    [
        (Limits(), False),
        (Limits(also=frozenset({"AllergyIntolerance/x"})), False),
        (Limits(only=frozenset({"AllergyIntolerance/x"})), True),
        (Limits(only=frozenset()), True),
        (Limits(except_=frozenset({"AllergyIntolerance/x"})), True),
        (Limits(since="2020-01-01"), True),
        (Limits(until="2030-01-01"), True),
    ],
)
def test_limits_leave_out_what_they_leave_out(limits: Limits, incomplete: bool) -> None:
    found = incomplete_kinds([entry(ALLERGY, limits=limits)], [ALLERGY])
    assert found == ({"allergies"} if incomplete else set())


def test_a_type_that_is_not_given_leaves_its_kind_incomplete() -> None:
    for given in (CONDITION, FAMILY):
        assert incomplete_kinds(whole(given), RECORD) == {"conditions"}
    assert incomplete_kinds(whole(RESULTS), RECORD) == {"results"}
    assert incomplete_kinds(whole(VITALS), RECORD) == {"vitals"}


def test_alternatives_are_not_added_up() -> None:
    half = frozenset(sorted(EVERY)[:12])
    assert incomplete_kinds(
        [entry(ALLERGY, half), entry(ALLERGY, EVERY - half, policy="b")], [ALLERGY]
    ) == {"allergies"}
    assert incomplete_kinds([entry(ALLERGY, half), entry(ALLERGY, policy="b")], [ALLERGY]) == set()


def test_writing_alone_gives_no_kind() -> None:
    writes = Entry(ALLERGY.resource_id, EVERY | {"patient/AllergyIntolerance.write"}, "a")
    assert readable_kinds([writes], RECORD) == set()
    assert incomplete_kinds([writes], RECORD) == set()


def test_each_record_counts_by_itself() -> None:
    other = ALLERGY._replace(resource_id="there", record="https://rs.test/fhir/r/other")
    both = [*whole(ALLERGY), entry(other, EVERY, limits=Limits(since="2020-01-01"))]
    assert incomplete_kinds(both, [ALLERGY, other]) == {"allergies"}


def test_a_kind_is_missing_where_one_record_gives_none_of_it() -> None:
    other = ALLERGY._replace(resource_id="there", record="https://rs.test/fhir/r/other")
    kinds = ["allergies", "conditions"]
    assert missing_at(kinds, whole(CONDITION, FAMILY, ALLERGY), RECORD) == set()
    assert missing_at(kinds, whole(CONDITION), RECORD) == {"allergies"}
    # Of the second record nothing is registered but allergies: that tells nothing of conditions.
    both = [*whole(CONDITION, ALLERGY), entry(other)]
    assert missing_at(kinds, both, [*RECORD, other]) == {"conditions"}
    assert missing_at(kinds, [], []) == set()
