"""A text that a rule knows is found wherever R4 lets text stand; what is no text labels nothing."""

from __future__ import annotations

import base64
import codecs
import gzip
import json
from typing import Any

import pytest

from fhir_rs.enforcement.facts import facts_of
from fhir_rs.enforcement.labeling import hits_of
from fhir_rs.enforcement.references import names_of
from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.rules import labeling_rules
from tests.attacks.fhir_elements import (
    FREE_TEXT,
    NAMES,
    NOT_FREE,
    Place,
    places,
    resource_types,
    shapes,
    table,
)
from tests.fhir_rs.enforcement.test_references import BASE, BASES, SAME

SAID = "Known HIV positive, on treatment"
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
RULES = labeling_rules()
every_type = pytest.mark.parametrize("type_", resource_types())


def base64_of(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def found_in(resource: dict[str, Any]) -> bool:
    hits = hits_of(resource, facts_of(resource), RULES)
    return any(hit.category == "HIV" for hit in hits)


def said_at(place: Place) -> dict[str, Any]:
    if place.type == "xhtml":
        return place.holding(DIV.format(f"<p>{SAID}</p>"))
    return place.holding(base64_of(SAID) if place.type == "base64Binary" else SAID)


def test_the_table_is_whole() -> None:
    assert len(resource_types()) > 140
    free = [p for t in resource_types() for p in places(t, FREE_TEXT.__contains__)]
    assert len(free) > 20_000


@pytest.mark.fault("B1")
@pytest.mark.fault("3.6")
@every_type
def test_every_free_text_of_every_type_is_read(type_: str) -> None:
    every = [place for place in places(type_, FREE_TEXT.__contains__) if not place.left_out]
    missed = [str(place) for place in every if not found_in(said_at(place))]
    assert every and missed == []


@every_type
def test_what_is_no_text_labels_nothing(type_: str) -> None:
    every = [
        place
        for place in places(type_, (FREE_TEXT | NOT_FREE).__contains__)
        # What kind of service an encounter had is read as words, whatever its coding.
        if (place.left_out or place.type in NOT_FREE) and place.path[0] != "serviceType"
    ]
    labelled = [str(place) for place in every if found_in(said_at(place))]
    assert every and labelled == []


EXTENSION = {"url": "urn:x", "valueString": SAID}
OF_NAMES = sorted(NAMES)


@pytest.mark.fault("B1")
def test_an_extension_is_read_in_every_shape_and_beside_every_value() -> None:
    """Also below a name: what leaves a name out must not leave out what somebody adds to it."""
    missed, tried = [], 0
    roots = [Place(t, (), t, (), False) for t in resource_types()]
    for place in [*roots, *shapes()]:
        members = {"extension": "Extension*"} | table().get(place.type, {})
        for member, written in members.items():
            if member in ("extension", "modifierExtension"):
                value: Any = {member: [EXTENSION]}
            elif written.partition(":")[0].rstrip("*") in table():
                continue
            else:
                value = {f"_{member}": {"extension": [EXTENSION]}}
            sent = place.holding(value) if place.path else {"resourceType": place.root, **value}
            tried += 1
            if not found_in(sent):
                missed.append(f"{place} {member}")
    assert missed == [] and tried > 3000


@pytest.mark.fault("B1")
@pytest.mark.parametrize("depth", [1, 2, 5, 12])
def test_every_value_of_an_extension_is_read_at_any_depth(depth: int) -> None:
    missed, tried = [], 0
    every = [place for place in places("Extension", FREE_TEXT.__contains__)]
    for place in every:
        if place.left_out:
            continue
        inner = said_at(place)
        del inner["resourceType"]
        for _ in range(depth - 1):
            inner = {"url": "urn:y", "extension": [inner]}
        tried += 1
        if not found_in({"resourceType": "Condition", "extension": [inner]}):
            missed.append(str(place))
    assert missed == [] and tried > 90


@pytest.mark.parametrize("name", OF_NAMES)
def test_no_name_and_no_unit_in_an_extension_labels_anything(name: str) -> None:
    for member, written in table()[name].items():
        if written.rstrip("*") in FREE_TEXT | NOT_FREE:
            value = {"url": f"http://x.example/{SAID}", f"value{name}": {member: SAID}}
            assert not found_in({"resourceType": "Condition", "extension": [value]}), member


@pytest.mark.fault("B1")
@pytest.mark.fault("B27")
def test_what_is_contained_is_read_wherever_a_resource_may_stand() -> None:
    inner = {"resourceType": "Observation", "note": [{"text": SAID}]}
    deeper = {"resourceType": "Basic", "contained": [inner]}
    every = [p for t in resource_types() for p in places(t, lambda code: code == "Resource")]
    missed = [str(p) for p in every for held in (inner, deeper) if not found_in(p.holding(held))]
    assert missed == [] and len(every) > 130


@pytest.mark.fault("B1")
def test_a_questionnaire_s_answers_are_read_at_any_depth() -> None:
    item: dict[str, Any] = {"linkId": "z", "answer": [{"valueString": SAID}]}
    for depth in range(60):
        item = (
            {"linkId": "y", "item": [item]} if depth % 2
            else {"linkId": "y", "answer": [{"valueBoolean": True, "item": [item]}]}
        )  # fmt: skip
        assert found_in({"resourceType": "QuestionnaireResponse", "item": [item]}), depth


# Text in disguise.

LETTERS = {
    "full width": "Known ＨＩＶ positive",
    "mathematical": "Known 𝐇𝐈𝐕 positive",
    "zero width space": "Known H\u200bI\u200bV positive",
    "zero width joiner": "Known H\u200dIV positive",
    "soft hyphen": "Known H\u00adIV positive",
    "byte order mark": "\ufeffKnown H\ufeffIV positive",
    "word joiner": "Known HI\u2060V positive",
    "direction": "Known \u202dHIV\u202c positive",
    "grapheme joiner": "Known H\u034fIV positive",
    "variation selector": "Known HI\ufe0fV positive",
    "hangul filler": "Known HI\u3164V positive",
    "no-break space": "Known\u00a0HIV\u00a0positive",
    "lines": "Known\r\nHIV\npositive",
    "lower case": "known hiv positive",
}
MARKUP = {
    "bold": "Known H<b>I</b>V positive",
    "span": "Known <span>H</span><span>IV</span> positive",
    "variable": "Known H<var>I</var>V positive",
    "abbreviation": "Known <abbr>H</abbr>IV positive",
    "acronym": "Known <acronym>HI</acronym>V positive",
    "link": 'Known H<a href="#a">I</a>V positive',
    "direction": 'Known H<bdo dir="ltr">IV</bdo> positive',
    "quotation": "Known H<q>I</q>V positive",
    "kept apart": "<span>Known</span><span>HIV</span><span>positive</span>",
    "cells": "<table><tr><td>Known</td><td>HIV</td><td>positive</td></tr></table>",
    "comment": "Known H<!-- x -->IV positive",
    "comment with tags": "Known H<!-- <p>x</p> -->IV positive",
    "entities": "Known &#72;&#x49;&#86; positive",
    "entity between": "Known H&#8203;IV positive",
    "soft hyphen": "Known H&shy;IV positive",
    "class": 'Known H<span class="a">I</span>V positive',
    "greater than": '<span title="a>b">Known</span> H<i title="a>b">I</i>V positive',
    "line break": "Known<br/>HIV<br/>positive",
    "title": '<span title="Known HIV positive">x</span>',
    "alternative": '<img src="#x" alt="Known HIV positive"/>',
    "summary": '<table summary="Known HIV positive"><tr><td>x</td></tr></table>',
    "heading of a cell": '<table><tr><th abbr="Known HIV positive">x</th></tr></table>',
    "instruction": "Known H<?x y?>IV positive",
    "section": "<![CDATA[Known HIV positive]]>",
    "section in a word": "Known H<![CDATA[IV]]> positive",
    "in a comment": "<!--<p>Known HIV positive</p>-->",
    "title in a word": '<i>Known H</i><b title="x">IV</b> positive',
}


@pytest.mark.fault("B1")
@pytest.mark.parametrize("name", list(LETTERS))
def test_letters_in_disguise_are_read(name: str) -> None:
    words = LETTERS[name]
    data = base64_of(words)
    for sent in (
        {"resourceType": "Condition", "note": [{"text": words}]},
        {"resourceType": "Condition", "code": {"coding": [{"code": "1", "display": words}]}},
        {"resourceType": "Condition", "text": {"div": DIV.format(words)}},
        {"resourceType": "DocumentReference", "content": [{"attachment": {"data": data}}]},
        {"resourceType": "Condition", "unknown": {"x": [{"y": words}]}},
    ):
        assert found_in(sent), sent


@pytest.mark.fault("B1")
@pytest.mark.parametrize("name", list(MARKUP))
def test_markup_hides_nothing(name: str) -> None:
    data = base64_of(f"<html><body>{MARKUP[name]}</body></html>")
    for sent in (
        {"resourceType": "Condition", "text": {"div": DIV.format(MARKUP[name])}},
        {"resourceType": "Composition", "section": [{"text": {"div": DIV.format(MARKUP[name])}}]},
        {"resourceType": "DocumentReference", "content": [{"attachment": {"data": data}}]},
        {"resourceType": "Binary", "contentType": "image/png", "data": data},
    ):
        assert found_in(sent), sent


CDA = f'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><text>{SAID}</text></x>'
FILES = {
    "text": SAID.encode(),
    "utf-8 with a mark": codecs.BOM_UTF8 + SAID.encode(),
    "utf-16": SAID.encode("utf-16"),
    "utf-16 without a mark": SAID.encode("utf-16-be"),
    "utf-32": SAID.encode("utf-32"),
    "html": f"<html><p>{SAID}</p></html>".encode(),
    "html in utf-16": f"<html><p>{SAID}</p></html>".encode("utf-16"),
    "cda": CDA.encode(),
    "rtf": rb"{\rtf1\ansi Known H\b I\b0 V positive\par}",
    "json": json.dumps({"note": SAID}).encode(),
    "a resource": json.dumps({"resourceType": "Condition", "note": [{"text": SAID}]}).encode(),
}
CLAIMS = [None, "text/plain", "image/png", "application/pdf", "application/octet-stream",
          "application/fhir+json", "text/rtf"]  # fmt: skip


@pytest.mark.fault("B1")
@pytest.mark.fault("B2")
@pytest.mark.parametrize("name", list(FILES))
def test_a_file_is_read_whatever_it_calls_itself(name: str) -> None:
    data = base64_of(FILES[name])
    spaced = "\n".join(data[start : start + 16] for start in range(0, len(data), 16))
    for claim in CLAIMS:
        of_type = {} if claim is None else {"contentType": claim}
        for written in (data, spaced):
            file = {"data": written} | of_type
            for sent in (
                {"resourceType": "Binary", **file},
                {"resourceType": "DocumentReference", "content": [{"attachment": file}]},
                {"resourceType": "Communication", "payload": [{"contentAttachment": file}]},
                {"resourceType": "Media", "content": file},
            ):
                assert found_in(sent), (claim, sent)


@pytest.mark.fault("B2")
@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.4\n\x00\xff stream", b"\x89PNG\r\n\x1a\n\x00\x00", gzip.compress(SAID.encode())],
    ids=["pdf", "picture", "archive"],
)
def test_a_file_that_is_not_read_is_a_fact(data: bytes) -> None:
    for place in places("DocumentReference", lambda code: code == "base64Binary"):
        if not place.left_out:
            assert facts_of(place.holding(base64_of(data))).unread == 1, place
    assert facts_of({"resourceType": "Binary", "data": base64_of(data)}).unread == 1


