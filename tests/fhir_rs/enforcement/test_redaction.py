"""References that say more than where their target is: found whatever the JSON looks like."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fhir_rs.enforcement.facts import facts_of
from fhir_rs.enforcement.redaction import cut_of, may_be_cut, named_in, redacted

T = "Condition/1"
MARKS = {
    name: [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": code}]
    for name, code in (("tag", "SUBSETTED"), ("security", "REDACTED"))
}


def without(text: str, *withheld: str) -> bytes:
    """What is left of a resource whose targets `withheld` are not shown."""
    cut = cut_of(named_in(json.loads(text), ()), set(withheld), ())
    return redacted(text.encode(), cut)


@pytest.mark.attack("FH-31")
@pytest.mark.parametrize(
    "text",
    [
        '{"a":{"reference":"Condition/1","display":"x"}}',
        '{"a":{"display":"x","reference":"Condition/1"}}',
        '{"a":{"display":"a {","reference":"Condition/1"}}',
        '{"a":{"display":"a { b","reference":"Condition/1"}}',
        '{"a":{"display":"a {\\"","reference":"Condition/1"}}',
        '{"a":{"display":"}","type":"x","reference":"Condition/1"}}',
        '{"a":{"reference":"Condition/1","type":"}","display":"x"}}',
        '{"a":{"identifier":{"value":"x"},"reference":"Condition/1"}}',
        '{"a":{"reference":"Condition/1","identifier":{"value":"x"}}}',
        '{"a":{"reference":"Condition/1","extension":[{"url":"u"}],"display":"x"}}',
        '{"a":{"ref\\u0065rence":"Condition/1","display":"x"}}',
        '{"a":{"reference":"Condition/1","disp\\u006cay":"x"}}',
        '{"a":[{"b":{"reference" : "Condition/1/_history/2", "display":"x"}}]}',
        '{"contained":[{"resourceType":"List","item":{"reference":"Condition/1","display":"x"}}]}',
    ],
)
def test_every_way_to_name_a_target_is_found_and_cut(text: str) -> None:
    assert named_in(json.loads(text), ()).keys == {T}
    cut = json.loads(without(text, T))
    assert "display" not in str(cut) and "identifier" not in str(cut)
    assert "Condition/1" in str(cut) and cut["meta"] == MARKS
    assert without(text, "Condition/2") == text.encode()


@pytest.mark.parametrize(
    "text",
    [
        '{"performer":[{"reference":"Practitioner/bob","display":"Dr. Chen"}]}',
        '{"a":{"reference":"#inside","display":"x"}}',
        '{"a":{"reference":"https://elsewhere.test/Condition/1","display":"x"}}',
        '{"a":{"display":"only words"}}',
    ],
)
def test_what_is_not_behind_a_permission_of_its_own_keeps_its_words(text: str) -> None:
    assert named_in(json.loads(text), ()).keys == frozenset()


def test_numbers_stay_as_written_and_the_narrative_goes() -> None:
    text = (
        '{"text":{"status":"generated","div":"<div>x</div>"},"n":1.50, "e":[],"o":{},'
        '"l":[1,[2.0]],"a":{"reference":"Condition/1","display":"x"}}'
    )
    expected = '"n":1.50,"e":[],"o":{},"l":[1,[2.0]],"a":{"reference":"Condition/1"}}'
    cut = without(text, T).decode()
    assert cut.endswith(expected) and json.loads(cut)["meta"] == MARKS
    assert set(json.loads(cut)) == {"meta", "n", "e", "o", "l", "a"}


@pytest.mark.fault("B11")
def test_a_narrative_goes_with_a_bare_reference_too() -> None:
    text = '{"text":{"status":"generated","div":"<div>gout</div>"},"a":{"reference":"Condition/1"}}'
    assert b"gout" not in without(text, T) and b"gout" in without(text)


def test_a_bare_reference_has_no_words_to_cut() -> None:
    def cuts(resource: Any) -> bool:
        found = facts_of({"resourceType": "Condition", **resource}).references
        return may_be_cut([(each, each.key()) for each in found], narrative=False)

    bare: Any = {
        "code": {"coding": [{"code": "x", "display": "y"}]},
        "subject": {"reference": "Patient/a"},
    }
    assert not cuts(bare)
    bare["subject"]["display"] = "Alice"
    assert cuts(bare)


def test_a_resource_of_which_nothing_can_go_is_whole() -> None:
    text = '{"a":{"reference":"Condition/1"}, "n":1.50}'
    assert without(text, T) == text.encode()
