"""A scenario played once: from the demo's start, against its services, and what crossed."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from demo import snapshot
from demo.capture.exchange import Keep
from demo.capture.published import PublishedKeys
from demo.capture.redaction import Redaction
from demo.layout import Layout
from demo.records.sources import SOURCE_NAMES, SOURCES
from demo.scenarios.actors import Actors
from demo.scenarios.expecting import Unexpected
from demo.scenarios.scenario import Scenario
from demo.wire.crossing import Crossing
from demo.wire.kept import Kept
from heart_uma.errors import UmaError
from operator_tools.html_page import BrowserError

QUIET, LONGEST = 0.3, 4.0
"""Seconds without a new message after which a run is whole, and the most that are waited."""
ROOM = 20
"""Runs that are kept."""


@dataclass(frozen=True, slots=True)
class Run:
    """What crossed, and the sentence that says where it went otherwise than expected."""

    key: str
    scenario: Scenario
    at: datetime
    crossings: tuple[Crossing, ...]
    problem: str = ""


class Runs:
    """Plays one scenario at a time, and keeps the last ones in the stage's memory."""

    def __init__(self, layout: Layout, kept: Kept, secret: str) -> None:
        self._layout, self._kept = layout, kept
        self._redaction = Redaction(layout.issuer, secret, PublishedKeys(layout.issuer))
        self._playing = threading.Lock()
        self._runs: OrderedDict[str, Run] = OrderedDict()

    def all(self) -> list[Run]:
        """Newest first."""
        return list(reversed(self._runs.values()))

    def one(self, key: str) -> Run | None:
        return self._runs.get(key)

    def play(self, scenario: Scenario) -> Run:
        """Put the demo back to its start, then play; one after another if several are asked for."""
        with self._playing:
            run = self._played(scenario)
            self._runs[run.key] = run
            while len(self._runs) > ROOM:
                self._runs.popitem(last=False)
        return run

    def _played(self, scenario: Scenario) -> Run:
        snapshot.restore(self._layout)
        seed = snapshot.held(self._layout) or {}
        sources = {SOURCE_NAMES[source]: source for source in SOURCES}
        records = {sources[one["rs"]]: one["base"] for one in seed.get("records", [])}
        actors = Actors(self._layout, self._keep_as, records)
        problem = ""
        try:
            scenario.play(actors)
        except (Unexpected, BrowserError, UmaError, httpx.HTTPError) as error:
            problem = str(error) or type(error).__name__
        crossings = tuple(self._heard(actors))
        return Run(secrets.token_hex(4), scenario, datetime.now(UTC), crossings, problem)

    def _keep_as(self, party: str) -> Keep:
        """The stage hears its own actors without a way to go."""
        return lambda exchange: self._kept.add(party, [self._redaction.shown(exchange)], 0)

    def _heard(self, actors: Actors) -> list[Crossing]:
        """Everything of the run, once nothing more comes in."""
        found, until, since = self._of(actors), time.monotonic() + LONGEST, time.monotonic()
        while time.monotonic() < until and time.monotonic() - since < QUIET:
            time.sleep(QUIET / 6)
            newer = self._of(actors)
            if _halves(newer) != _halves(found):
                found, since = newer, time.monotonic()
        return found

    def _of(self, actors: Actors) -> list[Crossing]:
        ended = actors.ended or time.time_ns()
        servers = ("as", *SOURCES)
        return [
            one
            for one in self._kept.all()
            if one.trace == actors.place.trace
            # What a server's own thread sends, as the events of a stop, has no place in a trace.
            or (one.alone and one.sender in servers and actors.began <= one.started <= ended)
        ]


def _halves(crossings: list[Crossing]) -> int:
    return sum((one.sent is not None) + (one.received is not None) for one in crossings)
