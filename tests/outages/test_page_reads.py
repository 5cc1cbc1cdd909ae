"""Who only looks at a page keeps nobody from writing: no turn is held while a page is drawn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from flask import before_render_template, current_app, has_request_context, request

from heart_ground.durable import holding
from tests.heart_ground.gone import addresses
from tests.outages.people import Everybody

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("outages")]
APPS = ("patient_portal.app", "requester_app.app")
WRITE_FIRST = {
    "login.start": "a sign-in begins",
    "login.finish": "what comes back from a sign-in is spent",
    "ask.show": "answers that were kept for this page are given once",
    "chart.show": "what the sources answered is kept, and when the chart was opened",
    "chart.show_kind": "as chart.show",
    "chart.show_file": "as chart.show",
    "claims.finish": "what comes back from the sharing service is spent",
    "requests.show": "requests that are due are asked about",
}
"""Pages of the apps that write before they are drawn, each in short blocks."""


class Watch:
    """Which GETs began to write, and which held the turn while a page was drawn."""

    def __init__(self) -> None:
        self.wrote: set[tuple[str, str]] = set()
        self.held: set[tuple[str, str]] = set()

    def take(self) -> None:
        if has_request_context() and request.method == "GET":
            self.wrote.add((current_app.name, str(request.endpoint)))

    def drawn(self, _app: object, **_more: object) -> None:
        if threading.get_ident() in tuple(holding._holders.values()):
            self.held.add((current_app.name, str(request.endpoint)))


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    made, take = Watch(), holding.take

    def watched(connection: object) -> None:
        take(connection)  # type: ignore[arg-type]
        made.take()

    monkeypatch.setattr(holding, "take", watched)
    with before_render_template.connected_to(made.drawn):
        yield made


def test_no_turn_is_held_while_a_page_is_drawn(everybody: Everybody, watch: Watch) -> None:
    """Every page that anybody walks to, and every address of every service with each browser."""
    world = everybody.world
    everybody.read(everybody.people)
    for service, app in world.apps.items():
        for person in everybody.people:
            for method, address, _endpoint in addresses(app):
                if method == "GET":
                    person.browser.get(urljoin(world.layout.origin(service), address))
    assert watch.held == set()
    wrote = {endpoint for app, endpoint in watch.wrote if app in APPS}
    assert wrote - WRITE_FIRST.keys() == set()
