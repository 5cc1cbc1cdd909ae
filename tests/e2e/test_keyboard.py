"""Share and stop with the keyboard alone; what has focus can be seen (ux 5.16; WCAG 2.4.11)."""

from __future__ import annotations

import re

import pytest

from tests.e2e import stories
from tests.e2e.conftest import Visit
from tests.e2e.house import House
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

MOST_TABS = 120
# Where the focus is, what it is called, and whether it can be seen: an outline, and nothing that
# floats over any of it.
_FOCUS = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  // The ring of a box is drawn around its frame.
  const ring = e.closest('.choice') || e;
  const style = getComputedStyle(ring), r = e.getBoundingClientRect();
  const name = (e.labels && e.labels.length ? e.labels[0].innerText : '') || e.innerText || e.name;
  const x = r.left + r.width / 2, y = r.top + Math.min(r.height / 2, 200);
  const over = document.elementFromPoint(x, y);
  const inside = r.bottom > 0 && r.top < innerHeight;
  return {
    tag: e.tagName, type: e.type || '', name: (name || '').trim(),
    ringed: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    seen: inside && !!over && (e.contains(over) || over.contains(e)),
  };
}"""


def tab_to(visitor: Visitor, name: str | re.Pattern[str]) -> None:
    """Press Tab until the control with this name has focus; every stop on the way is visible."""
    pattern = re.compile(rf"^{re.escape(name)}") if isinstance(name, str) else name
    # The words of a page can be read before its style sheet is there.
    visitor.page.wait_for_load_state("load")
    for _ in range(MOST_TABS):
        visitor.page.keyboard.press("Tab")
        focus = visitor.page.evaluate(_FOCUS)
        if focus is None:
            continue
        assert focus["ringed"], f"no focus ring: {focus}"
        assert focus["seen"], f"focus is hidden: {focus}"
        if pattern.search(focus["name"]):
            return
    raise AssertionError(f"{name} cannot be reached at {visitor.page.url}")


def press(visitor: Visitor, key: str) -> None:
    visitor.page.keyboard.press(key)


@pytest.mark.parametrize(
    "size", [(1280, 600), (1280, 760), (320, 640)], ids=["1280x600", "1280x760", "320x640"]
)
def test_share_and_stop_by_keyboard(fresh: House, visit: Visit, size: tuple[int, int]) -> None:
    alice = visit(
        "alice",
        viewport={"width": size[0], "height": size[1]},
        # Without it the page is still on its way to the focus when it is looked at.
        reduced_motion="reduce",
    )
    tab_to(alice, "Share with someone")
    press(alice, "Enter")
    alice.headed("Who do you want to share with?")
    tab_to(alice, "Find a person")
    alice.page.keyboard.type("Nair")
    press(alice, "Enter")
    alice.reads("1 person found")
    tab_to(alice, stories.PRIYA)
    press(alice, "Space")
    tab_to(alice, "Next")
    press(alice, "Enter")
    alice.headed("What can")
    for kind in stories.KINDS:
        tab_to(alice, kind)
        press(alice, "Space")
    tab_to(alice, "Next")
    press(alice, "Enter")
    alice.headed("Private topics")
    tab_to(alice, "Next")
    press(alice, "Enter")
    alice.headed("Why are you sharing")
    tab_to(alice, "Caring for me")
    press(alice, "Space")
    tab_to(alice, "One visit")
    press(alice, "ArrowDown")
    tab_to(alice, "Next")
    press(alice, "Enter")
    alice.headed("Check what")
    alice.reads("140 of 169")
    tab_to(alice, "Start sharing")
    press(alice, "Enter")
    alice.headed("You are now sharing")
    tab_to(alice, "See what is shown")
    press(alice, "Enter")
    alice.reads("140 of your 169")
    tab_to(alice, "Stop sharing")
    press(alice, "Enter")
    alice.headed("Stop sharing with")
    tab_to(alice, "Stop sharing")
    press(alice, "Enter")
    alice.headed("You stopped sharing")
    alice.reads("The key of Dr. Priya Nair was cancelled")


def test_skip_link_leads_to_the_content(house: House, visit: Visit) -> None:
    alice = visit("alice")
    press(alice, "Tab")
    assert alice.page.evaluate("document.activeElement.className") == "skip"
    press(alice, "Enter")
    assert alice.page.evaluate("document.activeElement.id") == "main"
