"""Alice shares with Dr. Nair: preview, hint, start; the chart is the preview (ux 5.2, 5.3)."""

from __future__ import annotations

import re

import pytest

from tests.e2e import stories
from tests.e2e.conftest import Visit
from tests.e2e.house import House
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["script", "no-script"])


def preview_lists(alice: Visitor) -> dict[str, int]:
    """The kinds under "Dr. Priya Nair will see" and how many of each."""
    summaries = alice.page.locator("section[aria-labelledby=will-see] summary").all_inner_texts()
    parts = [re.fullmatch(r"\W*(.+) \((\d+)\)", line.strip()) for line in summaries]
    return {part.group(1): int(part.group(2)) for part in parts if part}


@SCRIPTS
def test_share_with_preview_and_hold_the_hint_back(
    fresh: House, visit: Visit, scripts: bool
) -> None:
    alice = visit("alice", java_script_enabled=scripts)
    stories.to_the_check(alice)
    alice.reads("140 of 169 records. 29 stay private.")
    alice.reads("1 record may give a hint")
    alice.reads(re.compile("Revia.*Alcohol and drug use", re.DOTALL))
    stories.press_hint(alice, "Hold it back too")
    alice.reads("139 of 169 records. 30 stay private.")
    assert "may give a hint" not in alice.text
    promised = preview_lists(alice)
    assert sum(promised.values()) == 139

    priya = visit("priya", java_script_enabled=scripts)
    stories.open_link(priya)
    assert "Nothing is shared with you yet" in priya.text, "a draft grants nothing"

    alice.press("Start sharing")
    alice.headed(f"You are now sharing with {stories.PRIYA}")
    alice.reads("Dr. Priya Nair can see 139 of your 169 records.")

    stories.look_again(priya, "139 records from")
    pages = stories.chart_pages(priya)
    assert not [address for address, html in pages.items() if "Revia" in html]
    # Each kind of the chart holds exactly as many records as the preview promised.
    priya.go("clinic", next(iter(pages)))
    shown = dict(
        re.findall(
            r"(?m)^([A-Z][a-z ]+) (\d+)(?: May not be all)?(?: Other places are not included)?$",
            priya.text,
        )
    )
    assert {kind: int(n) for kind, n in shown.items() if kind in promised} == promised


def test_sharing_the_hint_anyway_keeps_140(fresh: House, visit: Visit) -> None:
    alice = visit("alice")
    stories.to_the_check(alice)
    stories.press_hint(alice, "Share it anyway")
    alice.reads("140 of 169")
    assert "may give a hint" not in alice.text
    alice.press("Start sharing")
    alice.reads("Dr. Priya Nair can see 140 of your 169 records.")
    priya = visit("priya")
    stories.open_link(priya)
    assert stories.chart_count(priya) == 140


def test_nothing_is_picked_beforehand_and_each_page_asks_for_what_it_needs(
    fresh: House, visit: Visit
) -> None:
    alice = visit("alice")
    stories.pick_priya(alice)
    assert alice.page.locator("input:checked").count() == 0
    alice.press("Next: private topics")
    alice.titled("Error:")
    alice.focused("#problem")
    alice.page.locator("#problem a").first.click()
    alice.focused("[name=kind]")
    stories.pick_kinds(alice)
    assert alice.page.locator("input:checked").count() == 0, "private topics start off"
    alice.press("Next: why and how long")
    alice.press("Next: check it all")
    alice.titled("Error:")


def test_two_presses_make_one_share(fresh: House, visit: Visit) -> None:
    alice = visit("alice")
    stories.to_the_check(alice)
    check = alice.page.url
    alice.page.get_by_role("button", name="Start sharing").dblclick()
    alice.headed("You are now sharing")
    done = alice.page.url
    # Back, and the same button once more: the same Done page, still one share.
    alice.page.go_back()
    if alice.page.get_by_role("button", name="Start sharing").count():
        alice.press("Start sharing")
        alice.headed(re.compile("You are now sharing|Your change is saved"))
        assert alice.page.url == done, (check, alice.page.url)
    alice.go("portal", "/people")
    assert alice.page.get_by_role("link", name=stories.PRIYA, exact=True).count() == 1
