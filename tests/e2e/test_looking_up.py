"""Alice looks for a record by the names she knows, and is told why one gives a topic away."""

from __future__ import annotations

import re

import pytest

from tests.e2e import stories
from tests.e2e.conftest import Visit
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
WHY = "Revia is naltrexone, often used against alcohol or opioid dependence."


def look_up(alice: Visitor, field: str, words: str) -> str:
    alice.fill(field, words)
    alice.press("Search", exact=True)
    return alice.text


@pytest.mark.fault("C14")
@pytest.mark.fault("C27")
def test_alice_finds_a_record_by_any_of_its_names_and_reads_what_gives_a_topic_away(
    visit: Visit,
) -> None:
    alice = visit("alice")
    assert WHY in alice.go("portal").locator("main").inner_text()
    assert "Dr. Bob Chen can see 1 record that can reveal a topic" in alice.text
    alice.follow("Dr. Bob Chen")
    assert WHY in alice.text, "a share that stands is told of too"

    alice.go("portal", "/records")
    for words, title in (("naltrexone", "Revia"), ("LDL", "Cholesterol panel"), ("sugar", "HbA1c")):
        assert re.search(rf"\d+ records? found.*{title}", look_up(alice, "Find a record", words),
                         re.DOTALL), alice.text  # fmt: skip
    assert "No record of yours matches “zebra”." in look_up(alice, "Find a record", "zebra")

    stories.pick_priya(alice)
    stories.pick_kinds(alice)
    assert WHY in alice.text, "before she decides on topics"
    stories.pick_why(alice)
    found = look_up(alice, "Look up a record", "naltrexone")
    assert re.search("(?s)will see.*Revia.*Stays private", found.split("may give a hint")[1])
    assert "Nothing." not in look_up(alice, "Look up a record", "zebra")
    alice.reads("No record of yours matches “zebra”.")
    alice.page.locator("form[action$='/discard'] button").click()
