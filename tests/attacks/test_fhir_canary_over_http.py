"""The canary from end to end: whoever may write any type writes it; nobody else reads it back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from fhir_rs.errors import Invalid
from fhir_rs.validation import r4
from tests.attacks.fhir_elements import places
from tests.attacks.fhir_record import other, path_of, settled, writer
from tests.attacks.fhir_valid import valid_resources
from tests.fhir_rs.endpoints.conftest import Record

__all__ = ["settled"]
SAID = "Known HIV positive, on treatment"
PARTS = 6


@cache
def resources() -> dict[str, dict[str, Any]]:
    return valid_resources("Patient/alice")


def canaries(type_: str) -> Iterator[dict[str, Any]]:
    """The resource with the text in its narrative, in an extension, and in a text of its own."""
    made = resources()[type_]
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{SAID}</div>'
    with_text = {"text": {"status": "generated", "div": div}}
    added = [{"extension": [{"url": "urn:x", "valueString": SAID}]}, with_text]
    texts = places(type_, {"string", "markdown"}.__contains__, again=1)
    own = (place.holding(SAID) for place in texts
           if not place.left_out and place.path[0] not in {"meta", "text", *made})  # fmt: skip
    found = 0
    for more in (*added, *own):
        if found == len(added) + 1:
            return
        try:
            r4.validate(made | more)
        except Invalid:
            continue
        found += 1
        yield made | more


@pytest.mark.slow
def test_nearly_every_type_has_a_valid_resource() -> None:
    assert len(resources()) >= 125


@pytest.mark.slow
@pytest.mark.fault("B1")
@pytest.mark.fault("3.6")
@pytest.mark.parametrize("part", range(PARTS))
def test_what_was_written_of_a_private_topic_is_read_by_nobody_else(
    settled: Record, part: int
) -> None:
    # Some types are private by themselves.
    rpt, reader = writer(settled, "sens/GDIS"), other(settled, "sens/GDIS")
    permitted = other(settled, "sens/GDIS", "sens/HIV")
    written = 0
    for type_ in sorted(resources())[part::PARTS]:
        plain = settled.call("POST", f"/{type_}", rpt, json=resources()[type_])
        if plain.status_code == 403:
            continue
        if type_ != "Binary":
            assert settled.get(path_of(plain), reader).status_code == 200, type_
        for sent in canaries(type_):
            path = path_of(settled.call("POST", f"/{type_}", rpt, json=sent))
            assert settled.get(path, reader).status_code == 404, sent
            assert settled.get(path, permitted).status_code == 200, sent
            written += 1
    assert written > 2 * 120 // PARTS
