"""Edits of JSON text that leave every other byte alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_rs.enforcement.splicing import elements, members, with_members

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=6)


@pytest.mark.spec("DESIGN 20")
def test_numbers_order_and_spaces_stay() -> None:
    text = '{ "value" : 1.50, "resourceType" : "X" , "id":"old", "z":[1.0 , 2e5] }'
    edited = with_members(text, {"id": "new", "meta": {"versionId": "1"}})
    assert edited == (
        '{ "value" : 1.50, "resourceType" : "X","meta":{"versionId":"1"} , '
        '"id":"new", "z":[1.0 , 2e5] }'
    )


@given(OBJECTS, JSON, st.sampled_from([None, 1, 4]))
def test_the_result_is_the_object_with_the_members(
    value: dict[str, Any], new: Any, indent: Any
) -> None:
    text = json.dumps(value, indent=indent)
    assert json.loads(with_members(text, {"id": new, "meta": [new]})) == {
        **value,
        "id": new,
        "meta": [new],
    }
    assert [(m.name, m.value) for m in members(text)] == list(value.items())


@given(st.lists(JSON, max_size=6))
def test_elements_are_found_where_they_are(values: list[Any]) -> None:
    text = json.dumps(values, indent=1)
    assert [json.loads(text[start:end]) for start, end in elements(text, 0)] == values


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match="not a JSON object"):
        list(members("[1]"))
