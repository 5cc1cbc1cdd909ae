"""The quick look before a pattern is asked never hides a match from it."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_rs.enforcement.beginnings import beginnings, begins, lowered
from fhir_rs.enforcement.rules import labeling_rules

RULES = json.loads((files("fhir_rs") / "data" / "sensitivity_rules.json").read_text("utf-8"))
TERMS = labeling_rules().both


@given(st.data())
def test_whatever_a_rule_matches_is_found_by_its_beginning(data: st.DataObject) -> None:
    term = data.draw(st.sampled_from(TERMS))
    text = data.draw(st.text(max_size=5)) + " " + data.draw(st.from_regex(term.pattern))
    if term.pattern.search(text):
        assert term.begins.search(lowered(text))
        assert labeling_rules().any_begins.search(lowered(text))


@pytest.mark.parametrize("text", ["HİV", "hıv", "HIV", "drug abuſe", "ALCOHOLİSM", "Kaletra"])
def test_letters_that_only_look_like_ascii_are_found_as_before(text: str) -> None:
    for term in TERMS:
        assert not term.pattern.search(text) or term.begins.search(lowered(text))
    assert labeling_rules().of_text(text, TERMS)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("abc|def", {"abc", "def"}),
        (r"\babc\b", {"abc"}),
        (r"abc\w+", {"abc"}),
        ("(?:abc|de) f", {"abc f", "de f"}),
        ("(?:non-)?abc", {"non-abc", "abc"}),
        ("h[ae]?mo", {"hmo", "hamo", "hemo"}),
        ("tay-?sachs", {"tay-sachs", "taysachs"}),
        ("abcd*", {"abc"}),
        ("abc(?:d|e)+f", {"abc"}),
        (r"huntington(?:\'s|s)? (?:disease|chorea)",
         {f"huntington{s} {d}" for s in ("", "'s", "s") for d in ("disease", "chorea")}),
    ],
)  # fmt: skip
def test_beginnings(pattern: str, expected: set[str]) -> None:
    found = set(beginnings(pattern))
    assert {word for word in expected if not any(word.startswith(f) for f in found)} == set()
    assert all(begins([pattern]).search(word) for word in expected)


@pytest.mark.parametrize("pattern", ["ab", r"\w+abc", "abc|x", "(?:a|abc) ", "", "[abc]*def"])
def test_a_rule_that_could_begin_with_anything_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="fewer than 3"):
        list(beginnings(pattern))
