"""The pages that say that something is away, in a real browser: no violation, nothing too wide.

The browser is given what the services of this process answer; each shape of page is looked at once.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.e2e import checks
from tests.outages.people import Everybody
from tests.world import World

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.xdist_group("outages")]
_TAG = re.compile(r"<(?!option|li|tr|td|th|path|text|line|circle|rect)([a-z0-9]+)")
_CLASS = re.compile(r'class="([^"]*)"')


def shape_of(html: str) -> tuple[str, ...]:
    """What a page is made of: the parts it has, however often, without their words."""
    return tuple(sorted({*_TAG.findall(html), *_CLASS.findall(html)}))


def pages_now(everybody: Everybody, known: set[tuple[str, ...]]) -> dict[str, str]:
    """Address -> HTML of the pages of a shape that is not known yet."""
    found = {}
    for person in everybody.people[:2]:
        for address in person.pages.values():
            page = person.browser.get(address)
            if page.text.lstrip().startswith("<!doctype html") and shape_of(page.text) not in known:
                known.add(shape_of(page.text))
                found[page.url] = page.text
    return found


def show(page: Page, world: World, address: str, html: str) -> None:
    """Let the browser have this page at its address, with its style sheets."""
    http = world.client()

    def answer(route: Route) -> None:
        if route.request.is_navigation_request():
            route.fulfill(status=200, content_type="text/html; charset=utf-8", body=html)
            return
        got = http.get(route.request.url)
        route.fulfill(
            status=got.status_code, body=got.content, content_type=got.headers["content-type"]
        )

    page.unroute_all()
    page.route("**/*", answer)
    page.goto(address)


@pytest.mark.parametrize("service", ["as", "cedar"])
def test_what_is_said_of_an_outage_can_be_used_by_everyone(
    everybody: Everybody, browser: Any, service: str
) -> None:
    world, known = everybody.world, set[tuple[str, ...]]()
    pages_now(everybody, known)
    everybody.later()
    world.trouble["*", service] = "stopped"
    try:
        found = pages_now(everybody, known)
    finally:
        world.trouble.clear()
    assert found
    context = browser.new_context()
    page = context.new_page()
    wrong = []
    for address, html in found.items():
        show(page, world, address, html)
        wrong += [
            f"{address}: {words}"
            for words in checks.faults(page, faces=[(1280, "light"), (320, "light"), (320, "dark")])
        ]
    context.close()
    assert wrong == []
