"""Dr. Nair asks, Alice says yes to some, Dr. Nair sees just that (ux 5.4, 5.5, 5.7)."""

from __future__ import annotations

import re

import pytest

from tests.e2e import stories
from tests.e2e.conftest import Visit
from tests.e2e.house import House

pytestmark = [pytest.mark.slow, pytest.mark.e2e]


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no-script"])
def test_ask_approve_in_part_see(fresh: House, visit: Visit, scripts: bool) -> None:
    priya = visit("priya", java_script_enabled=scripts)
    stories.ask(priya)
    waiting = priya.page.url
    # She leaves; her request waits without her.
    priya.go("clinic")
    priya.press("Sign out")

    alice = visit("alice", java_script_enabled=scripts)
    stories.answer_some(alice)
    alice.reads("can see 140 of your 169 records")

    again = visit("priya", java_script_enabled=scripts)
    again.page.goto(waiting)
    stories.look_again(again, f"{stories.ALICE} said yes")
    again.follow("Open the chart")
    again.reads("may not be all of it")
    assert stories.chart_count(again) == 140
    pages = stories.chart_pages(again)
    assert len(pages) > 5
    for address, html in pages.items():
        words = re.sub(r"<[^>]+>", " ", html)
        assert not re.search(r"mental|sertraline|depress", words, re.IGNORECASE), address
        assert not re.search(r"\b(29|169)\b(?! ?(mg|mmol|%|kg|/))", _counted(words)), address


def _counted(words: str) -> str:
    """Sentences that speak of records; numbers of results and days are no counts."""
    words = re.sub(r"\b\d{1,2} [A-Z][a-z]{2,8} \d{4}\b", "", words)
    return " ".join(re.findall(r"[^.]*\b(?:records?|held back|hidden|private)\b[^.]*", words))


def test_an_answer_is_never_picked_for_her(fresh: House, visit: Visit) -> None:
    priya = visit("priya")
    stories.ask(priya)
    alice = visit("alice")
    alice.go("portal")
    alice.follow("Look at the request")
    assert alice.page.locator("input:checked").count() == 0
    alice.press("Next")
    alice.titled("Error:")
    alice.focused("#problem")
    # No, with a reason she keeps to herself.
    alice.page.locator("input[name=answer][value=no]").check()
    alice.page.get_by_label("Reason (you can skip this)").select_option(index=1)
    alice.press("Next")
    alice.headed("You said no")
    alice.reads("Nothing was shared.")
    # The second window of the same request changes nothing.
    alice.page.go_back()
    if alice.page.get_by_role("button", name="Next").count():
        alice.tick("No", exact=True)
        alice.press("Next")
    assert re.search("You said no|You already said no", alice.text)

    # Nothing is pressed: where script is on, the page is told of the answer and goes there.
    priya.reads("said no")
    assert "do not know them" not in priya.page.content().lower()
