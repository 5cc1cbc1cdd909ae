"""What the models accept wrongly is refused here, with one clear answer."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from fhir_rs.errors import Invalid
from fhir_rs.validation import r4
from tests.fhir_rs.store import RECORDS, observation

GOOD = observation("a", "Weight")


@pytest.mark.parametrize("resource", RECORDS, ids=lambda r: r["id"])
def test_good_resources_pass(resource: dict[str, Any]) -> None:
    r4.validate(resource)


@pytest.mark.spec("DESIGN 20")
@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"resourceType": None}, "resourceType"),
        ({"resourceType": "Nope"}, "resource type"),
        ({"resourceType": "x" * 500}, "resource type"),
        ({"id": "a" * 65}, "id"),
        ({"id": "a\n"}, "id"),
        ({"id": 5}, "id"),
        ({"status": "done"}, "status"),
        ({"status": ["final"]}, "status"),
        ({"valueQuantity": {"value": "1.5"}}, "value"),
        ({"valueQuantity": {"value": True}}, "value"),
        ({"code": []}, "code"),
        ({"category": {}}, "category"),
        ({"category": []}, "category"),
        ({"contained": [{"resourceType": "Nope"}]}, "contained"),
        ({"contained": [{}]}, "contained"),
        ({"subject": {"reference": "Claim/x"}}, "Claim"),
        ({"extra": 1}, "extra"),
        ({"effectiveDateTime": "yesterday"}, "effectiveDateTime"),
        ({"code": "x"}, "code"),
        ({"text": {"status": "generated", "div": "<div><script>x</script></div>"}}, "active"),
        ({"text": {"status": "generated", "div": "<div onclick='x'>a</div>"}}, "active"),
        (
            {"text": {"status": "generated", "div": "<div><a href='javascript:x'>a</a></div>"}},
            "active",
        ),
        ({"valueQuantity": None}, ""),
        ({"note": [None]}, ""),
        ({"component": [{}]}, "code"),
    ],
)
def test_bad_resources_get_one_clear_answer(changed: dict[str, Any], word: str) -> None:
    with pytest.raises(Invalid) as caught:
        r4.validate(GOOD | changed)
    assert word in caught.value.text
    assert caught.value.status == 400
    assert len(caught.value.text) < 320


def test_a_reading_process_does_not_load_the_models() -> None:
    program = (
        "import sys, fhir_rs.app, fhir_rs.validation.r4\n"
        "assert not any(name.startswith('fhir.') for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
