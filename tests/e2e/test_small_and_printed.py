"""The narrowest screen, and paper (WCAG 1.4.10)."""

from __future__ import annotations

import re

import pytest

from tests.e2e import stories
from tests.e2e.conftest import Visit
from tests.e2e.house import House

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
_FOLDED = """() => [...document.querySelectorAll('figure table tbody td')]
  .filter(e => !e.checkVisibility() || !e.getBoundingClientRect().height)
  .length"""
_ALONE = """() => [...document.querySelectorAll('main h1, main h2, main h3')]
  .filter(e => e.checkVisibility() && getComputedStyle(e).breakAfter !== 'avoid').length"""


_ENDS = """() => ['h1', '#s-allergies', '#s-medicines', '#latest', '.note', '.small strong']
  .map(q => document.querySelector('main ' + q).closest('section, div, h1'))
  .map(e => e.getBoundingClientRect().bottom)"""


@pytest.mark.fault("15")
def test_what_counts_first_is_on_the_first_screen(house: House, visit: Visit) -> None:
    """Who, allergies, medicines, latest values, what may be held back, sources and their time."""
    bob = visit("bob")
    bob.follow(stories.ALICE)
    bob.reads("159 records from")
    assert bob.page.viewport_size == {"width": 1280, "height": 900}
    ends = bob.page.evaluate(_ENDS)
    assert bob.page.evaluate("scrollY") == 0
    assert max(ends) <= 900, ends
    assert ends[0] < min(ends[1:4]) <= max(ends[1:4]) < ends[4] < ends[5], ends
    first = bob.page.locator(".glance").inner_text()
    for words in ("Severe", "1 tablet twice a day", "6.8 %", "134/85 mmHg", "81 mL/min/1.73 m2"):
        assert words in first, first


@pytest.mark.fault("C18")
def test_the_stage_is_as_wide_as_the_narrowest_screen(house: House, visit: Visit) -> None:
    presenter = visit(viewport={"width": 320, "height": 640})
    presenter.go("stage")
    width = presenter.page.evaluate("document.documentElement.scrollWidth")
    assert width == 320


@pytest.mark.fault("C28")
def test_a_printed_chart_is_two_pages_and_a_kind_has_its_tables(house: House, visit: Visit) -> None:
    bob = visit("bob")
    bob.follow(stories.ALICE)
    bob.reads("159 records from")
    printed = bob.page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
    for kind in ("", "Vital signs"):
        if kind:
            bob.follow(kind, exact=True)
            bob.headed(kind)
        bob.page.emulate_media(media="print")
        assert bob.page.evaluate(_ALONE) == 0
        assert bob.page.locator("summary:visible").count() == 0
        assert bob.page.locator(".note-priv:visible", has_text="This may not be all").count() == 1
        assert not kind or bob.page.evaluate(_FOLDED) == 0
        bob.page.emulate_media(media="screen")
    bob.follow("Summary", exact=True)
    with bob.page.expect_download() as got:
        bob.page.get_by_role("link", name="Download").first.click()
    name = got.value.suggested_filename
    assert name.endswith(".pdf") and "document-" not in name, name
    title = name.removesuffix(".pdf")[: -len("-2026-01-01")].replace("-", " ")
    assert title in bob.text, (title, bob.text)