# What R4 does not know.

NONSENSE: list[dict[str, Any]] = [
    {"unknown": SAID},
    {"unknown": {"a": [[{"b": SAID}]]}},
    {"note": SAID},
    {"note": {"text": {"x": SAID}}},
    {"note": [{"text": [SAID]}]},
    {"text": SAID},
    {"text": {"div": {"p": SAID}}},
    {"code": {"text": [[SAID]]}},
    {"code": {"unknown": SAID}},
    {"status": {"note": SAID}},
    {"recordedDate": [{"note": SAID}]},
    {"contained": [{"resourceType": "Nonsense", "words": SAID}]},
    {"contained": [{"words": SAID}]},
    {"contained": SAID},
    {"extension": {"url": "urn:x", "valueString": SAID}},
    {"subject": {"unknown": {"display": SAID}}},
    {"onsetAge": {"unknown": SAID}},
]


@pytest.mark.fault("B1")
@pytest.mark.parametrize("members", NONSENSE, ids=lambda members: json.dumps(members)[:40])
def test_what_fits_no_definition_is_read_all_the_same(members: dict[str, Any]) -> None:
    """An import takes what other systems wrote; what is not understood is not passed over."""
    assert found_in({"resourceType": "Condition", **members})
    assert found_in({"resourceType": "NotOfR4", **members})


