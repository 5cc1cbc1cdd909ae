"""Records that others wrote, in words: every type that can be stored, and nothing but words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from heart_reading.plain_names import plain
from heart_reading.sheets.by_type import sheet_of
from heart_reading.sheets.sheet import Sheet
from heart_uma.kinds import DIRECTORY_TYPES
from tests.real_records import every_resource

_JSON = re.compile(r'\{\s*"|"\s*:\s*["\[{]|\[\s*\{|\bNone\b(?=[,\]}])')


@pytest.fixture(scope="module")
def sheets(fhir_data: Path) -> list[tuple[dict[str, Any], Sheet]]:
    """Every record of hers in words, with what lies beside it to name its people and parts."""
    every = list(every_resource(fhir_data))
    known = {f"{r['resourceType']}/{r.get('id')}": r for _name, r in every}
    return [(r, sheet_of(r, known)) for _name, r in every
            if r["resourceType"] in RESOURCE_TYPES - DIRECTORY_TYPES]  # fmt: skip


def words_of(sheet: Sheet) -> Iterator[str]:
    """All that the page of a record shows of it, but for what its source wrote in sentences."""
    said = sheet.said
    yield from (said.title, said.value, said.usual, sheet.status, sheet.type_words)
    yield from (words for pair in said.facts for words in pair)
    yield from (words for one in said.parts for words in (one.name, one.value, one.usual))


def names_of(value: Any) -> Iterator[tuple[str, bool]]:
    """Each code that has a name beside it, or a concept around it that is called something."""
    if isinstance(value, list):
        for each in value:
            yield from names_of(each)
    elif isinstance(value, dict):
        for coding in value.get("coding") or []:
            if isinstance(coding, dict) and coding.get("code"):
                yield str(coding["code"]), bool(coding.get("display") or value.get("text"))
        for inner in value.values():
            yield from names_of(inner)


def test_there_are_many_types_and_each_is_read(sheets: list[tuple[dict[str, Any], Sheet]]) -> None:
    types = {resource["resourceType"] for resource, _sheet in sheets}
    assert len(types) > 35 and len(sheets) > 5000
    for resource, sheet in sheets:
        said = sheet.said
        shown = said.facts or said.parts or said.texts or said.value or sheet.files or sheet.status
        assert said.title, resource
        assert shown or said.date or not said.well, resource


def test_no_record_is_shown_as_data(sheets: list[tuple[dict[str, Any], Sheet]]) -> None:
    for resource, sheet in sheets:
        for words in words_of(sheet):
            assert isinstance(words, str) and not _JSON.search(words), (words, resource)


def test_no_code_stands_where_a_name_is(sheets: list[tuple[dict[str, Any], Sheet]]) -> None:
    for resource, sheet in sheets:
        codes: dict[str, list[bool]] = {}
        for code, has_name in names_of(resource):
            codes.setdefault(code, []).append(has_name)
        named = {code for code, found in codes.items() if all(found)}
        texts = set(_texts(resource))
        shown = {words for words in words_of(sheet) if words in named - texts}
        assert not shown, (shown, resource)


def _texts(value: Any) -> Iterator[str]:
    """What is written in words, which may read like a code."""
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str) and name != "code":
                yield inner
            yield from _texts(inner)


def test_what_was_measured_has_its_value_with_its_unit(
    sheets: list[tuple[dict[str, Any], Sheet]],
) -> None:
    counted = 0
    for resource, sheet in sheets:
        quantity = resource.get("valueQuantity")
        if resource["resourceType"] == "Observation" and isinstance(quantity, dict):
            number = quantity.get("value")
            if number is not None:
                counted += 1
                assert re.search(r"\d", sheet.said.value), resource
                shown = float(re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", sheet.said.value)[0])
                assert shown == pytest.approx(number, rel=0.005), resource
    assert counted > 800


def test_every_part_of_a_panel_is_there(sheets: list[tuple[dict[str, Any], Sheet]]) -> None:
    counted = 0
    for resource, sheet in sheets:
        if resource["resourceType"] == "Observation" and resource.get("component"):
            counted += 1
            assert len(sheet.said.parts) >= len(resource["component"])
            assert all(one.name for one in sheet.said.parts), resource
    assert counted > 100


def test_how_to_take_a_medicine_is_said(sheets: list[tuple[dict[str, Any], Sheet]]) -> None:
    counted = 0
    for resource, sheet in sheets:
        if resource["resourceType"] != "MedicationRequest":
            continue
        texts = [d["text"] for d in resource.get("dosageInstruction", []) if d.get("text")]
        counted += bool(texts)
        for words in texts:
            assert plain(" ".join(words.split())).rstrip(".") in sheet.said.value, resource
    assert counted > 50
