"""A policy as JSON: what is taken, what is named when it is not, and back again."""

import pytest

from as_server.policy.explain import policy_sentence, told
from as_server.policy.members import PolicyError
from as_server.policy.model import Tell, WhoLevel
from as_server.policy.wire import from_wire, to_wire
from heart_uma.rfc3339 import parse_moment, print_moment
from tests.as_server.policy.shorthand import rule

ID = "abcdefghijklmnopqrstuv"
FULL = {
    "id": ID,
    "version": 3,
    "state": "paused",
    "effect": "permit",
    "ask_me": False,
    "who": {"person": "bob"},
    "what": {
        "everything": False,
        "kinds": ["conditions", "results"],
        "topics": ["GDIS", "private"],
        "records": {
            "include": ["https://rs.test/fhir/r/x/Condition/a"],
            "exclude": ["https://rs.test/fhir/r/x/Condition/b"],
        },
        "since": "2020-01-01",
        "until": "2025-12-31",
        "write": True,
    },
    "why": ["TREAT"],
    "say_why": False,
    "when": {"from": "2026-01-01T00:00:00Z", "until": "2027-05-25T00:00:00Z"},
    "paused_until": "2026-06-01T00:00:00Z",
    "tell": {"level": "kinds", "note": "Call me."},
    "label": {"name": "Dr. Bob Chen", "detail": "Family doctor"},
}


def test_there_and_back() -> None:
    assert to_wire(from_wire(FULL)) == FULL
    assert from_wire(to_wire(from_wire(FULL))) == from_wire(FULL)
    echoed = FULL | {"created": "2026-01-01T00:00:00Z", "updated": None}
    assert from_wire(echoed, policy_id=ID) == from_wire(FULL)
    assert to_wire(from_wire(saying := {**FULL, "say_why": True, "ask_me": False})) == saying


def test_the_least_is_a_draft_that_says_nothing() -> None:
    least = from_wire({}, policy_id=ID)
    assert (least.state, least.who.level, least.what.level_for("bills")) == (
        "draft",
        WhoLevel.NOBODY,
        None,
    )
    assert to_wire(least)["who"] == {}
    anyone = from_wire({"who": {"anyone": True}}, policy_id=ID)
    assert to_wire(anyone)["who"] == {"anyone": True}