# References.

IDENTIFIER = {"system": "urn:s", "value": "k-1"}


def spellings(type_: str) -> list[dict[str, Any]]:
    """All that means `type_/c2` of a record that answers at `BASES`."""
    literal = [each.replace("Condition", type_) for each in SAME if "%43" not in each]
    literal += ["urn:uuid:c2", "URN:UUID:C2", "urn:oid:c2", "c2",
                f"{type_}?identifier=urn:s|k-1", f"{type_}?identifier=urn%3As%7Ck-1",
                f"{BASE}/{type_}?identifier=urn:s|k-1"]  # fmt: skip
    return [
        *({"reference": each} for each in literal),
        {"reference": "c2", "type": type_},
        {"identifier": IDENTIFIER},
        {"identifier": IDENTIFIER, "type": type_},
        {"identifier": IDENTIFIER | {"use": "official"}, "display": "a word"},
    ]


@pytest.mark.fault("B12")
@pytest.mark.fault("3.2")
@every_type
def test_every_spelling_in_every_reference_has_one_meaning(type_: str) -> None:
    missed = []
    for place in places(type_, lambda code: code == "Reference", again=1):
        # An identifier's assigner is an organization, and those are named wherever they stand.
        if place.left_out:
            continue
        # What this server keeps; an abstract type, or one it does not keep, leads nowhere.
        kept = [t for t in place.targets if t in RESOURCE_TYPES]
        if place.targets and not kept:
            continue
        target = "Condition" if "Condition" in kept or not kept else kept[0]
        address = f"{target}/c2"
        names = {address, *names_of(address, [("urn:s", "k-1")])}
        for written in spellings(target):
            facts = facts_of(place.holding(written))
            keys = {found.key(BASES) for found in facts.references}
            if not (keys and keys <= names):
                missed.append((str(place), written, keys))
    assert missed == []


@pytest.mark.fault("B12")
def test_every_address_of_a_file_has_one_meaning() -> None:
    """Also where R4 has an address of the web: an attachment's, or one in an extension."""
    for type_ in resource_types():
        for place in places(type_, lambda code: code == "Attachment", again=1):
            for written in SAME:
                url = written.replace("Condition", "Binary").replace("%43ondition", "Binary")
                found = [r.key(BASES) for r in facts_of(place.holding({"url": url})).references]
                assert found == ["Binary/c2"], (place, url)
