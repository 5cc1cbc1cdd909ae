"""One meaning of a reference, however it is spelled; and its text rewritten in place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_rs.enforcement.references import (
    identifier_key,
    is_address,
    key_of,
    key_of_literal,
    names_of,
)
from fhir_rs.enforcement.rewriting import rewritten

BASE = "https://rs.example/fhir/r/rec"
BASES = (BASE, "https://rs.example/fhir")
SAME = [
    "Condition/c2",
    "Condition/c2/_history/7",
    "Condition/c2#part",
    "Condition/c2/",
    " Condition/c2 ",
    "/Condition/c2",
    "./Condition/c2",
    "../rec/Condition/c2",
    "Condition%2Fc2",
    "%43ondition/c2",
    f"{BASE}/Condition/c2",
    f"{BASE}/Condition/c2/_history/7",
    f"{BASE}//Condition/c2",
    f"{BASE}/../rec/Condition/c2",
    f"{BASE}/Condition%2Fc2",
    "https://rs.example/fhir/Condition/c2",
    "https://rs.example:443/fhir/r/rec/Condition/c2",
    "HTTPS://RS.Example/fhir/r/rec/Condition/c2",
    "//rs.example/fhir/r/rec/Condition/c2",
]
OTHER = [
    "https://other.example/fhir/Condition/c2",
    "https://rs.example/fhir/r/another/Condition/c2",
    "https://rs.example.evil.example/fhir/r/rec/Condition/c2",
    "Nonsense/c2",
    "https://[bad",
    "http:/x",
]


@pytest.mark.fault("B12")
@pytest.mark.parametrize("written", SAME)
def test_every_spelling_of_one_place_is_one_key(written: str) -> None:
    assert key_of_literal(written, BASES) == "Condition/c2"


@pytest.mark.parametrize("written", OTHER)
def test_an_address_elsewhere_is_no_place_here(written: str) -> None:
    assert not is_address(key_of_literal(written, BASES))


@pytest.mark.parametrize(
    ("reference", "types", "key"),
    [
        ({"reference": "c2"}, (), "/c2"),
        ({"reference": "c2"}, ("Condition",), "Condition/c2"),
        ({"reference": "c2", "type": "Condition"}, ("Condition", "Observation"), "Condition/c2"),
        ({"reference": "urn:UUID:AB-1"}, (), "urn:uuid:ab-1"),
        ({"reference": "#p"}, (), "#p"),
        ({"reference": "Patient?identifier=urn:s|v"}, (), "Patient?identifier=urn:s|v"),
        ({"reference": "Patient?identifier=urn%3As%7Cv"}, (), "Patient?identifier=urn:s|v"),
        ({"identifier": {"system": "s", "value": "v"}}, (), "?identifier=s|v"),
        ({"identifier": {"value": "v"}}, ("Patient",), "Patient?identifier=|v"),
        ({"identifier": {"value": "v"}, "type": "Device"}, (), "Device?identifier=|v"),
        ({"display": "a word"}, (), ""),
        ({"reference": " "}, (), ""),
    ],
)
def test_references_without_an_address(
    reference: dict[str, Any], types: tuple[str, ...], key: str
) -> None:
    assert key_of(reference, BASES, types) == key


def test_a_resource_is_meant_by_its_bare_id_its_urn_and_its_identifiers() -> None:
    names = set(names_of("Condition/C2", [("s", "v")]))
    assert names >= {"/C2", "urn:uuid:c2", identifier_key("Condition", "s", "v")}
    assert names >= {identifier_key("", "s", "v"), identifier_key("", "", "v")}


@given(st.text(max_size=200))
def test_any_text_has_a_key(text: str) -> None:
    assert isinstance(key_of_literal(text, BASES), str)


def test_a_link_is_rewritten_wherever_it_stands_and_nothing_else_is() -> None:
    text = '{"a":[{"reference" : "urn:x\\/1"}],"n":1.50,"reference":"urn:x/1", "t":"urn:x/1"}'

    def local(holder: Any, member: str) -> str | None:
        return "A/1" if member == "reference" and holder[member] == "urn:x/1" else None

    new = rewritten(text, local)
    assert new == '{"a":[{"reference" : "A/1"}],"n":1.50,"reference":"A/1", "t":"urn:x/1"}'
    assert json.loads(new)["a"] == [{"reference": "A/1"}]
