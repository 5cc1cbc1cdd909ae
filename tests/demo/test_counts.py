"""What each person of the cast sees on the wire, summed over the three resource servers."""

from __future__ import annotations

import pytest

from demo.records.calendar import WRITTEN_FOR
from demo.records.sources import SOURCE_NAMES, records
from tests.demo.conftest import Launch
from tests.wire import Stranger, seen_by

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]
EVERYTHING = {"about", "conditions", "medicines", "allergies", "results", "vitals", "vaccines"} | {
    *("visits", "procedures", "documents")
}
SHARES = {
    "bob": (EVERYTHING, {"GDIS"}, 159),
    "dana": ({"about", "conditions", "medicines", "visits", "documents"}, {"ETH", "PSY"}, 32),
    "sam": ({"about", "conditions", "medicines", "allergies", "visits"}, set[str](), 23),
    "ines": (set[str](), set[str](), 0),
    "priya": (set[str](), set[str](), 0),
    "vic": (set[str](), set[str](), 0),
}


@pytest.fixture(scope="module")
def stranger(running_demo: Launch) -> Stranger:
    return running_demo.stranger()


@pytest.mark.parametrize("login", SHARES)
def test_what_a_person_sees(running_demo: Launch, stranger: Stranger, login: str) -> None:
    """The exact records, not only their number: any other set of 159 would be a leak."""
    bases = {record["rs"]: record["base"] for record in running_demo.cast()["records"]}
    kinds, topics, count = SHARES[login]
    expected = {
        f"{bases[SOURCE_NAMES[r.source]]}/{r.resource['resourceType']}/{r.resource['id']}"
        for r in records(WRITTEN_FOR)
        if r.kind in kinds and r.topics <= topics and r.level != "hidden"
    }
    assert len(expected) == count
    assert seen_by(stranger, bases.values(), login) == expected
