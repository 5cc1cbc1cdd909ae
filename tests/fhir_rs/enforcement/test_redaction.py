"""References that say more than where their target is: found whatever the JSON looks like."""

from __future__ import annotations

import json

import pytest

from fhir_rs.enforcement.redaction import named_targets, redacted

T = "Condition/1"


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
    assert named_targets(text.encode()) == {T}
    cut = redacted(text.encode(), {T})
    assert "display" not in str(json.loads(cut)) and "identifier" not in str(json.loads(cut))
    assert "Condition/1" in str(json.loads(cut))
    assert json.loads(redacted(text.encode(), {"Condition/2"})) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"code":{"coding":[{"code":"x","display":"y"}]},"subject":{"reference":"Patient/a"}}',
        '{"performer":[{"reference":"Practitioner/bob","display":"Dr. Chen"}]}',
        '{"a":{"reference":"#inside","display":"x"}}',
        '{"a":{"reference":"https://elsewhere.test/Condition/1","display":"x"}}',
        '{"a":{"display":"only words"}}',
    ],
)
def test_what_is_not_behind_a_permission_of_its_own_keeps_its_words(text: str) -> None:
    assert named_targets(text.encode()) == frozenset()


def test_numbers_stay_as_written_and_the_narrative_goes() -> None:
    text = (
        b'{"text":{"status":"generated","div":"<div>x</div>"},"n":1.50, "e":[],"o":{},'
        b'"l":[1,[2.0]],"a":{"reference":"Condition/1","display":"x"}}'
    )
    expected = b'{"n":1.50,"e":[],"o":{},"l":[1,[2.0]],"a":{"reference":"Condition/1"}}'
    assert redacted(text, {T}) == expected
