"""What is checked on any page, however one came to it: axe, targets, sideways scrolling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

SCRIPT = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = [
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice",
]  # fmt: skip
# Each width, theme and language stands beside each other one once.
FACES = [(1280, "light"), (320, "dark")]
FACES_IN_SPANISH = [(320, "light"), (1280, "dark")]
EVERY_FACE = [*FACES, *FACES_IN_SPANISH]
# The document is the same in the dark, in another width and in other words: there only what depends
# on colours, or on where things are, is asked again.
AGAIN = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
_AXE = """async ([type, values]) => {
  const rules = type === 'tag' ? {'target-size': {enabled: true}} : {};
  const found = await axe.run({runOnly: {type, values}, resultTypes: ['violations'], rules});
  return found.violations.map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.html).join(' | ')}`);
}"""
_SMALL = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
  .filter(e => e.type !== 'hidden' && e.checkVisibility() && !e.closest('.skip, svg'))
  .filter(e => {
    // A link inside a sentence is exempt (WCAG 2.5.8); its line keeps the distance.
    const inline = e.tagName === 'A' && getComputedStyle(e).display === 'inline';
    const r = e.getBoundingClientRect();
    return !inline && (r.width < 23.5 || r.height < 23.5);
  }).map(e => e.outerHTML.slice(0, 120))"""
_WIDE = """() => {
  const most = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= most) return [];
  // What scrolls by itself is not to blame, unless nothing else is: it may let something out.
  const out = [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > most + 1);
  const found = out.filter(e => !e.closest('.scroll, .vh'));
  return (found.length ? found : out.reverse()).slice(0, 3).map(e => e.outerHTML.slice(0, 120));
}"""


def faults(page: Page, *, faces: list[tuple[int, str]] = FACES, again: bool = False) -> list[str]:
    """Everything wrong on the page in each of its faces; `again`: it was looked at before."""
    page.wait_for_load_state()  # a title is there before the style sheet is
    # The browser's own view of JSON is no page of ours (and axe waits for ever in it).
    if page.evaluate("document.contentType") != "text/html":
        return [f"not a page but {page.evaluate('document.contentType')}"]
    found: list[str] = []
    for width, theme in faces:
        page.set_viewport_size({"width": width, "height": 900 if width > 600 else 640})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        found += [f"{width} {theme} {words}" for words in _axe(page, again=again)]
        found += [f"{width} small target {words}" for words in page.evaluate(_SMALL)]
        found += [f"{width} scrolls sideways {words}" for words in page.evaluate(_WIDE)]
        again = True
    return found


def _axe(page: Page, *, again: bool) -> list[str]:
    # Evaluated by the debugger, not by the page: the strict CSP stays as it is.
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(SCRIPT)
    rules = ["rule", AGAIN] if again else ["tag", TAGS]
    found: list[Any] = page.evaluate(_AXE, rules)
    return [str(words) for words in found]