@pytest.mark.attack("POL-04")
@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"id": "short"}, "id"),
        ({"id": ID + "!"}, "id"),
        ({"id": ID + "\n"}, "id"),
        ({"id": "x" * 65}, "id"),
        ({"id": None}, "id"),
        ({"version": -1}, "version"),
        ({"version": True}, "version"),
        ({"version": "3"}, "version"),
        ({"state": "active"}, "state"),
        ({"state": ["on"]}, "state"),
        ({"effect": "allow"}, "effect"),
        ({"ask_me": 1}, "ask_me"),
        ({"who": []}, "who"),
        ({"who": {"person": ""}}, "who.person"),
        ({"who": {"person": ["bob"]}}, "who.person"),
        ({"who": {"anyone": False}}, "who.anyone"),
        ({"who": {"group": "x"}}, "who"),
        ({"who": {"role": "x", "person": "y"}}, "who"),
        ({"what": {"kind": ["results"]}}, "what"),
        ({"what": {"kinds": ["other"]}}, "what.kinds"),
        ({"what": {"kinds": ["results", "results"]}}, "what.kinds"),
        ({"what": {"topics": ["XYZ"]}}, "what.topics"),
        ({"what": {"everything": "yes"}}, "what.everything"),
        ({"what": {"since": "2020-02-30"}}, "what.since"),
        ({"what": {"since": "20200101"}}, "what.since"),
        ({"what": {"since": "2021-01-01", "until": "2020-01-01"}}, "what.until"),
        ({"what": {"records": []}}, "what.records"),
        ({"what": {"records": {"include": ["Condition/a"]}}}, "what.records.include"),
        ({"what": {"records": {"include": ["ftp://x/r/Condition/a"]}}}, "what.records.include"),
        ({"what": {"records": {"exclude": ["https://x/r/Condition/a?b"]}}}, "what.records.exclude"),
        ({"what": {"records": {"exclude": ["https://x/r/Condition/a#b"]}}}, "what.records.exclude"),
        ({"what": {"records": {"include": ["https://x/r/Condition/"]}}}, "what.records.include"),
        (
            {
                "what": {
                    "records": {
                        "include": ["https://x/r/Condition/a"],
                        "exclude": ["https://x/r/Condition/a"],
                    }
                }
            },
            "what.records",
        ),
        ({"why": ["FUN"]}, "why"),
        ({"say_why": 1}, "say_why"),
        ({"say_why": True, "effect": "deny"}, "say_why"),
        ({"say_why": True, "ask_me": True}, "say_why"),
        ({"why": "TREAT"}, "why"),
        ({"when": {"until": "2026-01-01"}}, "when.until"),
        ({"when": {"until": "2026-01-01T00:00:00"}}, "when.until"),
        ({"when": {"from": 5}}, "when.from"),
        (
            {"when": {"from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}},
            "when.until",
        ),
        ({"state": "on"}, "paused_until"),
        ({"tell": {"level": "all"}}, "tell.level"),
        ({"tell": {"note": "x" * 281}}, "tell.note"),
        ({"label": {"name": 5}}, "label.name"),
        ({"extra": 1}, "policy"),
        ({"effect": "deny"}, "what"),
        ({"effect": "deny", "what": {}, "ask_me": True}, "ask_me"),
        ({"who": {}}, "who"),
    ],
)
def test_what_is_wrong_is_named(change, member: str) -> None:
    with pytest.raises(PolicyError) as caught:
        from_wire(FULL | change)
    assert caught.value.member == member
    assert str(caught.value).startswith(f"{member}: ")


@pytest.mark.parametrize("body", [None, [], "x", 5])
def test_a_policy_is_an_object(body) -> None:
    with pytest.raises(PolicyError):
        from_wire(body)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("2028-02-29T23:59:59Z", "2028-02-29T23:59:59Z"),
        ("2026-03-29T02:30:00+02:00", "2026-03-29T00:30:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("2026-01-01T00:00:00.999Z", "2026-01-01T00:00:00Z"),
    ],
)
def test_moments_are_utc(text: str, printed: str) -> None:
    assert print_moment(parse_moment(text)) == printed


def test_a_moment_outside_the_calendar_is_named() -> None:
    with pytest.raises(PolicyError):
        from_wire(FULL | {"when": {"until": "9999-12-31T23:59:59-23:00"}})


def test_a_policy_in_one_sentence() -> None:
    assert policy_sentence(from_wire(FULL)) == (
        "Dr. Bob Chen may see Conditions, Test results, Genetics, Marked private by the clinic, "
        "1 picked records, but not 1 picked records, for Caring for me, until 2027-05-25."
    )
    assert policy_sentence(rule("p", "anyone", effect="deny", everything=True)) == (
        "Anyone may not see everything."
    )
    assert policy_sentence(rule("p", "nobody")) == "Nobody may see nothing."
    assert policy_sentence(rule("p", "role", ask_me=True, kinds=["bills"])) == (
        "family_doctor may ask to see Bills."
    )
    # The key of an account is no word for people.
    assert policy_sentence(rule("p", everything=True)) == "One person may see everything."


def test_the_closest_policy_has_the_word_and_a_tie_tells_less() -> None:
    kinds, neutral = Tell("kinds", "a"), Tell("neutral", "b")
    assert told([]) == Tell()
    assert told([rule("p", "role", tell=neutral), rule("q", tell=kinds)]) == kinds
    assert told([rule("p", tell=kinds), rule("q", tell=neutral)]) == neutral
