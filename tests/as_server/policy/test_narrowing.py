"""Taking away: intersections, unions, and which changes can narrow."""

from dataclasses import replace
from datetime import timedelta

import pytest

from as_server.policy.explain import outcome, sentences
from as_server.policy.model import Entry, Granted, NeedInfo, Reason, RequestDenied, RequestSubmitted
from as_server.policy.narrowing import (
    can_narrow,
    entry_from_json,
    entry_to_json,
    intersect,
    unite,
)
from heart_uma.resources import Limits
from tests.as_server.policy.shorthand import NOW, rule, url

READ = frozenset({"patient/Condition.read", "conf/N"})
A, B = frozenset({"Condition/a"}), frozenset({"Condition/b"})


def entry(limits=None, scopes=READ, policy="p", resource="r", exp=None) -> Entry:
    return Entry(resource, scopes, policy, limits, exp)


@pytest.mark.parametrize(
    ("issued", "now", "left"),
    [
        (None, None, None),
        (None, Limits(A, A), Limits(A)),
        (Limits(A, A), None, Limits(A)),
        (Limits(A | B, A | B), Limits(A, A), Limits(A, A)),
        (Limits(A, A), Limits(B, B), "gone"),
        (Limits(also=A), Limits(also=A | B), Limits(also=A)),
        (Limits(also=A), None, None),
        (Limits(except_=A), Limits(except_=B), Limits(except_=A | B)),
        (Limits(except_=A), None, Limits(except_=A)),
        (Limits(since="2020-01-01"), Limits(since="2021-01-01"), Limits(since="2021-01-01")),
        (Limits(until="2020-01-01"), Limits(until="2021-01-01"), Limits(until="2020-01-01")),
        (Limits(A, A), Limits(also=A, since="2020-01-01"), Limits(A, A, since="2020-01-01")),
    ],
)
def test_limits_become_the_narrower_of_both(issued, now, left) -> None:
    found = intersect([entry(issued)], [entry(now)])
    assert found == (() if left == "gone" else (entry(left),))


def test_scopes_ends_and_identities() -> None:
    wide = READ | {"sens/PSY"}
    assert intersect([entry(scopes=wide)], [entry()]) == (entry(),)
    assert intersect([entry()], [entry(scopes=wide)]) == (entry(),)
    assert intersect([entry()], [entry(scopes=frozenset({"conf/N"}))]) == ()
    empty = entry(scopes=frozenset())
    assert intersect([empty], [empty]) == (empty,)
    assert intersect([entry(exp=5)], [entry(exp=3)]) == (entry(exp=3),)
    assert intersect([entry(exp=5)], [entry()]) == (entry(exp=5),)
    assert intersect([entry()], [entry(policy="q")]) == ()
    assert intersect([entry()], [entry(resource="s")]) == ()


def test_a_union_keeps_policies_apart_and_the_newer_limits() -> None:
    old, new = entry(Limits(A, A)), entry(Limits(B, B), READ | {"sens/PSY"})
    other = entry(policy="q")
    assert unite([old, other], [new]) == (new, other)
    assert unite([], [old]) == (old,)


def test_entries_are_stored_and_read_back() -> None:
    for one in (entry(), entry(Limits(A, A, B, "2020-01-01", "2021-01-01"), exp=9)):
        assert entry_from_json(entry_to_json(one)) == one


PERMIT = rule(
    "p",
    kinds=["conditions"],
    topics=["PSY"],
    include=(url("Condition/a"),),
    exclude=(url("Condition/b"),),
    since="2020-01-01",
    until="2025-01-01",
    write=True,
    why=("HRESCH", "TREAT"),
    start=NOW,
    end=NOW + timedelta(days=9),
)


def what(**changes):
    return replace(PERMIT, what=replace(PERMIT.what, **changes))


@pytest.mark.parametrize(
    ("after", "narrows"),
    [
        (PERMIT, False),
        (replace(PERMIT, version=9), False),
        (None, True),
        (replace(PERMIT, state="ended"), True),
        (replace(PERMIT, state="paused"), True),
        (replace(PERMIT, state="draft"), True),
        (replace(PERMIT, ask_me=True), True),
        (replace(PERMIT, effect="deny"), True),
        (replace(PERMIT, who=rule("x", "anyone").who), True),
        (replace(PERMIT, why=("TREAT",)), True),
        (replace(PERMIT, why=("HRESCH", "TREAT", "HPAYMT")), False),
        (replace(PERMIT, why=()), False),
        (replace(PERMIT, say_why=True), True),
        (replace(PERMIT, when=replace(PERMIT.when, end=NOW)), True),
        (replace(PERMIT, when=replace(PERMIT.when, end=None)), False),
        (replace(PERMIT, when=replace(PERMIT.when, start=NOW + timedelta(days=1))), True),
        (replace(PERMIT, when=replace(PERMIT.when, start=None)), False),
        (replace(PERMIT, tell=replace(PERMIT.tell, note="x")), True),
        (replace(PERMIT, label=replace(PERMIT.label, name="x")), False),
        (what(kinds=frozenset()), True),
        (what(kinds=frozenset(), everything=True), True),
        (what(everything=True), False),
        (what(kinds=frozenset({"conditions", "bills"})), False),
        (what(topics=frozenset()), True),
        (what(include=()), True),
        (what(exclude=()), False),
        (what(exclude=(url("Condition/b"), url("Condition/c"))), True),
        (what(since="2021-01-01"), True),
        (what(since=None), False),
        (what(until="2024-01-01"), True),
        (what(until=None), False),
        (what(write=False), True),
    ],
)
def test_which_changes_of_a_permit_can_narrow(after, narrows: bool) -> None:
    assert can_narrow(PERMIT, after) is narrows


@pytest.mark.parametrize("members", [{"effect": "deny"}, {"ask_me": True}])
def test_what_withholds_counts_whenever_it_is_in_force(members) -> None:
    withholds = rule("d", everything=True, **members)
    assert can_narrow(None, withholds)
    assert can_narrow(withholds, replace(withholds, state="ended"))
    draft = replace(withholds, state="draft")
    assert not can_narrow(None, draft)
    assert not can_narrow(draft, replace(draft, version=2))


def test_coming_back_takes_nothing() -> None:
    assert not can_narrow(None, PERMIT)
    assert not can_narrow(replace(PERMIT, state="paused"), PERMIT)
    assert not can_narrow(replace(PERMIT, state="ended"), PERMIT)
    emergencies = rule("e", everything=True, why=("BTG",))
    assert can_narrow(emergencies, replace(emergencies, why=()))
    assert can_narrow(rule("e", everything=True), emergencies)


def test_every_outcome_is_explained() -> None:
    granted = Granted(
        (), (Reason("permit", "p"), Reason("deny", "d", "bills"), Reason("permit", "q"))
    )
    assert sentences(granted) == ["A sharing rule allows this.", "Bills: a sharing rule says no."]
    need = NeedInfo(("organization", "role"))
    assert sentences(need) == ["A sharing rule needs to know your organization, your role."]
    asked, denied = RequestSubmitted(Reason("ask_me")), RequestDenied(Reason("default_deny"))
    assert sentences(asked) == ["The owner wants to be asked first."]
    assert sentences(denied) == ["No sharing rule allows this."]
    assert [outcome(o) for o in (granted, need, asked, denied)] == [
        "issued", "need_info", "asked", "denied",
    ]  # fmt: skip
